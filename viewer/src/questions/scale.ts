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

const round = (value: number): number => Number(value.toPrecision(12));

/** The class of a value. */
export function classOf(all: Class[], value: number): Class | undefined {
  return all.find(({ to }, at) => value < to || at === all.length - 1);
}
