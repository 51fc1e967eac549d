/** The answers of the server, whatever was asked, as what the page shows: a number, rows, and what colours mean. */

import type { Shows } from '../state/state';
import type { Kind } from './question';
import type { QuestionWords } from './words';

/** A number, `*` where it is protected, or null. */
export type Value = number | string | null;

type Json = Record<string, unknown>;

/** What is written of a value. */
export type Unit = 'persons' | 'share' | 'metres' | 'ratio' | 'plain' | 'change' | 'points';

export interface ColumnOf {
  title: string;
  unit: Unit;
}

export interface RowOf {
  id: string;
  name: string;
  cells: Value[];
  /** How far the first cell may be off, where it is protected. */
  margin: number | null;
  /** How far each cell may be off, where several may. */
  margins?: (number | null)[];
  /** In a scenario, what colours the area before, after and by the difference. */
  shades?: Record<Shows, Value>;
  /** Where it is, of a site. */
  place?: [number, number];
}

export interface Figures {
  /** What stands large, how far it may be off, and the words behind it. */
  number: Value;
  unit: Unit;
  margin: number | null;
  behind: string;
  summary: { de: string; en: string };
  warnings: { code: string; de: string; en: string }[];
  columns: ColumnOf[];
  rows: RowOf[];
  /** Rows below all others: no area, the city. */
  feet: RowOf[];
  /** The cell that colours the map and sorts the rows; null where areas have no colour. */
  colours: number | null;
  /** Whether little is what is missing. */
  isTurned: boolean;
  /** A scenario: the number before, and what it changes by, as the server says it. */
  change: { before: Value; difference: Value; margin: number | null } | null;
  result: string | null;
  evidence: unknown;
  attributions: string[];
}

const object = (value: unknown): Json => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {});
const list = (value: unknown): Json[] => (Array.isArray(value) ? value.filter((one): one is Json => typeof one === 'object' && one !== null) : []);
const valueOf = (value: unknown): Value => (typeof value === 'number' || typeof value === 'string' ? value : null);
const marginOf = (value: unknown): number | null => (typeof value === 'number' ? value : null);
const text = (value: unknown): string => (typeof value === 'string' ? value : value === null || value === undefined ? '' : String(value));

export const numeric = (value: Value | undefined): number | null => (typeof value === 'number' ? value : null);

/** Who must be named for what the answer was made of. */
function attributionsOf(evidence: unknown): string[] {
  const found = Object.values(object(evidence)).flatMap((part) => [part, ...list(part)]).map((part) => text(object(part)['attribution']));
  return [...new Set(found.filter((name) => name !== ''))];
}

function common(json: Json): Pick<Figures, 'change' | 'summary' | 'warnings' | 'result' | 'evidence' | 'attributions'> {
  const { de, en } = object(json['summary']);
  return {
    change: null, summary: { de: text(de), en: text(en) },
    warnings: list(json['warnings']).map((warning) => ({ code: text(warning['code']), de: text(warning['de']), en: text(warning['en']) })),
    result: text(object(json['result'])['id']) || null, evidence: json['evidence'], attributions: attributionsOf(json['evidence']),
  };
}

/** Rows where most is missing first; protected and unknown ones last, by name. */
export function ranked(rows: RowOf[], by: number, isTurned: boolean): RowOf[] {
  const sign = isTurned ? -1 : 1;
  const key = (row: RowOf): number => {
    const value = numeric(row.cells[by]);
    return value === null ? -Infinity : value * sign;
  };
  return [...rows].sort((left, right) => {
    const [one, other] = [key(left), key(right)];
    return one === other ? left.name.localeCompare(right.name, 'de') : other - one;
  });
}

const row = (json: Json, cells: string[], margin: unknown = null): RowOf => ({
  id: text(json['id']), name: text(json['name']) || text(json['id']), cells: cells.map((name) => valueOf(json[name])), margin: marginOf(margin),
});

/** The difference of an area: those that changed are listed; where nothing did, a number has none, and what is protected stays so. */
const unchanged = (before: Value): Value => (typeof before === 'number' ? 0 : before);

/** Before, after and the difference, as the server says each; nothing is worked out of published numbers here. */
function scenario(json: Json, words: QuestionWords): Figures {
  const [before, after, difference] = [object(json['before']), object(json['after']), object(json['difference'])];
  const byId = (part: Json): Map<string, Json> => new Map(list(part['areas']).map((area) => [text(area['id']), area]));
  const [old, changes] = [byId(before), byId(difference)];
  const off = (part: Json | undefined): number | null => marginOf(object(part?.['margin'])['uncovered']);
  const of = (was: Json | undefined, is: Json, changes_: Json | undefined, own: { id: string; name: string }, isListed: boolean): RowOf => {
    const changedBy = (name: string): Value => (changes_ ? valueOf(changes_[name]) : isListed ? unchanged(valueOf(was?.[name] ?? null)) : null);
    return {
      ...own, cells: [valueOf(was?.['uncovered'] ?? null), valueOf(is['uncovered']), changedBy('uncovered'), valueOf(is['uncoveredShare'])], margin: off(was),
      margins: [off(was), off(is), marginOf(changes_?.['margin'])],
      shades: { before: valueOf(was?.['uncoveredShare'] ?? null), after: valueOf(is['uncoveredShare']), difference: changedBy('uncoveredShare') },
    };
  };
  const rows = ranked(list(after['areas']).map((area) => of(old.get(text(area['id'])), area, changes.get(text(area['id'])), row(area, []), true)), 1, false);
  const weight = (one: RowOf): number => Math.abs(numeric(one.cells[2]) ?? 0);
  const nowhere = after['inNoArea'] ? [of(object(before['inNoArea']), object(after['inNoArea']), undefined, { id: '', name: words.nowhere }, false)] : [];
  return {
    ...common(json), number: valueOf(after['uncovered']), unit: 'persons', margin: off(after), behind: words.behindCoverage,
    change: { before: valueOf(before['uncovered']), difference: valueOf(difference['uncovered']), margin: marginOf(difference['margin']) },
    columns: [{ title: words.before, unit: 'persons' }, { title: words.after, unit: 'persons' }, { title: words.difference, unit: 'change' }, { title: words.share, unit: 'share' }],
    // Those that change stand first, by how much they do.
    rows: [...rows].sort((left, right) => weight(right) - weight(left)),
    feet: [...nowhere, of(before, after, difference, { id: '', name: words.total }, false)], colours: 3, isTurned: false,
  };
}

function coverage(json: Json, words: QuestionWords): Figures {
  if (Object.hasOwn(json, 'after') && Object.hasOwn(json, 'difference')) return scenario(json, words);
  const figures = Object.hasOwn(json, 'after') ? object(json['after']) : json;
  const cells = ['uncovered', 'persons', 'uncoveredShare'];
  const split = (part: Json, name = '') => ({ ...row(part, cells, object(part['margin'])['uncovered']), ...(name ? { id: '', name } : {}) });
  const nowhere = figures['inNoArea'] ? [split(object(figures['inNoArea']), words.nowhere)] : [];
  return {
    ...common(json), number: valueOf(figures['uncovered']), unit: 'persons', margin: marginOf(object(figures['margin'])['uncovered']),
    behind: words.behindCoverage,
    columns: [{ title: words.without, unit: 'persons' }, { title: words.persons, unit: 'persons' }, { title: words.share, unit: 'share' }],
    rows: ranked(list(figures['areas']).map((area) => split(area)), 0, false), feet: [...nowhere, split(figures, words.total)], colours: 2, isTurned: false,
  };
}

function nearest(json: Json, words: QuestionWords): Figures {
  const total = object(json['total']);
  const cells = ['mean', 'median', 'p90', 'persons'];
  return {
    ...common(json), number: valueOf(total['mean']), unit: 'metres', margin: null, behind: words.behindNearest,
    columns: [{ title: words.mean, unit: 'metres' }, { title: words.median, unit: 'metres' }, { title: words.nineOfTen, unit: 'metres' }, { title: words.persons, unit: 'persons' }],
    rows: ranked(list(json['areas']).map((area) => row(area, cells)), 0, false), feet: [{ ...row(total, cells), name: words.total }], colours: 0, isTurned: false,
  };
}

function supply(json: Json, words: QuestionWords): Figures {
  const all = list(json['supply']);
  const cells = ['perPerson', 'capacity', 'persons'];
  const city = all.find(({ scope }) => scope !== 'area');
  const unit = text(json['unit']);
  return {
    ...common(json), number: valueOf(city?.['perPerson'] ?? null), unit: 'ratio', margin: marginOf(city?.['perPersonMargin']),
    behind: words.behindSupply.replace('{unit}', unit),
    columns: [{ title: words.perPerson.replace('{unit}', unit), unit: 'ratio' }, { title: unit, unit: 'plain' }, { title: words.persons, unit: 'persons' }],
    rows: ranked(all.filter(({ scope }) => scope === 'area').map((area) => row(area, cells, area['perPersonMargin'])), 0, true),
    feet: city === undefined ? [] : [{ ...row(city, cells, city['perPersonMargin']), name: words.total }], colours: 0, isTurned: true,
  };
}

function reach(json: Json, words: QuestionWords): Figures {
  const bands = list(json['reach']);
  const [widest] = [...bands].sort((left, right) => Number(right['distance'] ?? 0) - Number(left['distance'] ?? 0));
  return {
    ...common(json), number: valueOf(widest?.['persons'] ?? null), unit: 'persons', margin: marginOf(widest?.['margin']), behind: words.behindReach,
    columns: [{ title: words.persons, unit: 'persons' }, { title: words.shareIn, unit: 'share' }],
    rows: bands.length < 2 ? [] : bands.map((band) => ({ ...row(band, ['persons', 'share'], band['margin']), id: '', name: `${text(band['distance'])} m` })),
    feet: [], colours: null, isTurned: false,
  };
}

function placeOf(point: unknown): { place?: [number, number] } {
  const [lon, lat] = Array.isArray(point) ? (point as unknown[]) : [];
  return typeof lon === 'number' && typeof lat === 'number' ? { place: [lon, lat] } : {};
}

function siting(json: Json, words: QuestionWords): Figures {
  const sites = list(json['sites']);
  const rows = sites.map((site): RowOf => ({
    id: text(site['rank']), name: `${text(site['rank'])}. ${text(site['name']) || list(site['areas']).map((area) => text(area['name'])).slice(0, 2).join(', ') || words.site}`,
    cells: [valueOf(site['gain'])], margin: marginOf(site['margin']), ...placeOf(site['point']),
  }));
  return {
    ...common(json), number: valueOf(json['gain']), unit: 'persons', margin: marginOf(object(json['margin'])['gain']), behind: words.behindSiting,
    columns: [{ title: words.gain, unit: 'persons' }], rows, feet: [], colours: null, isTurned: false,
  };
}

function profile(json: Json, words: QuestionWords): Figures {
  const groups = list(json['groups']).map((group): RowOf => ({
    id: '', name: text(group['ages']), cells: [valueOf(group['persons']), valueOf(group['share']), valueOf(group['shareOfCity'])], margin: marginOf(group['margin']),
  }));
  return {
    ...common(json), number: valueOf(json['persons']), unit: 'persons', margin: marginOf(json['margin']),
    behind: words.behindProfile.replace('{area}', text(object(json['area'])['name'])),
    columns: [{ title: words.persons, unit: 'persons' }, { title: words.shareHere, unit: 'share' }, { title: words.shareCity, unit: 'share' }],
    rows: groups, feet: [], colours: null, isTurned: false,
  };
}

/** The facilities of a profile: how many, and how far it is to them. */
export interface FacilityOf { title: string; count: Value; meanWay: Value; cityWay: Value }

export function facilitiesOf(json: unknown): FacilityOf[] {
  return list(object(json)['facilities']).map((one) => ({
    title: text(one['title']), count: valueOf(one['count']), meanWay: valueOf(one['meanWay']), cityWay: valueOf(object(one['city'])['meanWay']),
  }));
}

/** An answer of the server as the page shows it. */
export function figuresOf(kind: Kind, json: unknown, words: QuestionWords): Figures {
  return { coverage, nearest, supply, reach, siting, profile }[kind](object(json), words);
}

/** The value that colours a feature of the map. */
export function valueOfFeature(kind: Kind, properties: Json): Value {
  return valueOf(properties[{ coverage: 'uncovered_share', nearest: 'mean', supply: 'perPerson', reach: '', siting: '', profile: '' }[kind]] ?? null);
}
