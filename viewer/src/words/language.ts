/** Which language the page speaks, and how words are filled in. */

import { de } from './de';
import { en, type Words } from './en';
import type { Language } from '../state/state';

export const languages = { de, en } satisfies Record<string, Words>;
export type { Language } from '../state/state';

/** The language of `?lang=`, else the first the browser prefers that we speak, else German. */
export function chooseLanguage(search: string, preferred: readonly string[]): Language {
  const asked = new URLSearchParams(search).get('lang') ?? '';
  const known = [asked, ...preferred].map((tag) => tag.toLowerCase().split('-')[0]);
  return known.find((tag): tag is Language => tag === 'de' || tag === 'en') ?? 'de';
}

/** A sentence with `{name}` replaced by the values. */
export function fill(sentence: string, values: Record<string, string>): string {
  return sentence.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}

/** All that depends on the language. */
export interface Speech {
  language: Language;
  words: Words;
  number: (value: number) => string;
  /** To at most two digits behind the point; below one, to three digits that say something. */
  rounded: (value: number) => string;
  time: (iso: string) => string;
  date: (iso: string) => string;
}

/** A time as text; what is none, as it is. */
function writer(language: Language, options: Intl.DateTimeFormatOptions): (iso: string) => string {
  const format = new Intl.DateTimeFormat(language, options);
  return (iso) => {
    const time = new Date(iso);
    return Number.isNaN(time.getTime()) ? iso : format.format(time);
  };
}

export function speech(language: Language): Speech {
  const numbers = new Intl.NumberFormat(language, { maximumFractionDigits: 10 });
  const rounded = new Intl.NumberFormat(language, { maximumFractionDigits: 2 });
  const small = new Intl.NumberFormat(language, { maximumSignificantDigits: 3 });
  return {
    language,
    words: languages[language],
    number: (value) => numbers.format(value),
    rounded: (value) => (Math.abs(value) < 1 ? small : rounded).format(value),
    time: writer(language, { dateStyle: 'medium', timeStyle: 'short' }),
    date: writer(language, { dateStyle: 'medium', timeZone: 'UTC' }),
  };
}

export type { Words };
