/** A question: what it can be made of, and how it stands in an address. */

/** What the server says can be chosen. */
export interface Choices {
  facilities: { collection: string; title: string; column?: string; kinds: [string, number][]; capacities: string[] }[];
  /** Types of facilities that the configuration names. */
  types: { type: string; title: string; ages?: [number, number]; origins: { collection: string; filter?: string }[] }[];
  /** Name and title. */
  levels: [string, string][];
  dates: string[];
  groups: [number, number][];
  /** Means that the network knows. */
  profiles: string[];
  /** Those among them for which a distance reaches other places than on foot. */
  profilesByDistance: string[];
  /** In km/h, by means. */
  speeds: Record<string, number>;
  /** Times in minutes, by means. */
  minutes: Record<string, number[]>;
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
  /** What counts as room: a column, or `area`; empty: the first. */
  capacity: string;
  /** How many new ones. */
  p: string;
  /** The area of a profile, and its level. */
  area: string;
  level: string;
}

export type Kind = 'coverage' | 'nearest' | 'supply' | 'reach' | 'siting' | 'profile';

const kept = ['and', 'on', 'minimum_area', 'add', 'remove', 'rollup', 'target'];
const names = ['ages', 'facilities', 'filter', 'type', 'profile', 'by', 'date', 'capacity', 'p', 'area', 'level'] as const;

const about = ['facilities', 'filter', 'type', 'and', 'on', 'minimum_area'];
const limits = ['distance', 'minutes', 'rule'];

/** The parameters that each question takes. */
const taken: Record<Kind, string[]> = {
  coverage: [...about, ...limits, 'ages', 'profile', 'by', 'date', 'add', 'remove', 'rollup'],
  nearest: [...about, 'ages', 'profile', 'by', 'date'],
  supply: [...about, 'capacity', 'target', 'by', 'date'],
  reach: [...about, 'distance', 'minutes', 'ages', 'profile', 'date'],
  siting: [...about, ...limits, 'ages', 'profile', 'by', 'date', 'p'],
  profile: ['area', 'level', 'profile', 'date'],
};

/** The limits that a question can have: sites and reach have one distance, a rule may have several. */
export const takesRules = (kind: Kind): boolean => kind === 'coverage';

/** The questions that have a limit: how near is near enough. */
export const hasLimit = (kind: Kind): boolean => taken[kind].includes('distance');

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

/** The ages that the facilities of a question are for, as far as their type or their name tells. */
export function agesServed(choices: Choices, question: Question): [number, number] | null {
  const own = choices.types.find(({ type }) => type === question.type)?.ages;
  return own ?? users.find(([pattern]) => pattern.test(named(choices, question)))?.[1] ?? null;
}

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
    capacity: '',
    p: '5',
    area: '',
    level: choices.levels[0]?.[0] ?? '',
  };
}

/** The question of an address; what it does not say is as in `start`. */
export function fromParameters(entries: [string, string][] | null, start: Question): Question {
  const parameters = new URLSearchParams(entries ?? []);
  const others = [...parameters].filter(([name]) => kept.includes(name));
  const isAbout = parameters.has('facilities') || parameters.has('type');
  const question = { ...start, others, ...(isAbout ? { facilities: '', filter: '', type: '', ages: '' } : {}) };
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

/** The number of a choice nearest to another. */
const nearest = (all: number[], to: number): number | undefined =>
  all.reduce<number | undefined>((best, one) => (best === undefined || Math.abs(one - to) < Math.abs(best - to) ? one : best), undefined);

/** The question by another means: in minutes, where a distance would give the number of those on foot. */
export function byMeans(question: Question, profile: string, choices: Choices): Question {
  const [by, count] = limit(question.within);
  const times = choices.minutes[profile] ?? [];
  if (by === 'distance' && !choices.profilesByDistance.includes(profile)) {
    const time = nearest(times, (Number(count) / 1000 / (choices.speeds[profile] ?? 5)) * 60);
    return { ...question, profile, within: time === undefined ? question.within : `${time}min` };
  }
  if (by === 'minutes' && !times.includes(Number(count))) {
    const time = nearest(times, Number(count));
    return { ...question, profile, within: time === undefined ? question.within : `${time}min` };
  }
  return { ...question, profile };
}

/** The question with another limit: by a distance, those who have no ways of their own go on foot. */
export function withLimit(question: Question, within: string, choices: Choices): Question {
  const isDistance = limit(within)[0] === 'distance';
  const profile = isDistance && !choices.profilesByDistance.includes(question.profile) ? 'foot' : question.profile;
  return { ...question, within, profile };
}

/** The question as parameters, whatever is asked. */
export function toParameters(question: Question): [string, string][] {
  const given = names.filter((name) => question[name] !== '').map((name): [string, string] => [name, question[name]]);
  return [...given, limit(question.within), ...question.others];
}

/** The parameters that the server takes for one of the questions. */
export function parametersOf(kind: Kind, question: Question): URLSearchParams {
  const parameters = new URLSearchParams(toParameters(question).filter(([name]) => taken[kind].includes(name)));
  if (kind === 'reach') parameters.set('merge', 'true');
  return parameters;
}

/** What counts as room of the facilities: the columns that the configuration names, and m² of areas. */
export function capacitiesOf(choices: Choices, question: Question, isArea: boolean): string[] {
  const named = choices.facilities.find(({ collection }) => collection === question.facilities)?.capacities ?? [];
  return isArea ? [...named, 'area'] : named;
}

/** The questions that can be answered here. */
export function possible(choices: Choices, question: Question, isArea: boolean): Kind[] {
  const room = question.facilities !== '' && capacitiesOf(choices, question, isArea).length > 0;
  const all: [Kind, boolean][] = [
    ['coverage', true], ['nearest', true], ['supply', room], ['reach', true], ['siting', true], ['profile', choices.levels.length > 0],
  ];
  return all.filter(([, can]) => can).map(([kind]) => kind);
}

/** A question that its kind can have: a distance in place of a rule, a capacity where one is needed. */
export function fitted(kind: Kind, question: Question, choices: Choices, isArea: boolean): Question {
  const within = takesRules(kind) || /^\d/.test(question.within) ? question.within : String(choices.distances.find((one) => one >= 1000) ?? 1000);
  const rooms = capacitiesOf(choices, question, isArea);
  const capacity = kind !== 'supply' || rooms.includes(question.capacity) ? question.capacity : rooms[0] ?? '';
  return { ...question, within, capacity };
}
