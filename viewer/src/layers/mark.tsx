/** What stands for features in a legend. */

import type { Entry, Mark } from '../map/drawn';
import { Pictogram } from './sprite';

export function Swatch({ mark }: { mark: Mark }) {
  const { kind, colour, outline, letters, width, icon } = mark;
  return (
    <svg class="swatch" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
      {kind === 'fill' && <rect x="3" y="4" width="14" height="12" rx="2.5" fill={colour} fill-opacity="0.8" stroke={outline ?? colour} />}
      {kind === 'line' && <path d="M2 14 L8 7 L12 12 L18 5" fill="none" stroke={colour} stroke-width={Math.min(5, Math.max(2, width ?? 2.5))} stroke-linejoin="round" stroke-linecap="round" />}
      {(kind === 'circle' || kind === 'icon') && <circle cx="10" cy="10" r={letters === '' && kind === 'circle' ? 6 : 8.5} fill={colour} stroke={outline ?? 'none'} />}
      {icon !== null && <Pictogram name={icon} />}
      {icon === null && letters !== '' && <text x="10" y={letters.length > 1 ? 13 : 13.6} text-anchor="middle" font-size={letters.length > 1 ? 8 : 10.5} font-weight="700" fill="#fff">{letters}</text>}
    </svg>
  );
}

/** A table has no mark on the map. */
export function TableSwatch() {
  return (
    <svg class="swatch" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
      <path d="M3 4.5h14v11H3zM3 8.2h14M3 11.8h14M8.5 4.5v11" fill="none" stroke="currentColor" stroke-width="1.3" />
    </svg>
  );
}

/** Several marks stand for a layer whose features look different. */
export function Swatches({ entries }: { entries: Entry[] }) {
  const places: [number, number][] = [[6, 6.5], [14, 6.5], [10, 14]];
  return (
    <svg class="swatch" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
      {entries.slice(0, 3).map(({ key, mark }, at) => <circle key={key} cx={places[at]?.[0]} cy={places[at]?.[1]} r="4.2" fill={mark.colour} />)}
    </svg>
  );
}
