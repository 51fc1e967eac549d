/** The question as a sentence with blanks: each blank is a list to choose from. */

import type { Language } from '../language';
import { fill } from '../language';
import { make } from '../page';
import { condition, type Choices, type Question } from './question';
import type { PlanningWords } from './words';

type Option = { value: string; text: string };

function blank(name: string, options: Option[], chosen: string, changed: (value: string) => void): HTMLSelectElement {
  const known = options.some(({ value }) => value === chosen) ? options : [...options, { value: chosen, text: chosen }];
  const entries = known.map(({ value, text }) => make('option', { value, selected: value === chosen }, text));
  const select = make('select', { name, 'aria-label': name }, ...entries);
  select.addEventListener('change', () => changed(select.value));
  return select;
}

function ages(choices: Choices, words: PlanningWords): Option[] {
  const groups = choices.groups.map(([from, until]) => ({
    value: `${from},${until}`,
    text: until >= 200 ? `${from}+` : fill(words.ages, { from: String(from), until: String(until - 1) }),
  }));
  return [{ value: '', text: words.everybody }, ...groups];
}

/** Facilities and their types in one list; the value holds the collection and the condition. */
function facilities(choices: Choices, words: PlanningWords): Option[] {
  return choices.facilities.flatMap(({ collection, title, column, kinds }) => {
    const all = { value: JSON.stringify([collection, '']), text: kinds.length > 0 ? `${title} (${words.all})` : title };
    if (column === undefined) return [all];
    const each = kinds.map(([kind, count]) => ({ value: JSON.stringify([collection, condition(column, kind)]), text: `${kind} (${count})` }));
    return [...each, all];
  });
}

/** The sentence; every change gives the whole new question. */
export function sentence(
  choices: Choices, question: Question, words: PlanningWords, language: Language, changed: (question: Question) => void,
): HTMLElement {
  const number = new Intl.NumberFormat(language);
  const set = (name: keyof Question) => (value: string) => changed({ ...question, [name]: value });
  const within = [
    ...choices.distances.map((distance) => ({ value: String(distance), text: fill(words.metres, { count: number.format(distance) }) })),
    ...choices.rules.map(([id, title]) => ({ value: id, text: title[language] })),
  ];
  const date = (value: string) => new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeZone: 'UTC' }).format(new Date(value));
  const blanks: Record<string, HTMLElement> = {
    ages: blank(words.persons, ages(choices, words), question.ages, set('ages')),
    facilities: blank('facilities', facilities(choices, words), JSON.stringify([question.facilities, question.filter]), (value) => {
      const [collection, filter] = JSON.parse(value) as [string, string];
      changed({ ...question, facilities: collection, filter });
    }),
    within: blank('within', within, question.within, set('within')),
    profile: blank('profile', choices.profiles.map((value) => ({ value, text: words.profiles[value] ?? value })), question.profile, set('profile')),
    by: blank(words.area, choices.levels.map(([value, text]) => ({ value, text })), question.by, set('by')),
    date: blank('date', choices.dates.map((value) => ({ value, text: date(value) })), question.date, set('date')),
  };
  const parts = words.sentence.split(/(\{\w+\})/).map((part) => blanks[part.slice(1, -1)] ?? part);
  return make('p', { class: 'sentence' }, ...parts);
}
