/** Other questions about the same facilities, as links to their answers. */

import { make } from '../page';
import { toSearch, type Choices, type Question } from './question';
import type { PlanningWords } from './words';

type Asked = keyof PlanningWords['otherQuestions'];

/** The parameters of the page's question that another one has too. */
const shared: Record<Asked, string[]> = {
  nearest: ['facilities', 'filter', 'type', 'profile', 'ages', 'date', 'by'],
  siting: ['facilities', 'filter', 'type', 'profile', 'ages', 'date', 'by', 'distance', 'minutes'],
  supply: ['facilities', 'filter', 'type', 'date', 'by'],
  reach: ['facilities', 'filter', 'type', 'profile', 'ages', 'date', 'distance', 'minutes'],
};

const more: Record<Asked, Record<string, string>> = { nearest: {}, siting: { p: '5' }, supply: {}, reach: { merge: 'true' } };

/** The questions that make sense here: sites and reach have one distance, supply needs places. */
export function possible(question: Question, choices: Choices): Asked[] {
  const hasDistance = /^\d/.test(question.within);
  const hasCapacity = choices.facilities.some(({ collection, capacities }) => collection === question.facilities && capacities.length > 0);
  return [
    'nearest' as const, ...(hasDistance ? (['siting', 'reach'] as const) : []), ...(hasCapacity ? (['supply'] as const) : []),
  ];
}

/** The parameters of another question. */
export function parametersOf(asked: Asked, question: Question): URLSearchParams {
  const own = toSearch(question);
  const parameters = new URLSearchParams([...own].filter(([name]) => shared[asked].includes(name)));
  for (const [name, value] of Object.entries(more[asked])) parameters.set(name, value);
  return parameters;
}

/** The links, each to the table and to the map. */
export function others(question: Question, choices: Choices, words: PlanningWords, base: string, lang: string): HTMLElement {
  const item = (asked: Asked) => {
    const address = (format: string) => `${base}processes/${asked}/execution?${parametersOf(asked, question)}&lang=${lang}&f=${format}`;
    const formats = ['XLSX', 'CSV', 'GeoJSON', 'JSON'].map((name) => make('a', { href: address(name.toLowerCase()), 'aria-label': `${name}: ${words.otherQuestions[asked]}` }, name));
    return make('li', {}, `${words.otherQuestions[asked]} `, ...formats);
  };
  return make('nav', { class: 'others', 'aria-label': words.others }, make('h2', {}, words.others),
    make('ul', {}, ...possible(question, choices).map(item)));
}
