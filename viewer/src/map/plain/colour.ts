/**
 * The colour of each collection: decided by its id alone, with a meaning where the name has one.
 *
 * The free palette is Okabe and Ito's (Color Universal Design, 2008), darkened where needed so that every
 * colour has a contrast of 3:1 against white.
 */

import { themeOf, type Theme } from '../../layers/themes';

export interface Look {
  theme: Theme;
  colour: string;
}

/** The first is the usual one, the others serve further collections of the same theme. */
const shades: Record<Theme, string[]> = {
  border: ['#5e3c99', '#8a5fb0', '#3f5aa6', '#8c4a7d'],
  building: ['#857a6e', '#6b6259', '#9a8468'],
  address: ['#5b6b79', '#3f4c58', '#72808c'],
  path: ['#a8703a', '#8a5a2b', '#b5651d'],
  rail: ['#3b3f46', '#5a3f3f', '#2f4858'],
  street: ['#6d7680', '#4f5963', '#87807a'],
  water: ['#2b7bba', '#1b5e8c', '#3c8dad'],
  playground: ['#1a8a5a', '#2e7d4f', '#5a8f00'],
  green: ['#5c8f3a', '#3f7a2a', '#7a8c1f'],
  school: ['#cc5200', '#a84300', '#b8531c'],
  kita: ['#c2549a', '#a23b7c', '#d0458c'],
  health: ['#b5183f', '#8f1232', '#d1345b'],
  stop: ['#946a00', '#7a5800', '#a8781a'],
  other: ['#0072b2', '#c25100', '#00805e', '#b0568b', '#946a00', '#2f7fae', '#7b3294', '#8c510a', '#01665e', '#a31570'],
};

/** A small even hash of a text (FNV-1a, 32 bits). */
export function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  return value;
}

/**
 * The look of each collection by id. Where two would have the same colour, the later one (in the order of
 * ids) takes the next shade, until all shades of the theme are used.
 */
export function looks(ids: string[]): Map<string, Look> {
  const found = new Map<string, Look>();
  const used = new Set<string>();
  for (const id of [...ids].sort()) {
    const theme = themeOf(id);
    const choices = shades[theme];
    const start = theme === 'other' ? hash(id) % choices.length : 0;
    const turned = [...choices.slice(start), ...choices.slice(0, start)];
    const colour = turned.find((choice) => !used.has(choice)) ?? turned[hash(id) % turned.length] ?? '#0072b2';
    used.add(colour);
    found.set(id, { theme, colour });
  }
  return found;
}

/** The colours that may be given, for the test of their contrast. */
export function allColours(): string[] {
  return Object.values(shades).flat();
}

/** A colour of six hexadecimal digits mixed with black (`share` 0 to 1). */
export function darken(colour: string, share: number): string {
  const parts = [1, 3, 5].map((start) => Number.parseInt(colour.slice(start, start + 2), 16) * (1 - share));
  return `#${parts.map((part) => Math.round(part).toString(16).padStart(2, '0')).join('')}`;
}
