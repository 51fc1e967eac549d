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

const isPlain = (value: unknown): boolean => value !== null && typeof value !== 'object';
const isList = (value: unknown): value is unknown[] => Array.isArray(value) && value.length > 0 && value.every(isPlain);
const listed = (values: unknown[], speech: Speech): string => values.map((one) => shown(one, speech).text).join(', ');

/** A flat object as lines, such as opening hours by day; null for any other. */
function lines(value: object, speech: Speech): string | null {
  const entries = Object.entries(value);
  if (Array.isArray(value) || entries.length === 0 || !entries.every(([, one]) => isPlain(one) || isList(one))) return null;
  return entries.map(([name, one]) => `${name}: ${isList(one) ? listed(one, speech) : shown(one, speech).text}`).join('\n');
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
      if (isList(value)) return { kind: 'text', text: cut(listed(value, speech)) };
      if (value !== null) return { kind: 'json', text: cut(lines(value, speech) ?? JSON.stringify(value, null, 1)) };
      return { kind: 'none', text: speech.words.noValue };
    default:
      return { kind: 'none', text: speech.words.noValue };
  }
}
