/** Values as people read them. */

import { language } from '../state/store';
import type { Unit, Value } from './figures';

/** A difference with its sign. */
const signed = (value: number): string => new Intl.NumberFormat(language.value, { maximumFractionDigits: 0, signDisplay: 'exceptZero' }).format(value).replace('-', '−');

/** A value as people read it; `*` and the like as they are. */
export function written(value: Value | undefined, unit: Unit): string {
  if (value === null || value === undefined) return '–';
  if (typeof value === 'string') return value;
  const whole = new Intl.NumberFormat(language.value, { maximumFractionDigits: 0 });
  switch (unit) {
    case 'share': return new Intl.NumberFormat(language.value, { style: 'percent', maximumFractionDigits: 1, minimumFractionDigits: 1 }).format(value);
    case 'metres': return `${whole.format(value)} m`;
    case 'ratio': return new Intl.NumberFormat(language.value, { maximumFractionDigits: 2, minimumFractionDigits: 2 }).format(value);
    case 'change': return signed(value);
    default: return whole.format(value);
  }
}

export const offBy = (margin: number | null, unit: Unit): string => (margin === null ? '' : ` ± ${written(margin, unit)}`);
