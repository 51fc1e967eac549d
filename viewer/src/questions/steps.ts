/** What the steps of a scenario are called. */

import { language } from '../state/store';
import { fill } from '../words/language';
import { choices, words } from './asked';
import { facilityOf } from './known';
import { named, readable, type Question } from './question';
import { newOne } from './scenario';

/** What a new one of the facilities of a question is called. */
export function newName(question: Question): string {
  const title = choices.value === null ? '' : named(choices.value, question);
  const kind = question.filter === '' ? title : readable(question.filter);
  const known = newOne(kind, language.value, '');
  return known !== '' ? known : newOne(title, language.value, words.value.newSite.replace('{title}', title));
}

/** The name of an added one, by its place in the scenario. */
export const stepName = (question: Question, at: number): string => fill(words.value.stepAdded, { new: newName(question), number: String(at + 1) });

export const closedName = (question: Question, id: string): string => facilityOf(question, id)?.name ?? id;
