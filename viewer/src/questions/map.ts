/** An answer on the map, kept in step with it; and what people do there. */

import { effect } from '@preact/signals';
import type { ExpressionSpecification, GeoJSONSource } from 'maplibre-gl';
import { nameIn } from '../layers/names';
import { filtered } from '../map/drawn';
import { boxAround, union } from '../map/extent';
import { hover, lookedBy } from '../map/shared';
import { addRanked, calm, fit, mark, removeLayers, type MapView } from '../map/view';
import { find } from '../model';
import { tileTemplate } from '../server/addresses';
import { escapeHtml } from '../shell/text';
import type { Shows } from '../state/state';
import { base, change, language, state, theme } from '../state/store';
import { written } from './written';
import { answer, isAsking, question, trial, words, type Answer } from './asked';
import {
  colouring, facilitiesShown, facilityColour, facilityLayer, facilitySource, hasCells, isArea, labels, labelSource, layers, layersOf, shapes, source,
} from './drawing';
import { clicked, facilityAt, placing } from './pins';
import { scenarioOf } from './scenario';
import { unknownColour } from './scale';

/** The base map's names of areas give way to the answer's. */
function showBaseNames(view: MapView, isShown: boolean): void {
  for (const { id, type, metadata } of view.map.getStyle()?.layers ?? []) {
    if (type === 'symbol' && (metadata as Record<string, unknown> | undefined)?.['veedel:part'] === 'border') {
      view.map.setLayoutProperty(id, 'visibility', isShown ? 'visible' : 'none');
    }
  }
}

/** What the layers of an answer depend on beside its colours: where that is the same, only those change. */
const shapeOf = ({ map }: MapView, { kind, question: own, features }: Answer, light: string): string =>
  JSON.stringify([Boolean(map.getStyle().glyphs), kind, own.by, own.facilities, own.filter, own.type, light, language.peek(), features.features.filter(isArea).length]);

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
    map.getSource<GeoJSONSource>(source)?.setData(shapes(given, light, shows));
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
  // Single ones are closed of one collection only.
  const [points, areas] = [facilityLayer('facilities', 0), facilityLayer('facilityAreas', 0)];
  if (map.getLayer(points)) map.setPaintProperty(points, 'circle-color', colour);
  if (map.getLayer(areas)) map.setPaintProperty(areas, 'fill-color', colour);
}

function clear(view: MapView): void {
  shape = '';
  showBaseNames(view, true);
  removeLayers(view, (view.map.getStyle()?.layers ?? []).map(({ id }) => id).filter((id) => id.startsWith('answer:')));
  for (const id of Object.keys(view.map.getStyle()?.sources ?? {})) if (id === source || id.startsWith('answer-')) view.map.removeSource(id);
}

function draw(view: MapView, given: Answer, light: string, shows: Shows): void {
  const { map } = view;
  if (given.kind === 'coverage' && shape === shapeOf(view, given, light) && map.getSource(source)) {
    recolour(view, given, light, shows);
    return;
  }
  clear(view);
  const hasGlyphs = Boolean(map.getStyle().glyphs);
  map.addSource(source, { type: 'geojson', promoteId: 'id', data: shapes(given, light, shows), attribution: given.figures.attributions.map(escapeHtml).join(' | '), tolerance: 0.2 });
  map.addSource(labelSource, { type: 'geojson', data: labels(given) });
  facilitiesShown(given).of.forEach(({ collection, filter }, at) => {
    const tiles = { type: 'vector' as const, tiles: [tileTemplate(base, collection)], maxzoom: 16 };
    map.addSource(facilitySource(at), filtered(tiles, filter || null));
  });
  for (const [id, layer] of layersOf(given, light, shows, hasGlyphs)) addRanked(view, layers[id], layer);
  if (map.getLayer('answer:names')) showBaseNames(view, false);
  [shape, shown] = [shapeOf(view, given, light), given.features];
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
  const hasSigns = features.some(({ geometry }) => geometry.type === 'Point');
  if (all !== null) fit(view, all, animate && !calm(), 'reader', hasSigns ? 24 : 0);
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

