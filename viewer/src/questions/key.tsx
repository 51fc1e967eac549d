/** The key of the map of an answer: what colours mean, and what their scale is. */

import { language, state, theme } from '../state/store';
import { fill } from '../words/language';
import { answer, isAsking, words as wordsOf } from './asked';
import { facilitiesShown, hasCells, scaleOf } from './drawing';
import type { Unit } from './figures';
import { unknownColour, type Class } from './scale';
import { scenarioOf } from './scenario';
import { ShowsSwitch } from './whatif';

function Square({ colour, stroke }: { colour: string; stroke?: string }) {
  return <svg viewBox="0 0 18 14" width="18" height="14" aria-hidden="true"><rect x="1" y="1" width="16" height="12" rx="2" fill={colour} stroke={stroke ?? 'none'} stroke-width="1.5" /></svg>;
}

/** A class as text; the unit stands once. */
function rangeText({ from, to }: Class, unit: Unit): string {
  const percent = unit === 'share' || unit === 'points';
  const number = new Intl.NumberFormat(language.value, { maximumFractionDigits: percent ? 1 : 2, signDisplay: unit === 'points' ? 'exceptZero' : 'auto' });
  const [low, high] = [from, to].map((value) => number.format(percent ? Number((value * 100).toPrecision(6)) : value).replace('-', '−'));
  const end = unit === 'points' ? '' : percent ? ' %' : unit === 'metres' ? ' m' : '';
  return from === to ? `${low}${end}` : unit === 'points' ? fill(wordsOf.value.range, { low: low ?? '', high: high ?? '' }) : `${low} – ${high}${end}`;
}

export function MapKey() {
  const words = wordsOf.value;
  const given = answer.value;
  void language.value;
  if (given === null) return null;
  const { kind, figures } = given;
  // A telephone has room for the map or its key.
  const isNarrow = window.matchMedia('(max-width: 720px)').matches;
  const { shows } = state.value;
  const isDifference = figures.change !== null && shows === 'difference';
  const { all, hasUnknown } = scaleOf(given, theme.value, shows);
  const { added, closed } = scenarioOf(given.question);
  const unit = isDifference ? 'points' : figures.colours === null ? 'plain' : figures.columns[figures.colours]?.unit ?? 'plain';
  const facilities = facilitiesShown(given);
  return <>
    <ShowsSwitch />
    <details class={`key ${isAsking.value ? 'old' : ''}`} open={!isNarrow}>
      <summary>{isDifference ? words.keyDifference : figures.change !== null ? `${words.key[kind]}: ${words[shows]}` : kind === 'supply' ? figures.columns[0]?.title : words.key[kind]}</summary>
      <ul>
        {all.map((one) => <li key={one.from}><Square colour={one.colour} /><span>{isDifference && one.from === 0 && one.to === 0 ? words.keyNone : rangeText(one, unit)}</span></li>)}
        {hasUnknown && <li><Square colour={unknownColour[theme.value] ?? '#ccc'} /><span>{words.keyUnknown}</span></li>}
        {kind === 'reach' && <li><Square colour="#2b6cb0" /><span>{words.keyReach}</span></li>}
        {kind === 'siting' && <li><svg viewBox="0 0 18 18" width="18" height="18" aria-hidden="true"><circle cx="9" cy="9" r="8" fill="#d6006c" /></svg><span>{words.keySites}</span></li>}
        {kind === 'profile' && <li><Square colour="none" stroke="#d6006c" /><span>{words.keyArea}</span></li>}
        {hasCells(given, shows) && <li><Square colour={theme.value === 'dark' ? '#9fb4ff' : '#1f2a5c'} /><span>{words.keyCells}</span></li>}
        {figures.change !== null && added.length > 0 && <li><svg viewBox="0 0 30 40" width="14" height="18" aria-hidden="true"><path class="new" d="M15 39C10 29 1.5 23 1.5 14.5a13.5 13.5 0 0 1 27 0C28.5 23 20 29 15 39Z" /></svg><span>{words.keyNew}</span></li>}
        {figures.change !== null && closed.length > 0 && <li><svg viewBox="0 0 22 22" width="16" height="16" aria-hidden="true"><path class="closed" d="M4 4 18 18M18 4 4 18" /></svg><span>{words.keyClosed}</span></li>}
        {facilities !== null && <li><svg viewBox="0 0 18 18" width="18" height="18" aria-hidden="true"><circle cx="9" cy="9" r="5" fill="#00695c" stroke="#fff" stroke-width="1.5" /></svg><span dir="auto">{facilities.title}</span></li>}
      </ul>
      {given.isTrial && <p class="quiet">{words.cellsLater}</p>}
      {all.length > 1 && <p class="quiet">{words.keyScale}</p>}
    </details>
  </>;
}
