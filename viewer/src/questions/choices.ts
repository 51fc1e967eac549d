/** What can be asked here, asked for once in each language. */

import { askJson } from '../server/ask';
import { base, language } from '../state/store';
import type { Choices } from './question';

const known = new Map<string, Promise<Choices>>();

export function choicesOf(): Promise<Choices> {
  const lang = language.value;
  const before = known.get(lang);
  if (before !== undefined) return before;
  const asked = askJson(`${base}processes?lang=${lang}`, lang).then((json) => (json as { 'veedel:choices': Choices })['veedel:choices']);
  known.set(lang, asked);
  asked.catch(() => known.delete(lang));
  return asked;
}
