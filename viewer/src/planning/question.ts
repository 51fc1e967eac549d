/** The question of the page: what it can be made of, and how it stands in an address. */

/** What the server says can be chosen. */
export interface Choices {
  facilities: { collection: string; title: string; column?: string; kinds: [string, number][]; capacities: string[] }[];
  /** Types of facilities that the configuration names. */
  types: { type: string; title: string }[];
  /** Name and title. */
  levels: [string, string][];
  dates: string[];
  groups: [number, number][];
  profiles: string[];
  distances: number[];
  rules: [string, { de: string; en: string }][];
  protected: boolean;
  /** What members of the evidence are called. */
  labels: Record<string, string>;
}

/** A question; every member is text, as in the address. */
export interface Question {
  ages: string;
  facilities: string;
  filter: string;
  /** A type in place of a collection and its condition. */
  type: string;
  /** Metres, minutes (`10min`), or a rule's id. */
  within: string;
  /** Parameters of the server that the page has no blank for: what is added, removed, and the like. */
  others: [string, string][];
  profile: string;
  by: string;
  date: string;
}

const kept = ['and', 'on', 'minimum_area', 'add', 'remove', 'rollup'];
const names = ['ages', 'facilities', 'filter', 'type', 'profile', 'by', 'date'] as const;

/** A condition as the server reads it; a quote within the text is doubled. */
export function condition(column: string, value: string): string {
  return `${column} = '${value.replaceAll("'", "''")}'`;
}

/** A condition for people: the value of a comparison with a text, or any other condition as it is written. */
export function readable(filter: string): string {
  const value = /^\s*"?[\p{L}\p{N}_]+"?\s*=\s*'((?:[^']|'')*)'\s*$/u.exec(filter)?.[1];
  return value === undefined ? filter : value.replaceAll("''", "'");
}

/** The name of the facilities of a question that are none of the choices, such as "Schulen: Grundschule". */
export function named(choices: Choices, question: Question): string {
  if (question.type !== '') return choices.types.find(({ type }) => type === question.type)?.title ?? question.type;
  const title = choices.facilities.find(({ collection }) => collection === question.facilities)?.title ?? question.facilities;
  return question.filter === '' ? title : `${title}: ${readable(question.filter)}`;
}

/** The ages, from the first to before the last, that facilities with a title like this are for. */
const users: [RegExp, [number, number]][] = [[/grundschul/i, [6, 10]], [/schul/i, [6, 10]], [/kita|kindertages|kindergart/i, [3, 6]]];

/**
 * The question to begin with: primary schools for the children of their age. If there are none, it is about other schools, about day
 * care, or about the first facilities for everybody.
 */
export function first(choices: Choices): Question {
  const school = choices.facilities.find(({ kinds }) => kinds.some(([kind]) => /grundschule/i.test(kind)));
  const kind = school?.kinds.find(([name]) => /grundschule/i.test(name))?.[0];
  const alike = users.map(([pattern]) => choices.facilities.find(({ title }) => pattern.test(title)));
  const facility = school ?? alike.find((own) => own !== undefined) ?? choices.facilities[0];
  const fitting = users.find(([pattern]) => pattern.test(kind ?? facility?.title ?? ''))?.[1];
  const group = fitting && choices.groups.find(([from, until]) => from === fitting[0] && until === fitting[1]);
  return {
    ages: group ? group.join(',') : '',
    facilities: facility?.collection ?? '',
    filter: kind !== undefined && facility?.column !== undefined ? condition(facility.column, kind) : '',
    type: '',
    within: '1000',
    others: [],
    profile: 'foot',
    by: choices.levels[0]?.[0] ?? '',
    date: choices.dates.at(-1) ?? '',
  };
}

/** The question of an address; what it does not say is as in `start`. */
export function fromSearch(search: string, start: Question): Question {
  const parameters = new URLSearchParams(search);
  if (!parameters.has('facilities') && !parameters.has('type')) return start;
  const others = [...parameters].filter(([name]) => kept.includes(name));
  const question = { ...start, others, facilities: '', filter: '', type: '', ages: '' };
  for (const name of names) question[name] = parameters.get(name) ?? question[name];
  const minutes = parameters.get('minutes');
  question.within = parameters.get('distance') ?? (minutes === null ? null : `${minutes}min`) ?? parameters.get('rule') ?? start.within;
  return question;
}

/** The parameter that says how near. */
export function limit(within: string): [string, string] {
  if (!/^\d/.test(within)) return ['rule', within];
  return within.endsWith('min') ? ['minutes', within.slice(0, -3)] : ['distance', within];
}

/** The question as parameters, of the page and of the server alike. */
export function toSearch(question: Question): URLSearchParams {
  const parameters = new URLSearchParams();
  for (const name of names) if (question[name] !== '') parameters.set(name, question[name]);
  const [name, value] = limit(question.within);
  parameters.set(name, value);
  for (const [name, value] of question.others) parameters.append(name, value);
  return parameters;
}
