/** What would be if: facilities that are added and closed, as the server takes them in the address of a question. */

import type { Question } from './question';

/** Longitude and latitude in degrees. */
export type Place = [number, number];

export interface Scenario {
  added: Place[];
  /** The ids of those that are closed. */
  closed: string[];
}

/** No more than the server takes of each. */
export const most = 1000;

/** As many as the server writes of the sites it finds, a tenth of a metre, so that a site taken over keeps its numbers. */
const digits = 6;

const rounded = ([lon, lat]: Place): Place => [Number(lon.toFixed(digits)), Number(lat.toFixed(digits))];
const placeText = (place: Place): string => rounded(place).join(',');

function readPlace(text: string): Place | null {
  const numbers = text.split(',').map((part) => (part.trim() === '' ? NaN : Number(part)));
  const [lon = NaN, lat = NaN] = numbers;
  return numbers.length === 2 && Math.abs(lon) <= 180 && Math.abs(lat) <= 90 ? [lon, lat] : null;
}

const values = (question: Question, name: string, sign: string): string[] =>
  question.others.filter(([own]) => own === name).flatMap(([, value]) => value.split(sign)).map((part) => part.trim()).filter((part) => part !== '');

export function scenarioOf(question: Question): Scenario {
  const added = values(question, 'add', ';').map(readPlace).filter((place): place is Place => place !== null);
  return { added, closed: [...new Set(values(question, 'remove', ','))] };
}

export const isScenario = ({ added, closed }: Scenario): boolean => added.length + closed.length > 0;

/** The question with this scenario in place of its own. */
export function withScenario(question: Question, { added, closed }: Scenario): Question {
  const others = question.others.filter(([name]) => name !== 'add' && name !== 'remove');
  if (added.length > 0) others.push(['add', added.slice(0, most).map(placeText).join(';')]);
  if (closed.length > 0) others.push(['remove', closed.slice(0, most).join(',')]);
  return { ...question, others };
}

const changed = (question: Question, change: (scenario: Scenario) => Scenario): Question => withScenario(question, change(scenarioOf(question)));

export const withAdded = (question: Question, places: Place[]): Question => changed(question, (own) => {
  const known = new Set(own.added.map(placeText));
  return { ...own, added: [...own.added, ...places.filter((place) => !known.has(placeText(place)))] };
});

export const withMoved = (question: Question, at: number, place: Place): Question =>
  changed(question, (own) => ({ ...own, added: own.added.map((old, index) => (index === at ? place : old)) }));

export const withoutAdded = (question: Question, at: number): Question =>
  changed(question, (own) => ({ ...own, added: own.added.filter((_, index) => index !== at) }));

/** Closes a facility, or opens it again. An id with a comma cannot be said in an address: it stays open. */
export const withToggled = (question: Question, id: string): Question => changed(question, (own) => {
  if (own.closed.includes(id)) return { ...own, closed: own.closed.filter((other) => other !== id) };
  return id.includes(',') ? own : { ...own, closed: [...own.closed, id] };
});

export const hasAdded = (question: Question, place: Place): boolean => scenarioOf(question).added.some((own) => placeText(own) === placeText(place));

/** Another kind of facilities has other ids: what was closed of the old is not asked of the new. */
export function fittedTo(next: Question, before: Question): Question {
  const isSame = next.facilities === before.facilities && next.filter === before.filter && next.type === before.type;
  return isSame ? next : withScenario(next, { ...scenarioOf(next), closed: [] });
}

/** What one new facility is called in German and English, by what their kind is called. */
const nouns: [RegExp, string, string][] = [
  [/grundschul|primary school/i, 'Neue Grundschule', 'New primary school'], [/gesamtschul/i, 'Neue Gesamtschule', 'New comprehensive school'], [/realschul/i, 'Neue Realschule', 'New Realschule'],
  [/hauptschul/i, 'Neue Hauptschule', 'New Hauptschule'], [/förderschul/i, 'Neue Förderschule', 'New special school'], [/gymnasi/i, 'Neues Gymnasium', 'New grammar school'],
  [/schul|school/i, 'Neue Schule', 'New school'], [/kita|kindertages|kindergart|day care/i, 'Neue Kita', 'New day care'], [/spielpl|playground/i, 'Neuer Spielplatz', 'New playground'],
  [/biblioth|bücherei|librar/i, 'Neue Bibliothek', 'New library'], [/krankenh|hospital/i, 'Neues Krankenhaus', 'New hospital'], [/apothek|pharmac/i, 'Neue Apotheke', 'New pharmacy'],
  [/defibrill/i, 'Neuer Defibrillator', 'New defibrillator'], [/arzt|ärzt|praxis|praxen/i, 'Neue Praxis', 'New practice'],
];

/** What adding one is called; of kinds whose word is not known, with the title as it is. */
export function newOne(title: string, language: 'de' | 'en', otherwise: string): string {
  const known = nouns.find(([pattern]) => pattern.test(title));
  if (known === undefined) return otherwise.replace('{title}', title);
  return language === 'de' ? known[1] : known[2];
}
