/** The key of the map of an answer: what colours mean, and what their scale is. */

import { language, theme } from '../state/store';
import { answer, isAsking, words as wordsOf } from './asked';
import { facilitiesShown, hasCells, scaleOf } from './picture';
import type { Unit } from './figures';
import { unknownColour, type Class } from './scale';

function Square({ colour, stroke }: { colour: string; stroke?: string }) {
  return <svg viewBox="0 0 18 14" width="18" height="14" aria-hidden="true"><rect x="1" y="1" width="16" height="12" rx="2" fill={colour} stroke={stroke ?? 'none'} stroke-width="1.5" /></svg>;
}

/** A class as text; the unit stands once. */
function rangeText({ from, to }: Class, unit: Unit): string {
  const percent = unit === 'share';
  const number = new Intl.NumberFormat(language.value, { maximumFractionDigits: percent ? 1 : 2 });
  const [low, high] = [from, to].map((value) => number.format(percent ? Number((value * 100).toPrecision(6)) : value));
  const end = percent ? ' %' : unit === 'metres' ? ' m' : '';
  return from === to ? `${low}${end}` : `${low} – ${high}${end}`;
}

export function MapKey() {
  const words = wordsOf.value;
  const given = answer.value;
  void language.value;
  if (given === null) return null;
  const { kind, figures } = given;
  // A telephone has room for the map or its key.
  const isNarrow = window.matchMedia('(max-width: 720px)').matches;
  const { all, hasUnknown } = scaleOf(given, theme.value);
  const unit = figures.colours === null ? 'plain' : figures.columns[figures.colours]?.unit ?? 'plain';
  const facilities = facilitiesShown(given)?.title ?? null;
  return (
    <details class={`key ${isAsking.value ? 'old' : ''}`} open={!isNarrow}>
      <summary>{kind === 'supply' ? figures.columns[0]?.title : words.key[kind]}</summary>
      <ul>
        {all.map((one) => <li key={one.from}><Square colour={one.colour} /><span>{rangeText(one, unit)}</span></li>)}
        {hasUnknown && <li><Square colour={unknownColour[theme.value] ?? '#ccc'} /><span>{words.keyUnknown}</span></li>}
        {kind === 'reach' && <li><Square colour="#2b6cb0" /><span>{words.keyReach}</span></li>}
        {kind === 'siting' && <li><svg viewBox="0 0 18 18" width="18" height="18" aria-hidden="true"><circle cx="9" cy="9" r="8" fill="#d6006c" /></svg><span>{words.keySites}</span></li>}
        {kind === 'profile' && <li><Square colour="none" stroke="#d6006c" /><span>{words.keyArea}</span></li>}
        {hasCells(given) && <li><Square colour={theme.value === 'dark' ? '#9fb4ff' : '#1f2a5c'} /><span>{words.keyCells}</span></li>}
        {facilities !== null && <li><svg viewBox="0 0 18 18" width="18" height="18" aria-hidden="true"><circle cx="9" cy="9" r="5" fill="#00695c" stroke="#fff" stroke-width="1.5" /></svg><span dir="auto">{facilities}</span></li>}
      </ul>
      {all.length > 1 && <p class="quiet">{words.keyScale}</p>}
    </details>
  );
}
