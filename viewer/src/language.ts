/** Which language the page speaks, and how words are filled in. */

import { de } from './words/de';
import { en, type Words } from './words/en';

export const languages = { de, en } satisfies Record<string, Words>;
export type Language = keyof typeof languages;

function known(tag: string): Language | null {
  const primary = tag.toLowerCase().split('-')[0];
  return primary === 'de' || primary === 'en' ? primary : null;
}

/** The language of `?lang=`, else the first the browser prefers that we speak, else English. */
export function chooseLanguage(search: string, preferred: readonly string[]): Language {
  const asked = known(new URLSearchParams(search).get('lang') ?? '');
  return asked ?? preferred.map(known).find((language) => language !== null) ?? 'en';
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
  time: (iso: string) => string;
}

export function speech(language: Language): Speech {
  const numbers = new Intl.NumberFormat(language, { maximumFractionDigits: 10 });
  const times = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' });
  return {
    language,
    words: languages[language],
    number: (value) => numbers.format(value),
    time: (iso) => {
      const time = new Date(iso);
      return Number.isNaN(time.getTime()) ? iso : times.format(time);
    },
  };
}
