/** Classes of colour that follow the data, and what they mean. */

export interface Class {
  from: number;
  /** The last value within; the next class begins here. */
  to: number;
  colour: string;
}

/** Colours from little to much; even for those who see no red or no green, by lightness alone. */
const ramps: Record<string, string[]> = {
  light: ['#fff3d6', '#fdcc8a', '#fc8d59', '#d7301f', '#7f0000'],
  dark: ['#3b3150', '#74427e', '#b3548a', '#ee7b72', '#ffd9a0'],
};

/** A protected or unknown number. */
export const unknownColour: Record<string, string> = { light: '#c9ccd2', dark: '#555b69' };

/** Round steps that people read easily. */
function roundStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough * 0.999) ?? 10;
  return step * power;
}

/** The value that nine of ten do not exceed. */
function ninth(values: number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.floor((sorted.length - 1) * 0.9)] ?? 0;
}

/**
 * At most five classes from the least to the greatest value; `isTurned` gives little the strong colour. Where a few
 * values are far above all others, the last class holds them, so that the others still differ.
 */
export function classes(values: number[], theme: string, isTurned = false): Class[] {
  if (values.length === 0) return [];
  const least = values.reduce((a, b) => Math.min(a, b));
  const most = values.reduce((a, b) => Math.max(a, b));
  const ramp = [...(ramps[theme] ?? ramps['light'] ?? [])];
  if (isTurned) ramp.reverse();
  if (most - least <= Math.abs(most) * 1e-9 || most - least < 1e-9) return [{ from: least, to: most, colour: ramp[most === 0 ? 0 : 2] ?? '#fc8d59' }];
  const usual = ninth(values);
  const isSkew = values.length >= 8 && usual > least && most - least > 1.8 * (usual - least);
  const step = roundStep(((isSkew ? usual : most) - least) / 5);
  const start = Math.floor(least / step + 1e-9) * step;
  const count = Math.max(1, Math.ceil((most - start) / step - 1e-9));
  // Where round steps do not fit into five, the last class holds all above.
  const shown = Math.min(count, 5);
  return Array.from({ length: shown }, (_, at) => ({
    from: round(start + at * step), to: round(at === shown - 1 ? start + count * step : start + (at + 1) * step),
    colour: ramp[shown === 1 ? 2 : Math.round((at * (ramp.length - 1)) / (shown - 1))] ?? '#fc8d59',
  }));
}

/** Colours of less and of more, for those who see no red or no green too: blue against red, and both darker or lighter than nothing. */
const sides: Record<string, { less: string[]; none: string; more: string[] }> = {
  light: { less: ['#b8d8ec', '#5aa5d1', '#1c5f9e'], none: '#f3efe6', more: ['#f9c8ab', '#e57a55', '#a81e2b'] },
  dark: { less: ['#234a63', '#3687bb', '#9bd5ff'], none: '#2d313b', more: ['#68392f', '#cb6a4b', '#ffc5a5'] },
};

/** Classes of differences: as many below nothing as above it, as far as there are any, and one of none at all. */
export function divergingClasses(values: number[], theme: string): Class[] {
  const { less, none, more } = sides[theme] ?? sides['light'] ?? { less: [], none: '#f3efe6', more: [] };
  const farthest = values.reduce((so, value) => Math.max(so, Math.abs(value)), 0);
  const middle: Class = { from: 0, to: 0, colour: none };
  if (farthest < 1e-9) return values.length === 0 ? [] : [middle];
  const step = roundStep(farthest / 3);
  const count = Math.min(3, Math.max(1, Math.ceil(farthest / step - 1e-9)));
  const side = (colours: string[], sign: 1 | -1): Class[] => Array.from({ length: count }, (_, at) => {
    const [near, far] = [round(at * step), round(at === count - 1 ? Math.max(farthest, (at + 1) * step) : (at + 1) * step)];
    const colour = colours[count === 1 ? 1 : at] ?? none;
    return sign > 0 ? { from: near, to: far, colour } : { from: -far, to: -near, colour };
  });
  const [below, above] = [values.some((value) => value < 0) ? side(less, -1).reverse() : [], values.some((value) => value > 0) ? side(more, 1) : []];
  return [...below, middle, ...above];
}

/** The class of a difference; nothing is a class of its own. */
export function differenceClass(all: Class[], value: number): Class | undefined {
  if (value === 0) return all.find(({ from, to }) => from === 0 && to === 0);
  if (value < 0) return all.find(({ from, to }) => to <= 0 && from < 0 && value < to + 1e-12 && value >= from - 1e-12);
  return all.find(({ from, to }) => from >= 0 && to > 0 && value <= to + 1e-12);
}

const round = (value: number): number => Number(value.toPrecision(12));

/** The class of a value. */
export function classOf(all: Class[], value: number): Class | undefined {
  return all.find(({ to }, at) => value < to || at === all.length - 1);
}
