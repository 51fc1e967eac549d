/** An answer on the map: areas in colours that follow the data, cells, facilities, sites, and names of areas. */

import { effect } from '@preact/signals';
import type { ExpressionSpecification, GeoJSONSource, LayerSpecification } from 'maplibre-gl';
import { boxAround, union } from '../map/extent';
import { hover, lookedBy } from '../map/shared';
import { addRanked, calm, fit, mark, removeLayers, type MapView } from '../map/view';
import { find } from '../model';
import { tileTemplate } from '../server/addresses';
import { escapeHtml } from '../shell/text';
import type { Shows } from '../state/state';
import { nameIn } from '../layers/names';
import { base, change, language, state, theme } from '../state/store';
import { answer, choices, isAsking, question, trial, words, type Answer } from './asked';
import { written } from './written';
import { numeric, valueOfFeature, type Value } from './figures';
import { clicked, facilityAt, placing } from './pins';
import { named } from './question';
import { inside } from './place';
import { scenarioOf } from './scenario';
import { classes, classOf, differenceClass, divergingClasses, unknownColour, type Class } from './scale';

const source = 'answer';
const labelSource = 'answer-labels';
const facilitySource = 'answer-facilities';

/** The layers of an answer, and where they stand: below the base map's names, above its ground. */
const layers = {
  areas: 53, cells: 53.2, unknown: 53.4, borders: 57, facilityAreas: 58, facilities: 62, sites: 64, siteNumbers: 92, siteGains: 92.5, names: 91,
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
function colouring(given: Answer, light: string, shows: Shows): (properties: Record<string, unknown>) => string | undefined {
  const { all } = scaleOf(given, light, shows);
  const shades = new Map(given.figures.rows.flatMap(({ id, shades: own }) => (own ? [[id, own[shows]] as const] : [])));
  const isScenario = given.figures.change !== null;
  return (properties) => {
    const value = isScenario ? shades.get(String(properties['id'])) : valueOfFeature(given.kind, properties);
    if (typeof value !== 'number') return undefined;
    return (isScenario && shows === 'difference' ? differenceClass(all, value) : classOf(all, value))?.colour;
  };
}

/** Cells are of those without after the change; while a pin is dragged they are not known. */
export const hasCells = ({ features, isTrial, figures }: Answer, shows: Shows): boolean =>
  !isTrial && (figures.change === null || shows === 'after') && features.features.some(({ properties }) => properties?.['part'] === 'unserved');

/** The name of the facilities that are on the map; null where it is not known which of a collection they are. */
export function facilitiesShown({ question, kind }: Answer): string | null {
  if (kind === 'profile' || question.facilities === '' || find(question.facilities) === undefined || choices.value === null) return null;
  return named(choices.value, question);
}

const isArea = ({ geometry, properties }: GeoJSON.Feature): boolean =>
  (geometry?.type === 'Polygon' || geometry?.type === 'MultiPolygon') && properties?.['part'] !== 'unserved';

/** The features as they are drawn: with their colour. */
function drawn(given: Answer, light: string, shows: Shows): GeoJSON.FeatureCollection {
  const colour = colouring(given, light, shows);
  const all = given.features.features.map((feature): GeoJSON.Feature => {
    const own = isArea(feature) ? colour(feature.properties ?? {}) : undefined;
    return { ...feature, id: undefined, properties: { ...feature.properties, ...(own === undefined ? {} : { [colourMember]: own }) } } as GeoJSON.Feature;
  });
  return { type: 'FeatureCollection', features: all };
}

function labels({ features }: Answer): GeoJSON.FeatureCollection {
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

function layersOf(given: Answer, light: string, shows: Shows): [keyof typeof layers, LayerSpecification][] {
  const { all } = scaleOf(given, light, shows);
  const { kind } = given;
  const isDark = light === 'dark';
  const part = (id: keyof typeof layers) => ({ id: `answer:${id}`, source });
  const area = ['all', ['==', ['geometry-type'], 'Polygon'], ['!=', ['coalesce', ['get', 'part'], ''], 'unserved']] as never;
  const cells = ['==', ['coalesce', ['get', 'part'], ''], 'unserved'] as never;
  const near = (far: number, close: number) => ['interpolate', ['linear'], ['zoom'], 12, far, 14, close] as never;
  const ink = isDark ? '#f2f4f8' : '#1d2433';
  const halo = isDark ? '#15171d' : '#ffffff';
  const list: [keyof typeof layers, LayerSpecification][] = [];
  if (all.length > 0) {
    list.push(['areas', { ...part('areas'), type: 'fill', filter: area, paint: { 'fill-color': colourNow(light), 'fill-opacity': near(0.82, 0.4) } }]);
    // Above the cells: where a number is protected, no cell may tell it.
    list.push(['unknown', { ...part('unknown'), type: 'fill', filter: area, paint: { 'fill-color': unknownColour[light] ?? '#cccccc', 'fill-opacity': isKnown } }]);
    list.push(['cells', { ...part('cells'), type: 'fill', filter: cells, minzoom: 11,
      paint: { 'fill-color': isDark ? '#9fb4ff' : '#1f2a5c', 'fill-opacity': ['interpolate', ['linear'], ['to-number', ['get', 'persons'], 0], 0, 0.2, 10, 0.8] as never } }]);
  }
  if (kind === 'reach') list.push(['areas', { ...part('areas'), type: 'fill', filter: area, paint: { 'fill-color': '#2b6cb0', 'fill-opacity': 0.35 } }]);
  const isMarked = kind === 'profile';
  list.push(['borders', { ...part('borders'), type: 'line', filter: area, paint: { 'line-color': isMarked ? '#d6006c' : kind === 'reach' ? '#2b6cb0' : isDark ? '#aab2c5' : '#4a5163', 'line-width': isMarked ? 3 : 0.8 } }]);
  if (kind === 'siting') {
    list.push(['sites', { ...part('sites'), type: 'circle', filter: ['==', ['geometry-type'], 'Point'], paint: { 'circle-radius': 13, 'circle-color': '#d6006c', 'circle-stroke-color': '#ffffff', 'circle-stroke-width': 2 } }]);
    list.push(['siteNumbers', { ...part('siteNumbers'), type: 'symbol', filter: ['==', ['geometry-type'], 'Point'],
      layout: { 'text-field': ['to-string', ['get', 'rank']], 'text-font': fontOf(true), 'text-size': 13, 'text-allow-overlap': true }, paint: { 'text-color': '#ffffff' } }]);
    // The gain as the list writes it; a protected one stays `*`.
    const gains = given.figures.rows.flatMap(({ id, cells }) => [id, typeof cells[0] === 'number' ? written(cells[0], 'change') : String(cells[0] ?? '')]);
    if (gains.length > 0) list.push(['siteGains', { ...part('siteGains'), type: 'symbol', filter: ['==', ['geometry-type'], 'Point'],
      layout: { 'text-field': ['match', ['to-string', ['get', 'rank']], ...gains, ''] as never, 'text-font': fontOf(true), 'text-size': 13, 'text-anchor': 'top', 'text-offset': [0, 1.15], 'text-allow-overlap': true },
      paint: { 'text-color': ink, 'text-halo-color': halo, 'text-halo-width': 2 } }]);
  }
  if (all.length > 0) list.push(['names', { id: 'answer:names', source: labelSource, type: 'symbol',
    layout: { 'text-field': ['get', 'name'], 'text-font': fontOf(false), 'text-size': ['interpolate', ['linear'], ['zoom'], 9, 11, 14, 14], 'text-max-width': 7, 'text-padding': 4 },
    paint: { 'text-color': ink, 'text-halo-color': halo, 'text-halo-width': 1.6 } }]);
  if (facilitiesShown(given) !== null) {
    const { facilities } = given.question;
    const tiles = { source: facilitySource, 'source-layer': facilities };
    list.push(['facilityAreas', { id: 'answer:facilityAreas', ...tiles, type: 'fill', filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-color': '#00695c', 'fill-opacity': 0.9, 'fill-outline-color': '#ffffff' } }]);
    list.push(['facilities', { id: 'answer:facilities', ...tiles, type: 'circle', filter: ['==', ['geometry-type'], 'Point'],
      paint: { 'circle-color': '#00695c', 'circle-radius': ['interpolate', ['linear'], ['zoom'], 9, 2.2, 13, 5, 16, 7], 'circle-stroke-color': '#ffffff', 'circle-stroke-width': ['interpolate', ['linear'], ['zoom'], 9, 0.6, 13, 1.5] } }]);
  }
  return list;
}

let baseFonts: [string, string] | null = null;

/** The base map's fonts; without a server of glyphs the reader's own. */
function fontOf(isBold: boolean): string[] {
  return [(baseFonts ?? ['Arial', 'Arial Bold'])[isBold ? 1 : 0]];
}

/** The base map's names of areas give way to the answer's. */
function showBaseNames(view: MapView, isShown: boolean): void {
  for (const { id, type, metadata } of view.map.getStyle()?.layers ?? []) {
    if (type === 'symbol' && (metadata as Record<string, unknown> | undefined)?.['veedel:part'] === 'border') {
      view.map.setLayoutProperty(id, 'visibility', isShown ? 'visible' : 'none');
    }
  }
}

/** What the layers of an answer depend on beside its colours: where that is the same, only those change. */
const shapeOf = ({ kind, question: own, features }: Answer, light: string): string =>
  JSON.stringify([kind, own.by, own.facilities, own.filter, own.type, light, language.peek(), features.features.filter(isArea).length]);

/** The shape that is drawn, and the features that are. */
let shape = '';
let shown: GeoJSON.FeatureCollection | null = null;

/** Colours the areas that are drawn by a newer answer. */
function recolour(view: MapView, given: Answer, light: string, shows: Shows): void {
  const { map } = view;
  const colour = colouring(given, light, shows);
  for (const { properties } of given.features.features.filter(isArea)) {
    const own = colour(properties ?? {});
    const id = String(properties?.['id']);
    // Only what differs, as each change draws the map anew.
    if (map.getFeatureState({ source, id })['of'] !== `${own}`) map.setFeatureState({ source, id }, { colour: own ?? unknownColour[light] ?? '#cccccc', known: own !== undefined, of: `${own}` });
  }
  if (!given.isTrial && shown !== given.features) {
    shown = given.features;
    map.getSource<GeoJSONSource>(source)?.setData(drawn(given, light, shows));
  }
  showCells(view, given, shows);
  dimClosed(view, given);
}

function showCells({ map }: MapView, given: Answer, shows: Shows): void {
  if (map.getLayer('answer:cells')) map.setLayoutProperty('answer:cells', 'visibility', hasCells(given, shows) ? 'visible' : 'none');
}

/** What is closed is grey; a cross stands on it. */
function dimClosed({ map }: MapView, { question: own }: Answer): void {
  const { closed } = scenarioOf(own);
  const [key] = find(own.facilities)?.key ?? [];
  const id: ExpressionSpecification = ['to-string', key === undefined ? ['id'] : ['coalesce', ['id'], ['get', key]]];
  const colour = closed.length === 0 ? facilityColour : ['case', ['in', id, ['literal', closed]], '#8a8f99', facilityColour] as ExpressionSpecification;
  if (map.getLayer('answer:facilities')) map.setPaintProperty('answer:facilities', 'circle-color', colour);
  if (map.getLayer('answer:facilityAreas')) map.setPaintProperty('answer:facilityAreas', 'fill-color', colour);
}

export const facilityColour = '#00695c';

function clear(view: MapView): void {
  shape = '';
  showBaseNames(view, true);
  removeLayers(view, Object.keys(layers).map((id) => `answer:${id}`));
  for (const id of [source, labelSource, facilitySource]) if (view.map.getSource(id)) view.map.removeSource(id);
}

function draw(view: MapView, given: Answer, light: string, shows: Shows): void {
  const { map } = view;
  if (given.kind === 'coverage' && shape === shapeOf(given, light) && map.getSource(source)) {
    recolour(view, given, light, shows);
    return;
  }
  clear(view);
  baseFonts = map.getStyle().glyphs ? ['Noto Sans Regular', 'Noto Sans Bold'] : null;
  map.addSource(source, { type: 'geojson', promoteId: 'id', data: drawn(given, light, shows), attribution: given.figures.attributions.map(escapeHtml).join(' | '), tolerance: 0.2 });
  map.addSource(labelSource, { type: 'geojson', data: labels(given) });
  if (facilitiesShown(given) !== null) {
    const { facilities, filter } = given.question;
    const narrow = filter === '' ? '' : `?filter=${encodeURIComponent(filter)}`;
    map.addSource(facilitySource, { type: 'vector', tiles: [`${tileTemplate(base, facilities)}${narrow}`], maxzoom: 16 });
  }
  for (const [id, layer] of layersOf(given, light, shows)) addRanked(view, layers[id], layer);
  if (map.getLayer('answer:names')) showBaseNames(view, false);
  [shape, shown] = [shapeOf(given, light), given.features];
  showCells(view, given, shows);
  dimClosed(view, given);
}

/** Dims the old answer while the next is worked out. */
function dim(view: MapView, isOld: boolean): void {
  const canvas = view.map.getCanvas();
  canvas.classList.toggle('old', isOld);
}

const areaNamed = (given: Answer, id: string): GeoJSON.Feature | undefined =>
  given.features.features.find((feature) => (isArea(feature) ? String(feature.properties?.['id']) : String(feature.properties?.['rank'])) === id);

/** Keeps the map in step with the answer; the answer to the call takes everything off again. */
export function drawAnswers(view: MapView): () => void {
  const { map } = view;
  let last: Answer | null = null;
  const show = (): void => {
    const given = answer.peek();
    if (map.getStyle() === undefined) return;
    if (given === null) clear(view);
    else draw(view, given, theme.peek(), state.peek().shows);
  };
  const stop = effect(() => {
    const given = answer.value;
    show();
    const isFirst = last === null || given === null || last.kind !== given.kind || last.question.area !== given.question.area;
    if (given !== null && isFirst && (last !== null || lookedBy.peek() !== 'reader' || !isNear(view, given))) frame(view, given.features.features, last !== null);
    last = given ?? last;
  });
  let shows = state.peek().shows;
  const stopShows = effect(() => {
    if (state.value.shows === shows) return;
    shows = state.value.shows;
    show();
  });
  const stopDim = effect(() => dim(view, isAsking.value));
  const stopMark = effect(() => {
    const given = answer.value;
    const chosen = state.value.area;
    const feature = given === null || chosen === null ? undefined : areaNamed(given, chosen);
    mark(view, feature === undefined ? [] : [feature.geometry]);
    if (feature !== undefined && !isInView(view, feature)) frame(view, [feature], true);
  });
  const redraw = (): void => show();
  map.on('style.load', redraw);
  const pick = ({ point }: { point: { x: number; y: number } }): void => {
    if (clicked(view, point)) {
      hover.value = null;
      return;
    }
    const id = idAt(view, point);
    change({ area: id === state.peek().area ? null : id });
  };
  const name = ({ point }: { point: { x: number; y: number } }): void => {
    // Whoever drags a pin is not looking for names.
    if (trial.peek() !== null) return;
    const facility = placing.peek() ? null : facilityAt(view, point);
    if (facility !== null) {
      const own = question.peek();
      const isClosed = own !== null && scenarioOf(own.question).closed.includes(facility.id);
      map.getCanvas().style.cursor = 'pointer';
      hover.value = { x: point.x, y: point.y, name: nameIn(facility.properties), kind: isClosed ? words.peek().clickOpens : words.peek().clickCloses };
      return;
    }
    const at = featureAt(view, point);
    map.getCanvas().style.cursor = at === undefined ? '' : 'pointer';
    hover.value = at === undefined ? null : { x: point.x, y: point.y, name: String(at.properties['name'] ?? ''), kind: valueText(at.properties) };
  };
  map.on('click', pick);
  map.on('mousemove', name);
  return () => {
    stop();
    stopDim();
    stopShows();
    stopMark();
    map.off('style.load', redraw);
    map.off('click', pick);
    map.off('mousemove', name);
    hover.value = null;
    clear(view);
    dim(view, false);
    mark(view, []);
  };
}

/** What the area's colour says, in words. */
function valueText(properties: Record<string, unknown>): string {
  const given = answer.peek();
  if (given === null) return '';
  const row = given.figures.rows.find(({ id }) => id === String(properties['id'] ?? properties['rank']));
  if (row === undefined) return '';
  return row.cells.slice(0, 4).map((value, at) => `${given.figures.columns[at]?.title}: ${written(value, given.figures.columns[at]?.unit ?? 'plain')}`).join(', ');
}

function featureAt(view: MapView, point: { x: number; y: number }) {
  const wanted = ['answer:sites', 'answer:areas', 'answer:unknown'].filter((id) => view.map.getLayer(id));
  return view.map.queryRenderedFeatures([point.x, point.y], { layers: wanted })[0];
}

function idAt(view: MapView, point: { x: number; y: number }): string | null {
  const properties = featureAt(view, point)?.properties;
  const id = properties?.['part'] === undefined ? properties?.['rank'] ?? properties?.['id'] : properties['id'];
  return id === undefined || id === null ? null : String(id);
}

/** Moves to some features. */
function frame(view: MapView, features: GeoJSON.Feature[], animate: boolean): void {
  const all = union(features.map(({ geometry }) => boxAround(geometry)));
  if (all !== null) fit(view, all, animate && !calm());
}

function isInView(view: MapView, { geometry }: GeoJSON.Feature): boolean {
  const box = boxAround(geometry);
  const bounds = view.map.getBounds();
  return box !== null && bounds.contains([box[0], box[1]]) && bounds.contains([box[2], box[3]]);
}

/** Whether anything of an answer is in view. */
function isNear(view: MapView, given: Answer): boolean {
  const all = union(given.features.features.map(({ geometry }) => boxAround(geometry)));
  const bounds = view.map.getBounds();
  return all === null || (all[0] < bounds.getEast() && all[2] > bounds.getWest() && all[1] < bounds.getNorth() && all[3] > bounds.getSouth());
}

