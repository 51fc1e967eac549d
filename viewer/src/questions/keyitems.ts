/** What stands in the key of the map of an answer, on the page and in pictures of it. */

import { language, state, theme } from '../state/store';
import { mapView } from '../map/controller';
import { fill } from '../words/language';
import { words as wordsOf, type Answer } from './asked';
import type { Unit } from './figures';
import { cellsFrom, facilitiesShown, facilityColour, hasCells, scaleOf } from './drawing';
import { unknownColour, type Class } from './scale';
import { scenarioOf } from './scenario';

export interface KeyItem { sign: 'square' | 'outline' | 'disc' | 'dot' | 'pin' | 'cross'; colour: string; text: string }

export interface Key { title: string; items: KeyItem[]; notes: string[] }

/** A class as text; the unit stands once. */
function rangeText({ from, to }: Class, unit: Unit): string {
  const percent = unit === 'share' || unit === 'points';
  const number = new Intl.NumberFormat(language.value, { maximumFractionDigits: percent ? 1 : 2, signDisplay: unit === 'points' ? 'exceptZero' : 'auto' });
  const [low = '', high = ''] = [from, to].map((value) => number.format(percent ? Number((value * 100).toPrecision(6)) : value).replace('-', '−'));
  if (unit === 'points') return from === 0 && to === 0 ? wordsOf.value.keyNone : fill(wordsOf.value.range, { low, high });
  const end = percent ? ' %' : unit === 'metres' ? ' m' : '';
  return from === to ? `${low}${end}` : `${low} – ${high}${end}`;
}

export function keyOf(given: Answer): Key {
  const words = wordsOf.value;
  const { kind, figures } = given;
  const { shows } = state.value;
  const isDifference = figures.change !== null && shows === 'difference';
  const { all, hasUnknown } = scaleOf(given, theme.value, shows);
  const { added, closed } = figures.change === null ? { added: [], closed: [] } : scenarioOf(given.question);
  const unit = isDifference ? 'points' : figures.colours === null ? 'plain' : figures.columns[figures.colours]?.unit ?? 'plain';
  const facilities = facilitiesShown(given);
  const isNear = (state.value.view?.zoom ?? mapView()?.map.getZoom() ?? cellsFrom) >= cellsFrom;
  const showsCells = hasCells(given, shows) && isNear;
  const items: (KeyItem | false)[] = [
    ...all.map((one): KeyItem => ({ sign: 'square', colour: one.colour, text: rangeText(one, unit) })),
    hasUnknown && { sign: 'square', colour: unknownColour[theme.value] ?? '#ccc', text: words.keyUnknown },
    kind === 'reach' && { sign: 'square', colour: '#2b6cb0', text: words.keyReach },
    kind === 'siting' && { sign: 'disc', colour: '#d6006c', text: words.keySites },
    kind === 'profile' && { sign: 'outline', colour: '#d6006c', text: words.keyArea },
    showsCells && { sign: 'square', colour: theme.value === 'dark' ? '#9fb4ff' : '#1f2a5c', text: words.keyCells },
    added.length > 0 && { sign: 'pin', colour: '#d6006c', text: words.keyNew },
    closed.length > 0 && { sign: 'cross', colour: '#b3123f', text: words.keyClosed },
    facilities.of.length > 0 && { sign: 'dot', colour: facilityColour, text: facilities.title },
  ];
  const title = isDifference ? words.keyDifference : figures.change !== null ? `${words.key[kind]}: ${words[shows]}` : kind === 'supply' ? figures.columns[0]?.title ?? '' : words.key[kind];
  return { title, items: items.filter((one): one is KeyItem => one !== false), notes: [...(hasCells(given, shows) && !isNear ? [words.keyCellsNearer] : []), ...(given.isTrial ? [words.cellsLater] : []), ...(all.length > 1 ? [words.keyScale] : [])] };
}

/** The outlines of pin and cross, in boxes of 30 × 40 and 22 × 22. */
export const outlines = { pin: 'M15 39C10 29 1.5 23 1.5 14.5a13.5 13.5 0 0 1 27 0C28.5 23 20 29 15 39Z', cross: 'M4 4 18 18M18 4 4 18' };
