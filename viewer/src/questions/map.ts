/** An answer on the map, kept in step with it; and what people do there. */

import { effect } from '@preact/signals';
import { filtered } from '../map/drawn';
import { boxAround, union } from '../map/extent';
import { hover, lookedBy } from '../map/shared';
import { addRanked, calm, fit, mark, removeLayers, type MapView } from '../map/view';
import { tileTemplate } from '../server/addresses';
import { escapeHtml } from '../shell/text';
import { base, change, state, theme } from '../state/store';
import { written } from './answer';
import { answer, isAsking, type Answer } from './asked';
import { facilitiesShown, facilitySource, isArea, labels, labelSource, layers, layersOf, shapes, source } from './picture';

/** The base map's names of areas give way to the answer's. */
function showBaseNames(view: MapView, isShown: boolean): void {
  for (const { id, type, metadata } of view.map.getStyle()?.layers ?? []) {
    if (type === 'symbol' && (metadata as Record<string, unknown> | undefined)?.['veedel:part'] === 'border') {
      view.map.setLayoutProperty(id, 'visibility', isShown ? 'visible' : 'none');
    }
  }
}

function clear(view: MapView): void {
  showBaseNames(view, true);
  removeLayers(view, Object.keys(layers).map((id) => `answer:${id}`));
  for (const id of [source, labelSource, facilitySource]) if (view.map.getSource(id)) view.map.removeSource(id);
}

function draw(view: MapView, given: Answer, light: string): void {
  clear(view);
  const { map } = view;
  const hasGlyphs = Boolean(map.getStyle().glyphs);
  map.addSource(source, { type: 'geojson', data: shapes(given), attribution: given.figures.attributions.map(escapeHtml).join(' | '), tolerance: 0.2 });
  map.addSource(labelSource, { type: 'geojson', data: labels(given) });
  const facilities = facilitiesShown(given);
  if (facilities !== null) {
    const tiles = { type: 'vector' as const, tiles: [tileTemplate(base, facilities.collection)], maxzoom: 16 };
    map.addSource(facilitySource, filtered(tiles, facilities.filter || null));
  }
  for (const [id, layer] of layersOf(given, light, hasGlyphs)) addRanked(view, layers[id], layer);
  if (map.getLayer('answer:names')) showBaseNames(view, false);
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
    else draw(view, given, theme.peek());
  };
  const stop = effect(() => {
    const given = answer.value;
    show();
    const isFirst = last === null || given === null || last.kind !== given.kind || last.question.area !== given.question.area;
    if (given !== null && isFirst && (last !== null || lookedBy.peek() !== 'reader' || !isNear(view, given))) frame(view, given.features.features, last !== null);
    last = given ?? last;
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
    const id = idAt(view, point);
    change({ area: id === state.peek().area ? null : id });
  };
  const name = ({ point }: { point: { x: number; y: number } }): void => {
    const at = featureAt(view, point);
    map.getCanvas().style.cursor = at === undefined ? '' : 'pointer';
    hover.value = at === undefined ? null : { x: point.x, y: point.y, name: String(at.properties['name'] ?? ''), kind: valueText(at.properties) };
  };
  map.on('click', pick);
  map.on('mousemove', name);
  return () => {
    stop();
    stopDim();
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
  return row.cells.slice(0, 3).map((value, at) => `${given.figures.columns[at]?.title}: ${written(value, given.figures.columns[at]?.unit ?? 'plain')}`).join(', ');
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

