/** How an answer is drawn: its classes, shapes, names and layers. No map, no page. */

import type { DataDrivenPropertyValueSpecification, LayerSpecification } from 'maplibre-gl';
import { find } from '../model';
import { choices, type Answer } from './asked';
import { numeric, valueOfFeature } from './figures';
import { inside } from './place';
import { named } from './question';
import { classes, unknownColour, type Class } from './scale';

/** The sources of an answer: its shapes, the places of their names, the facilities that are meant. */
export const source = 'answer';
export const labelSource = 'answer-labels';
export const facilitySource = 'answer-facilities';

/** The layers of an answer, and where they stand: below the base map's names, above its ground. */
export const layers = {
  areas: 53, cells: 53.2, unknown: 53.4, borders: 57, facilityAreas: 58, facilities: 62, sites: 64, siteNumbers: 92, names: 91,
};

/** The source's features hold the value that colours them. */
const valueMember = 'veedel:value';

interface Scale { all: Class[]; hasUnknown: boolean }

/** The classes of an answer's areas. */
export function scaleOf({ figures }: Answer, light: string): Scale {
  const { colours, rows, isTurned } = figures;
  if (colours === null) return { all: [], hasUnknown: false };
  const values = rows.map(({ cells }) => numeric(cells[colours]));
  return { all: classes(values.filter((value): value is number => value !== null), light, isTurned), hasUnknown: values.some((value) => value === null) };
}

export const hasCells = ({ features }: Answer): boolean => features.features.some(({ properties }) => properties?.['part'] === 'unserved');

interface Shown { collection: string; filter: string; title: string }

/** What makes the facilities others than those that collection and condition name. */
const changing = ['and', 'on', 'minimum_area', 'remove'];

/** The facilities that are meant, where the map can show just those; null where it is not known which of a collection they are. */
export function facilitiesShown({ question, kind, figures }: Answer): Shown | null {
  if (kind === 'profile' || choices.value === null || question.others.some(([name]) => changing.includes(name))) return null;
  const title = named(choices.value, question);
  if (question.facilities !== '') return find(question.facilities) === undefined ? null : { collection: question.facilities, filter: question.filter, title };
  // A type is no condition that tiles take; but where it has found all of a collection, these are they.
  const { collection, found } = ((figures.evidence as { facilities?: { collection?: unknown; found?: unknown } } | null)?.facilities) ?? {};
  const all = typeof collection === 'string' ? find(collection) : undefined;
  return all === undefined || all.count !== found ? null : { collection: all.id, filter: '', title };
}

export const isArea = ({ geometry, properties }: GeoJSON.Feature): boolean =>
  (geometry?.type === 'Polygon' || geometry?.type === 'MultiPolygon') && properties?.['part'] !== 'unserved';

/** The features as they are drawn: with the value that colours them. */
export function shapes({ kind, features }: Answer): GeoJSON.FeatureCollection {
  const all = features.features.map((feature): GeoJSON.Feature => ({
    ...feature, id: undefined,
    properties: { ...feature.properties, [valueMember]: isArea(feature) ? valueOfFeature(kind, feature.properties ?? {}) : null },
  } as GeoJSON.Feature));
  return { type: 'FeatureCollection', features: all };
}

export function labels({ features }: Answer): GeoJSON.FeatureCollection {
  const points = features.features.filter(isArea).flatMap((feature): GeoJSON.Feature[] => {
    const at = inside(feature.geometry);
    const name = feature.properties?.['name'];
    return at === null || typeof name !== 'string' ? [] : [{ type: 'Feature', properties: { name }, geometry: { type: 'Point', coordinates: at } }];
  });
  return { type: 'FeatureCollection', features: points };
}

/** Colours by class; what is no number has the colour of the unknown. */
function fill(all: Class[], light: string): DataDrivenPropertyValueSpecification<string> {
  const unknown = unknownColour[light] ?? '#cccccc';
  const [lowest, ...others] = all;
  if (lowest === undefined) return unknown;
  const value = ['to-number', ['get', valueMember]];
  const steps = others.length === 0 ? lowest.colour : ['step', value, lowest.colour, ...others.flatMap(({ from, colour }) => [from, colour])];
  return ['case', ['==', ['typeof', ['get', valueMember]], 'number'], steps, unknown] as unknown as DataDrivenPropertyValueSpecification<string>;
}

/** The layers of an answer, each with the name of its place. */
export function layersOf(given: Answer, light: string, hasGlyphs: boolean): [keyof typeof layers, LayerSpecification][] {
  const { all } = scaleOf(given, light);
  const { kind } = given;
  // The base map's fonts; without a server of glyphs the reader's own.
  const font = (isBold: boolean): string[] => [hasGlyphs ? `Noto Sans ${isBold ? 'Bold' : 'Regular'}` : isBold ? 'Arial Bold' : 'Arial'];
  const isDark = light === 'dark';
  const part = (id: keyof typeof layers) => ({ id: `answer:${id}`, source });
  const area = ['all', ['==', ['geometry-type'], 'Polygon'], ['!=', ['coalesce', ['get', 'part'], ''], 'unserved']] as never;
  const unknown = ['all', area, ['!=', ['typeof', ['get', valueMember]], 'number']] as never;
  const cells = ['==', ['coalesce', ['get', 'part'], ''], 'unserved'] as never;
  const near = (far: number, close: number) => ['interpolate', ['linear'], ['zoom'], 12, far, 14, close] as never;
  const ink = isDark ? '#f2f4f8' : '#1d2433';
  const halo = isDark ? '#15171d' : '#ffffff';
  const list: [keyof typeof layers, LayerSpecification][] = [];
  if (all.length > 0) {
    list.push(['areas', { ...part('areas'), type: 'fill', filter: area, paint: { 'fill-color': fill(all, light), 'fill-opacity': near(0.82, 0.4) } }]);
    // Above the cells: where a number is protected, no cell may tell it.
    list.push(['unknown', { ...part('unknown'), type: 'fill', filter: unknown, paint: { 'fill-color': unknownColour[light] ?? '#cccccc' } }]);
    list.push(['cells', { ...part('cells'), type: 'fill', filter: cells, minzoom: 11,
      paint: { 'fill-color': isDark ? '#9fb4ff' : '#1f2a5c', 'fill-opacity': ['interpolate', ['linear'], ['to-number', ['get', 'persons'], 0], 0, 0.2, 10, 0.8] as never } }]);
  }
  if (kind === 'reach') list.push(['areas', { ...part('areas'), type: 'fill', filter: area, paint: { 'fill-color': '#2b6cb0', 'fill-opacity': 0.35 } }]);
  const isMarked = kind === 'profile';
  list.push(['borders', { ...part('borders'), type: 'line', filter: area, paint: { 'line-color': isMarked ? '#d6006c' : kind === 'reach' ? '#2b6cb0' : isDark ? '#aab2c5' : '#4a5163', 'line-width': isMarked ? 3 : 0.8 } }]);
  if (kind === 'siting') {
    list.push(['sites', { ...part('sites'), type: 'circle', filter: ['==', ['geometry-type'], 'Point'], paint: { 'circle-radius': 13, 'circle-color': '#d6006c', 'circle-stroke-color': '#ffffff', 'circle-stroke-width': 2 } }]);
    list.push(['siteNumbers', { ...part('siteNumbers'), type: 'symbol', filter: ['==', ['geometry-type'], 'Point'],
      layout: { 'text-field': ['to-string', ['get', 'rank']], 'text-font': font(true), 'text-size': 13, 'text-allow-overlap': true }, paint: { 'text-color': '#ffffff' } }]);
  }
  if (all.length > 0) list.push(['names', { id: 'answer:names', source: labelSource, type: 'symbol',
    layout: { 'text-field': ['get', 'name'], 'text-font': font(false), 'text-size': ['interpolate', ['linear'], ['zoom'], 9, 11, 14, 14], 'text-max-width': 7, 'text-padding': 4 },
    paint: { 'text-color': ink, 'text-halo-color': halo, 'text-halo-width': 1.6 } }]);
  const facilities = facilitiesShown(given);
  if (facilities !== null) {
    const tiles = { source: facilitySource, 'source-layer': facilities.collection };
    list.push(['facilityAreas', { id: 'answer:facilityAreas', ...tiles, type: 'fill', filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-color': '#00695c', 'fill-opacity': 0.9, 'fill-outline-color': '#ffffff' } }]);
    list.push(['facilities', { id: 'answer:facilities', ...tiles, type: 'circle', filter: ['==', ['geometry-type'], 'Point'],
      paint: { 'circle-color': '#00695c', 'circle-radius': ['interpolate', ['linear'], ['zoom'], 9, 2.2, 13, 5, 16, 7], 'circle-stroke-color': '#ffffff', 'circle-stroke-width': ['interpolate', ['linear'], ['zoom'], 9, 0.6, 13, 1.5] } }]);
  }
  return list;
}
