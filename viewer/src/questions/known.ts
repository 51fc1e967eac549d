/** The facilities that can be closed: what they are called and where they are, asked for when somebody wants to know. */

import { signal } from '@preact/signals';
import { nameIn } from '../layers/names';
import { find } from '../model';
import { itemAddress, itemsAddress } from '../server/addresses';
import { askJson } from '../server/ask';
import { featureId } from '../server/catalogue';
import { base, language } from '../state/store';
import { inside } from './place';
import type { Question } from './question';
import type { Place } from './scenario';

export interface Facility { id: string; name: string; place: Place | null }

/** What is known, by collection and id. */
export const facilities = signal<ReadonlyMap<string, Facility>>(new Map());

const asked = new Set<string>();
const keyOf = (collection: string, id: string): string => `${collection}\n${id}`;

/** Whether ids of single facilities can be told: those of one collection. */
export const canClose = (question: Question): boolean => find(question.facilities) !== undefined && !question.others.some(([name]) => name === 'and');

export const facilityOf = (question: Question, id: string): Facility | undefined => facilities.value.get(keyOf(question.facilities, id));

function placeOf(geometry: GeoJSON.Geometry | null): Place | null {
  if (geometry === null) return null;
  if (geometry.type === 'Point') return geometry.coordinates.slice(0, 2) as Place;
  if (geometry.type === 'MultiPoint') return (geometry.coordinates[0]?.slice(0, 2) as Place | undefined) ?? null;
  return inside(geometry);
}

function read(collection: string, feature: GeoJSON.Feature): Facility | null {
  const properties = (feature.properties ?? {}) as Record<string, unknown>;
  const id = featureId(feature.id, properties, find(collection)?.key ?? []);
  return id === null ? null : { id, name: nameIn(properties) || id, place: placeOf(feature.geometry) };
}

/** Asks for those of these that are not known yet. */
export function lookUp(collection: string, ids: string[]): void {
  for (const id of ids) {
    const key = keyOf(collection, id);
    if (asked.has(key) || find(collection) === undefined) continue;
    asked.add(key);
    askJson(itemAddress(base, collection, id, true), language.peek()).then((json) => {
      const found = read(collection, json as GeoJSON.Feature);
      if (found !== null) facilities.value = new Map(facilities.peek()).set(key, found);
    }, () => asked.delete(key));
  }
}

/** The facilities of a question in whose texts some words occur, and how many there are of them. */
export async function findFacilities(question: Question, words: string, limit: number, signal_: AbortSignal): Promise<{ total: number; found: Facility[] }> {
  const parameters: Record<string, string> = { f: 'json', limit: String(limit) };
  if (question.filter !== '') parameters['filter'] = question.filter;
  if (words.trim() !== '') parameters['q'] = words.trim().slice(0, 100);
  const json = (await askJson(itemsAddress(base, question.facilities, parameters), language.peek(), signal_)) as { features?: GeoJSON.Feature[]; numberMatched?: number };
  const found = (json.features ?? []).map((feature) => read(question.facilities, feature)).filter((one): one is Facility => one !== null);
  return { total: json.numberMatched ?? found.length, found };
}
