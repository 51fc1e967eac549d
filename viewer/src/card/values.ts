/** Attribute values as text for people. */

import type { Speech } from '../words/language';

export type Shown =
  | { kind: 'none' | 'text' | 'json'; text: string }
  | { kind: 'link'; text: string; href: string };

/** Longer values are cut; the API has them whole. */
export const longest = 2000;

function cut(text: string): string {
  return text.length > longest ? `${text.slice(0, longest)} …` : text;
}

/** A web address, and nothing that could run (`javascript:`). */
function link(text: string): string | null {
  if (!/^https?:\/\/\S+$/i.test(text)) return null;
  try {
    return new URL(text).href;
  } catch {
    return null;
  }
}

export function shown(value: unknown, speech: Speech): Shown {
  switch (typeof value) {
    case 'boolean':
      return { kind: 'text', text: value ? speech.words.yes : speech.words.no };
    case 'number':
      // Plain digits without grouping: a year or a key is no quantity.
      return { kind: 'text', text: String(value) };
    case 'string': {
      const href = link(value);
      return href === null ? { kind: 'text', text: cut(value) } : { kind: 'link', text: cut(value), href };
    }
    case 'object':
      if (value !== null) return { kind: 'json', text: cut(JSON.stringify(value, null, 1)) };
      return { kind: 'none', text: speech.words.noValue };
    default:
      return { kind: 'none', text: speech.words.noValue };
  }
}
