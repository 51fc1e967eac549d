/** The question as a sentence with blanks: each blank is a list to choose from. */

import type { Language } from '../language';
import { fill } from '../language';
import { make } from '../page';
import { condition, limit, named, type Choices, type Question } from './question';
import type { PlanningWords } from './words';

type Option = { value: string; text: string };

function blank(
  name: string, label: string, options: Option[], chosen: string, changed: (value: string) => void, unknown = chosen,
): HTMLSelectElement {
  const known = options.some(({ value }) => value === chosen) ? options : [...options, { value: chosen, text: unknown }];
  const entries = known.map(({ value, text }) => make('option', { value, selected: value === chosen }, text));
  const select = make('select', { name, 'aria-label': label }, ...entries);
  select.addEventListener('change', () => changed(select.value));
  return select;
}

function ages(choices: Choices, words: PlanningWords, asked: string): Option[] {
  const groups = choices.groups.map(([from, until]) => ({
    value: `${from},${until}`,
    text: until >= 200 ? `${from}+` : fill(words.ages, { from: String(from), until: String(until - 1) }),
  }));
  const [from, until] = asked.split(',').map(Number);
  const isOwn = asked !== '' && !groups.some(({ value }) => value === asked);
  const own = isOwn && from !== undefined && until !== undefined
    ? [{ value: asked, text: until >= 200 ? `${from}+` : fill(words.ages, { from: String(from), until: String(until - 1) }) }] : [];
  return [{ value: '', text: words.everybody }, ...groups, ...own];
}

/** The value of a choice of facilities: the collection and the condition, or the type. */
const chosenFacilities = (collection: string, filter: string, type = '') => JSON.stringify([collection, filter, type]);

/** Types, then collections and what is in them, in one list. */
function facilities(choices: Choices, words: PlanningWords): Option[] {
  const types = choices.types.map(({ type, title }) => ({ value: chosenFacilities('', '', type), text: title }));
  const collections = choices.facilities.flatMap(({ collection, title, column, kinds }) => {
    const all = { value: chosenFacilities(collection, ''), text: kinds.length > 0 ? `${title} (${words.all})` : title };
    if (column === undefined) return [all];
    const each = kinds.map(([kind, count]) => ({ value: chosenFacilities(collection, condition(column, kind)), text: `${kind} (${count})` }));
    return [...each, all];
  });
  return [...types, ...collections];
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
  const [by, count] = limit(question.within);
  if (by === 'minutes') within.push({ value: question.within, text: fill(words.minutes, { count: number.format(Number(count)) }) });
  if (by === 'distance' && !choices.distances.includes(Number(count))) within.push({ value: question.within, text: fill(words.metres, { count: number.format(Number(count)) }) });
  const date = (value: string) => new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeZone: 'UTC' }).format(new Date(value));
  const blanks: Record<string, HTMLElement> = {
    ages: blank('ages', words.labels.ages, ages(choices, words, question.ages), question.ages, set('ages')),
    facilities: blank('facilities', words.labels.facilities, facilities(choices, words), chosenFacilities(question.facilities, question.filter, question.type), (value) => {
      const [collection, filter, type] = JSON.parse(value) as [string, string, string];
      changed({ ...question, facilities: collection, filter, type });
    }, named(choices, question)),
    within: blank('within', words.labels.within, within, question.within, set('within')),
    profile: blank('profile', words.labels.profile, choices.profiles.map((value) => ({ value, text: words.profiles[value] ?? value })), question.profile, set('profile')),
    by: blank('by', words.area, choices.levels.map(([value, text]) => ({ value, text })), question.by, set('by')),
    date: blank('date', words.labels.date, choices.dates.map((value) => ({ value, text: date(value) })), question.date, set('date')),
  };
  const parts = words.sentence.split(/(\{\w+\})/).map((part) => blanks[part.slice(1, -1)] ?? part);
  return make('p', { class: 'sentence' }, ...parts);
}
