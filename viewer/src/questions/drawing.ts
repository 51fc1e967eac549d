/** How an answer is drawn: its classes, shapes, names and layers. No map, no page. */

import type { ExpressionSpecification, LayerSpecification } from 'maplibre-gl';
import { find } from '../model';
import type { Shows } from '../state/state';
import { written } from './written';
import { choices, type Answer } from './asked';
import { numeric, valueOfFeature, type Value } from './figures';
import { inside } from './place';
import { named } from './question';
import { classes, classOf, differenceClass, divergingClasses, unknownColour, type Class } from './scale';

/** The sources of an answer: its shapes, and the places of their names. */
export const source = 'answer';
export const labelSource = 'answer-labels';

export const facilityColour = '#00695c';

/** The layers of an answer, and where they stand: areas below the base map's names, and facilities above them. */
export const layers = {
  areas: 53, cells: 53.2, unknown: 53.4, borders: 57, facilityAreas: 58, facilities: 90, sites: 64, siteNumbers: 92, siteGains: 92.5, names: 91,
};

/** The source's features hold their colour; while a pin is dragged their state holds the newer one. */
const colourMember = 'veedel:colour';

interface Scale { all: Class[]; hasUnknown: boolean }

/** The classes of an answer's areas. */
export function scaleOf({ figures }: Answer, light: string, shows: Shows): Scale {
  const { colours, rows, isTurned } = figures;
  if (colours === null) return { all: [], hasUnknown: false };
  const known = (value: Value | undefined): value is number => typeof value === 'number';
  const shaded = rows.flatMap(({ shades }) => (shades ? [shades] : []));
  if (shaded.length > 0) {
    const values = shaded.map((one) => one[shows]);
    const hasUnknown = values.some((value) => !known(value));
    if (shows === 'difference') return { all: divergingClasses(values.filter(known), light), hasUnknown };
    // Before and after have the same classes, so that they can be compared.
    return { all: classes(shaded.flatMap(({ before, after }) => [before, after]).filter(known), light, isTurned), hasUnknown };
  }
  const values = rows.map(({ cells }) => numeric(cells[colours]));
  return { all: classes(values.filter(known), light, isTurned), hasUnknown: values.some((value) => value === null) };
}

/** The colours of areas: by their rows in a scenario, else by what the features say. Undefined where there is no number. */
export function colouring(given: Answer, light: string, shows: Shows): (properties: Record<string, unknown>) => string | undefined {
  const { all } = scaleOf(given, light, shows);
  const shades = new Map(given.figures.rows.flatMap(({ id, shades: own }) => (own ? [[id, own[shows]] as const] : [])));
  const isScenario = given.figures.change !== null;
  return (properties) => {
    const value = isScenario ? shades.get(String(properties['id'])) : valueOfFeature(given.kind, properties);
    if (typeof value !== 'number') return undefined;
    return (isScenario && shows === 'difference' ? differenceClass(all, value) : classOf(all, value))?.colour;
  };
}

/** The zoom from which cells of 100 m are large enough to be seen. */
export const cellsFrom = 11;

/** Cells are of those without after the change; while a pin is dragged they are not known. */
export const hasCells = ({ features, isTrial, figures }: Answer, shows: Shows): boolean =>
  !isTrial && (figures.change === null || shows === 'after') && features.features.some(({ properties }) => properties?.['part'] === 'unserved');

/** Facilities of one collection; an empty filter takes all. */
interface Shown { collection: string; filter: string }

/** What makes the facilities others than those that collections and conditions name. */
const changing = ['and', 'on', 'minimum_area'];

/** The facilities that are meant, by collection: none where the map cannot show just those. */
export function facilitiesShown({ question, kind }: Answer): { title: string; of: Shown[] } {
  const all = choices.value;
  if (kind === 'profile' || all === null || question.others.some(([name]) => changing.includes(name))) return { title: '', of: [] };
  const origins = question.type === ''
    ? [{ collection: question.facilities, filter: question.filter }]
    : all.types.find(({ type }) => type === question.type)?.origins ?? [];
  const of = origins.filter(({ collection }) => find(collection) !== undefined).map(({ collection, filter }) => ({ collection, filter: filter ?? '' }));
  return { title: named(all, question), of };
}

/** The source of the facilities of the collection at a place of the list. */
export const facilitySource = (at: number): string => `answer-facilities-${at}`;

/** The layer of facilities, of points or of areas. */
export const facilityLayer = (kind: 'facilities' | 'facilityAreas', at: number): string => `answer:${kind}${at === 0 ? '' : `-${at}`}`;

export const isArea = ({ geometry, properties }: GeoJSON.Feature): boolean =>
  (geometry?.type === 'Polygon' || geometry?.type === 'MultiPolygon') && properties?.['part'] !== 'unserved';

/** The features as they are drawn: with their colour. */
export function shapes(given: Answer, light: string, shows: Shows): GeoJSON.FeatureCollection {
  const colour = colouring(given, light, shows);
  const all = given.features.features.map((feature): GeoJSON.Feature => {
    const own = isArea(feature) ? colour(feature.properties ?? {}) : undefined;
    return { ...feature, id: undefined, properties: { ...feature.properties, ...(own === undefined ? {} : { [colourMember]: own }) } } as GeoJSON.Feature;
  });
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

/** The colour that an area has now; the colour of the unknown where it has none. */
const colourNow = (light: string): ExpressionSpecification => ['coalesce', ['feature-state', 'colour'], ['get', colourMember], unknownColour[light] ?? '#cccccc'];
const isKnown: ExpressionSpecification = ['case', ['boolean', ['feature-state', 'known'], ['has', colourMember]], 0, 1];

/** The layers of an answer, each with the name of its place. */
export function layersOf(given: Answer, light: string, shows: Shows, hasGlyphs: boolean): [keyof typeof layers, LayerSpecification][] {
  const { all, hasUnknown } = scaleOf(given, light, shows);
  const isShaded = all.length > 0 || hasUnknown;
  const { kind } = given;
  // The base map's fonts; without a server of glyphs the reader's own.
  const font = (isBold: boolean): string[] => [hasGlyphs ? `Noto Sans ${isBold ? 'Bold' : 'Regular'}` : isBold ? 'Arial Bold' : 'Arial'];
  const isDark = light === 'dark';
  const part = (id: keyof typeof layers) => ({ id: `answer:${id}`, source });
  const area = ['all', ['==', ['geometry-type'], 'Polygon'], ['!=', ['coalesce', ['get', 'part'], ''], 'unserved']] as never;
  const cells = ['==', ['coalesce', ['get', 'part'], ''], 'unserved'] as never;
  const near = (far: number, close: number) => ['interpolate', ['linear'], ['zoom'], 12, far, 14, close] as never;
  const ink = isDark ? '#f2f4f8' : '#1d2433';
  const halo = isDark ? '#15171d' : '#ffffff';
  const list: [keyof typeof layers, LayerSpecification][] = [];
  if (isShaded) {
    list.push(['areas', { ...part('areas'), type: 'fill', filter: area, paint: { 'fill-color': colourNow(light), 'fill-opacity': near(0.82, 0.4) } }]);
    // Above the cells: where a number is protected, no cell may tell it.
    list.push(['unknown', { ...part('unknown'), type: 'fill', filter: area, paint: { 'fill-color': unknownColour[light] ?? '#cccccc', 'fill-opacity': isKnown } }]);
    list.push(['cells', { ...part('cells'), type: 'fill', filter: cells, minzoom: cellsFrom,
      paint: { 'fill-color': isDark ? '#9fb4ff' : '#1f2a5c', 'fill-opacity': ['interpolate', ['linear'], ['to-number', ['get', 'persons'], 0], 0, 0.2, 10, 0.8] as never } }]);
  }
  if (kind === 'reach') list.push(['areas', { ...part('areas'), type: 'fill', filter: area, paint: { 'fill-color': '#2b6cb0', 'fill-opacity': 0.35 } }]);
  const isMarked = kind === 'profile';
  list.push(['borders', { ...part('borders'), type: 'line', filter: area, paint: { 'line-color': isMarked ? '#d6006c' : kind === 'reach' ? '#2b6cb0' : isDark ? '#aab2c5' : '#4a5163', 'line-width': isMarked ? 3 : 0.8 } }]);
  if (kind === 'siting') {
    list.push(['sites', { ...part('sites'), type: 'circle', filter: ['==', ['geometry-type'], 'Point'], paint: { 'circle-radius': 13, 'circle-color': '#d6006c', 'circle-stroke-color': '#ffffff', 'circle-stroke-width': 2 } }]);
    list.push(['siteNumbers', { ...part('siteNumbers'), type: 'symbol', filter: ['==', ['geometry-type'], 'Point'],
      layout: { 'text-field': ['to-string', ['get', 'rank']], 'text-font': font(true), 'text-size': 13, 'text-allow-overlap': true }, paint: { 'text-color': '#ffffff' } }]);
    // The gain as the list writes it; a protected one stays `*`.
    const gains = given.figures.rows.flatMap(({ id, cells }) => [id, typeof cells[0] === 'number' ? written(cells[0], 'change') : String(cells[0] ?? '')]);
    if (gains.length > 0) list.push(['siteGains', { ...part('siteGains'), type: 'symbol', filter: ['==', ['geometry-type'], 'Point'],
      layout: { 'text-field': ['match', ['to-string', ['get', 'rank']], ...gains, ''] as never, 'text-font': font(true), 'text-size': 13, 'text-anchor': 'top', 'text-offset': [0, 1.15], 'text-allow-overlap': true },
      paint: { 'text-color': ink, 'text-halo-color': halo, 'text-halo-width': 2 } }]);
  }
  if (isShaded) list.push(['names', { id: 'answer:names', source: labelSource, type: 'symbol',
    layout: { 'text-field': ['get', 'name'], 'text-font': font(false), 'text-size': ['interpolate', ['linear'], ['zoom'], 9, 11, 14, 14], 'text-max-width': 7, 'text-padding': 4 },
    paint: { 'text-color': ink, 'text-halo-color': halo, 'text-halo-width': 1.6 } }]);
  facilitiesShown(given).of.forEach(({ collection }, at) => {
    const tiles = { source: facilitySource(at), 'source-layer': collection };
    list.push(['facilityAreas', { id: facilityLayer('facilityAreas', at), ...tiles, type: 'fill', filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-color': facilityColour, 'fill-opacity': 0.9, 'fill-outline-color': '#ffffff' } }]);
    list.push(['facilities', { id: facilityLayer('facilities', at), ...tiles, type: 'circle', filter: ['==', ['geometry-type'], 'Point'],
      paint: { 'circle-color': facilityColour, 'circle-radius': ['interpolate', ['linear'], ['zoom'], 9, 2.2, 13, 5, 16, 7], 'circle-stroke-color': '#ffffff', 'circle-stroke-width': ['interpolate', ['linear'], ['zoom'], 9, 0.6, 13, 1.5] } }]);
  });
  return list;
}
