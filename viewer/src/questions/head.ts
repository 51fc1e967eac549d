/** The number of an answer and the words behind it, as one line. */

import { fill } from '../words/language';
import { words as wordsOf, type Answer } from './asked';
import { offBy, written } from './written';

/** What stands behind the number: its margin, of how many it is, and what it counts. */
export function behindOf({ figures, kind }: Answer): string {
  const words = wordsOf.value;
  const whole = figures.feet.at(-1);
  const persons = figures.unit === 'persons' && kind === 'coverage' && figures.change === null && whole !== undefined
    ? ` ${fill(words.of, { count: written(whole.cells[1], 'persons') })} (${written(whole.cells[2], 'share')})` : '';
  return `${offBy(figures.margin, figures.unit)}${persons} ${figures.behind}`;
}

/** How a scenario changes it; empty without one. */
export function changeOf({ figures: { change } }: Answer): string {
  return change === null ? '' : `${wordsOf.value.before} ${written(change.before, 'persons')}, ${wordsOf.value.difference} ${written(change.difference, 'change')}${offBy(change.margin, 'persons')}`;
}

export function headOf(answer: Answer): string {
  const change = changeOf(answer);
  return `${written(answer.figures.number, answer.figures.unit)}${behindOf(answer)}${change === '' ? '' : ` (${change})`}`;
}
