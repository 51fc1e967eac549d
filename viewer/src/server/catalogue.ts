/**
 * What the server says about its collections, read once into types that cannot be wrong.
 * Members that are missing or of another type become their plain defaults; nothing here throws.
 */

/** West, south, east, north in degrees. */
export type Bounds = [number, number, number, number];
export type GeometryKind = 'point' | 'line' | 'polygon' | 'mixed';
export type State = 'ready' | 'loading' | 'failed';

export interface Collection {
  id: string;
  title: string;
  description: string;
  attribution: string;
  bounds: Bounds | null;
  /** null: a table. */
  geometry: GeometryKind | null;
  /** null: not known (yet). */
  count: number | null;
  state: State;
  why: string;
  loadedAt: string;
  freshness: string;
  /** Within how many seconds its rows were known to be the source's; null where that is not measured. */
  lag: number | null;
  /** Whether it is being read again, as a change was too large to follow. */
  reloading: boolean;
  minzoom: number;
  maxzoom: number;
  /** The columns that make a feature's id, where the server names them. */
  key: string[];
  /** The names of its columns. */
  columns: string[];
  /** Whether the server has a style for it. */
  hasStyle: boolean;
  /** Whether it is shown before the reader has chosen. */
  visibleAtFirst: boolean;
}

export interface Refusal {
  name: string;
  why: string;
  hint: string;
}

export interface Source {
  name: string;
  away: string;
  notServed: Refusal[];
}

export interface Catalogue {
  collections: Collection[];
  sources: Source[];
}

type Json = Record<string, unknown>;

/** What links to styles are called. */
const stylesRelation = 'http://www.opengis.net/def/rel/ogc/1.0/styles';

const object = (value: unknown): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const number = (value: unknown, otherwise: number): number =>
  typeof value === 'number' && Number.isFinite(value) ? value : otherwise;

/** A box from `[w,s,e,n]` or the six numbers of a box with heights; null if it is none. */
export function readBounds(value: unknown): Bounds | null {
  const numbers = list(value).filter((part): part is number => typeof part === 'number' && Number.isFinite(part));
  const [west, south, east, north] = numbers.length === 6 ? [numbers[0], numbers[1], numbers[3], numbers[4]] : numbers;
  if (west === undefined || south === undefined || east === undefined || north === undefined) return null;
  return south <= north ? [west, south, east, north] : null;
}

function readGeometry(value: unknown): GeometryKind | null {
  return value === 'point' || value === 'line' || value === 'polygon' || value === 'mixed' ? value : null;
}

function readState(value: unknown): State {
  return value === 'loading' || value === 'failed' ? value : 'ready';
}

function zoom(value: unknown, otherwise: number): number {
  return Math.min(24, Math.max(0, Math.round(number(value, otherwise))));
}

function readCollection(value: unknown): Collection {
  const json = object(value);
  const id = text(json['id']);
  const count = number(json['veedel:count'], -1);
  const lag = number(json['veedel:lagMilliseconds'], -1);
  return {
    id,
    title: text(json['title']) || id,
    description: text(json['description']),
    attribution: text(json['attribution']),
    bounds: readBounds(list(object(object(json['extent'])['spatial'])['bbox'])[0]),
    geometry: readGeometry(json['veedel:geometry']),
    count: count < 0 ? null : count,
    state: readState(json['veedel:state']),
    why: text(json['veedel:why']),
    loadedAt: text(json['veedel:loadedAt']),
    freshness: text(json['veedel:freshness']),
    lag: lag < 0 ? null : Math.max(1, Math.ceil(lag / 1000)),
    reloading: json['veedel:reloading'] === true,
    minzoom: zoom(json['veedel:minzoom'], 0),
    maxzoom: zoom(json['veedel:maxzoom'], 16),
    key: list(json['veedel:key']).filter((name): name is string => typeof name === 'string'),
    columns: list(json['veedel:columns']).map((column) => text(object(column)['name'])).filter((name) => name !== ''),
    hasStyle: list(json['links']).some((link) => object(link)['rel'] === stylesRelation),
    visibleAtFirst: json['veedel:visibleAtFirst'] !== false,
  };
}

function readSource(value: unknown): Source {
  const json = object(value);
  const notServed = list(json['notServed']).map((refusal) => {
    const { name, why, hint } = object(refusal);
    return { name: text(name), why: text(why), hint: text(hint) };
  });
  return { name: text(json['name']), away: text(json['away']), notServed };
}

/** Reads the answer of `/collections`. */
export function readCatalogue(value: unknown): Catalogue {
  const json = object(value);
  return {
    collections: list(json['collections']).map(readCollection).filter((collection) => collection.id !== ''),
    sources: list(json['veedel:sources']).map(readSource),
  };
}

/**
 * A feature's id for its address: the tile's own where it has one, else put together from the key columns
 * (joined by commas, a comma or percent sign inside a part of several encoded, as the server writes it).
 */
export function featureId(id: unknown, properties: Json, key: string[]): string | null {
  if (typeof id === 'number' && Number.isSafeInteger(id)) return String(id);
  if (typeof id === 'string' && id !== '') return id;
  if (key.length === 0) return null;
  const parts = key.map((name) => properties[name]);
  if (!parts.every((part) => typeof part === 'string' || Number.isSafeInteger(part))) return null;
  if (parts.length === 1) return String(parts[0]);
  return parts.map((part) => String(part).replaceAll('%', '%25').replaceAll(',', '%2C')).join(',');
}
