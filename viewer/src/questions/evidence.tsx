/** The evidence as nested lists; of texts in both languages the reader's. */

import type { ComponentChildren } from 'preact';
import { language, spoken } from '../state/store';

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const isBoth = (value: Record<string, unknown>): boolean => typeof value['de'] === 'string' && typeof value['en'] === 'string';

/** A plain value; times as people write them. */
function plain(value: unknown): string {
  const { number, time, words } = spoken.value;
  if (value === null || value === undefined || value === '') return '–';
  if (typeof value === 'boolean') return value ? words.yes : words.no;
  if (typeof value === 'number') return number(value);
  const text = String(value);
  return /^\d{4}-\d\d-\d\dT/.test(text) ? time(text) : text;
}

export function Evidence({ value, labels }: { value: unknown; labels: Record<string, string> }): ComponentChildren {
  if (Array.isArray(value)) {
    if (value.every((item) => !isObject(item))) return value.map(plain).join(', ') || '–';
    return <ul>{value.map((item, at) => <li key={at}><Evidence value={item} labels={labels} /></li>)}</ul>;
  }
  if (!isObject(value)) return plain(value);
  const both = isBoth(value);
  const entries = Object.entries(value).filter(([key, own]) => own !== null && !(both && (key === 'de' || key === 'en')));
  const own = both ? String(value[language.value]) : null;
  if (entries.length === 0) return own ?? '–';
  return <>{own !== null && <p>{own}</p>}
    <dl>{entries.map(([key, part]) => <div key={key}><dt>{labels[key] ?? key}</dt><dd><Evidence value={part} labels={labels} /></dd></div>)}</dl></>;
}
