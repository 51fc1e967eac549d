/** The MapLibre map: made once, told which collections to show. */

import {
  AttributionControl, Map as MapLibre, NavigationControl, ScaleControl, setWorkerUrl,
  type FilterSpecification, type GeoJSONSource, type LayerSpecification, type MapGeoJSONFeature, type PointLike, type StyleSpecification, type VectorTileSource,
} from 'maplibre-gl';
import { workerAddress } from '../server/addresses';
import type { Bounds } from '../server/catalogue';
import { tilesUnder, type Change } from '../server/changes';
import type { View } from '../state/state';
import type { Speech } from '../words/language';
import { isAskedOnce, patiently } from './busy';
import { collectionMember, collectionsOf, faded, filtered, opacities, rankMember, type Drawn } from './drawn';
import { lookedBy } from './shared';
import { before } from './stack';

/** The source of the features that are marked. */
const selection = 'selection';

/** Marks lie above all collections, below nothing. */
const selectionRank = 98;

export interface MapView {
  map: MapLibre;
  /** Rank of each layer, by layer id. */
  ranks: Map<string, number>;
  /** What each collection on the map was drawn from. */
  drawn: Map<string, { drawn: Drawn; filter: string | null; opacity: number; visible: boolean }>;
  /** The geometries that are marked. */
  marked: GeoJSON.Geometry[];
}

/** Whether the reader asked for less motion. */
export function calm(): boolean {
  return window.matchMedia('(prefers-reduced-motion: reduce)').matches;
}

/** The background where the server gives no base map. */
export function emptyStyle(dark: boolean): StyleSpecification {
  return { version: 8, sources: {}, layers: [{ id: 'background', type: 'background', paint: { 'background-color': dark ? '#1b1e26' : '#f5f3ee' } }] };
}

/** What MapLibre's own controls say, in another language than when they were made. */
export function speak({ map }: MapView, { words }: Speech): void {
  const say = (selector: string, text: string): void => {
    const element = map.getContainer().querySelector(selector);
    element?.setAttribute('aria-label', text);
    if (element?.hasAttribute('title')) element.setAttribute('title', text);
  };
  say('.maplibregl-canvas', words.mapHelp);
  say('.maplibregl-ctrl-zoom-in', words.zoomIn);
  say('.maplibregl-ctrl-zoom-out', words.zoomOut);
  say('.maplibregl-ctrl-compass', words.resetNorth);
}

/** The texts of MapLibre's own controls. */
function locale({ words }: Speech): Record<string, string> {
  return {
    'Map.Title': words.mapHelp,
    'NavigationControl.ZoomIn': words.zoomIn,
    'NavigationControl.ZoomOut': words.zoomOut,
    'NavigationControl.ResetBearing': words.resetNorth,
    'AttributionControl.ToggleAttribution': words.attributionToggle,
  };
}

/** Makes the map with its controls; throws where the browser cannot draw. */
export function makeMap(container: HTMLElement, base: string, speech: Speech, style: StyleSpecification, view: View | null): MapView {
  setWorkerUrl(workerAddress(base));
  const map = new MapLibre({
    container, style,
    attributionControl: false,
    renderWorldCopies: false,
    maxZoom: 21,
    center: view === null ? [8, 50] : [view.lon, view.lat],
    zoom: view?.zoom ?? 3,
    bearing: view?.bearing ?? 0,
    pitch: view?.pitch ?? 0,
    fadeDuration: calm() ? 0 : 200,
    // What is out of sight is not told of changes: it is asked for again, which costs little where nothing has changed.
    maxTileCacheSize: 0,
    // Tiles follow their data: ask whether they changed before using a stored copy.
    transformRequest: (url, type) => ({ url: type !== undefined && isAskedOnce.has(type) ? patiently(url) : url, cache: 'no-cache' }),
    locale: locale(speech),
  });
  map.addControl(new NavigationControl({ visualizePitch: false }), 'top-right');
  map.addControl(new AttributionControl({ compact: false }), 'bottom-right');
  map.addControl(new ScaleControl({ unit: 'metric', maxWidth: 120 }), 'bottom-right');
  // A picture that the style names and nobody has is left out, without a word in the console.
  map.setMissingStyleImageResolver(async (id) => {
    map.addImage(id, { width: 1, height: 1, data: new Uint8Array(4) });
  });
  const view_: MapView = { map, ranks: new Map(), drawn: new Map(), marked: [] };
  readRanks(view_, style);
  return view_;
}

function readRanks(view: MapView, style: StyleSpecification): void {
  view.ranks.clear();
  style.layers.forEach((layer, at) => {
    const rank = (layer.metadata as Record<string, unknown> | undefined)?.[rankMember];
    view.ranks.set(layer.id, typeof rank === 'number' ? rank : at / 1000);
  });
}

/** Adds a layer at its rank. */
export function addRanked(view: MapView, rank: number, layer: LayerSpecification): void {
  view.map.addLayer(layer, before(view.map.getLayersOrder(), view.ranks, rank));
  view.ranks.set(layer.id, rank);
}

export function removeLayers(view: MapView, layers: string[]): void {
  for (const id of layers) {
    if (view.map.getLayer(id)) view.map.removeLayer(id);
    view.ranks.delete(id);
  }
}

/** Another base map: what was on top is to be drawn anew. */
export async function setBase(view: MapView, style: StyleSpecification): Promise<void> {
  view.drawn.clear();
  const ready = view.map.once('style.load');
  view.map.setStyle(style, { diff: false });
  // At once: whoever draws as soon as the style is there needs its ranks.
  readRanks(view, style);
  await ready;
  addSelection(view);
  mark(view, view.marked);
}

/** Takes a collection off the map. */
export function removeCollection(view: MapView, id: string): void {
  const found = view.drawn.get(id);
  if (found === undefined) return;
  removeLayers(view, found.drawn.layers.map(({ layer }) => layer.id));
  for (const source of Object.keys(found.drawn.sources)) if (view.map.getSource(source)) view.map.removeSource(source);
  view.drawn.delete(id);
}

/** Puts a collection on the map, or changes what differs from how it is there. */
export function showCollection(view: MapView, id: string, drawn: Drawn, filter: string | null, opacity: number, visible: boolean): void {
  const present = view.drawn.get(id);
  if (present?.drawn !== drawn) {
    removeCollection(view, id);
    for (const [name, source] of Object.entries(drawn.sources)) view.map.addSource(name, filtered(source, filter));
    for (const { rank, layer } of drawn.layers) addRanked(view, rank, { ...layer, layout: { ...layer.layout, visibility: visible ? 'visible' : 'none' } } as LayerSpecification);
    if (opacity !== 1) fade(view, drawn, opacity);
  } else {
    if (present.filter !== filter) narrow(view, drawn, filter);
    if (present.visible !== visible) setVisible(view, drawn, visible);
    if (present.opacity !== opacity) fade(view, drawn, opacity);
  }
  view.drawn.set(id, { drawn, filter, opacity, visible });
}

/** Other tiles for the same layers; the old ones stay until these are there. */
function narrow(view: MapView, drawn: Drawn, filter: string | null): void {
  for (const [name, whole] of Object.entries(drawn.sources)) {
    const source = filtered(whole, filter);
    const present = view.map.getSource<VectorTileSource>(name);
    if (source.type !== 'vector' || present === undefined) continue;
    if (source.tiles) present.setTiles(source.tiles);
    else if (source.url) present.setUrl(source.url);
  }
}

function setVisible(view: MapView, drawn: Drawn, visible: boolean): void {
  for (const { layer } of drawn.layers) view.map.setLayoutProperty(layer.id, 'visibility', visible ? 'visible' : 'none');
}

function fade(view: MapView, drawn: Drawn, opacity: number): void {
  for (const { layer } of drawn.layers) {
    for (const property of opacities[layer.type] ?? []) {
      const whole = (layer.paint as Record<string, unknown> | undefined)?.[property] ?? 1;
      view.map.setPaintProperty(layer.id, property as never, faded(whole, opacity) as never);
    }
  }
}

/** The sources, of the base map too, that show a collection. */
function sourcesWith(view: MapView, id: string): string[] {
  const sources = view.map.getStyle()?.sources ?? {};
  return Object.keys(sources).filter((name) => collectionsOf(sources[name]).includes(id));
}

/** Asks again for all tiles of a source; for its description, where that could not be read. */
function refreshSource(view: MapView, name: string): void {
  const source = view.map.getSource<VectorTileSource>(name);
  if (source?.type !== 'vector') return;
  if (source.tiles === undefined && source.url) source.setUrl(source.url);
  else view.map.refreshTiles(name);
}

/** Asks again for all tiles of a collection. */
export function refreshAll(view: MapView, id: string): void {
  for (const name of sourcesWith(view, id)) refreshSource(view, name);
}

/** Asks again for all tiles on the map, of the base map too. */
export function refreshMap(view: MapView): void {
  for (const name of Object.keys(view.map.getStyle()?.sources ?? {})) refreshSource(view, name);
}

/**
 * Lets tiles that could not be read be asked for again.
 *
 * MapLibre 6.17 asks for a failed tile as for one that is on its way to its worker, and waits for ever: without a
 * worker it is given to one.
 */
export function forgetFailedTiles({ map }: MapView): void {
  map.on('error', (event) => {
    const { tile } = event as { tile?: { actor?: unknown } };
    if (tile !== undefined) tile.actor = undefined;
  });
}

/** Asks again for the tiles that a change may have touched. */
export function refreshChanged(view: MapView, change: Change): void {
  const tiles = tilesUnder(change.boxes, boxOf(view), Math.ceil(view.map.getZoom()) + 1);
  if (tiles?.length === 0) return;
  for (const source of sourcesWith(view, change.collection)) view.map.refreshTiles(source, tiles ?? undefined);
}

/** West, south, east, north of what is in view. */
export function boxOf(view: MapView): Bounds {
  const bounds = view.map.getBounds();
  return [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
}

function collectionOf(view: MapView, layer: string): string | null {
  const metadata = view.map.getLayer(layer)?.metadata as Record<string, unknown> | undefined;
  const id = metadata?.[collectionMember];
  return typeof id === 'string' ? id : null;
}

/** A feature under the pointer and the collection it belongs to. */
export interface Hit {
  id: string;
  feature: MapGeoJSONFeature;
}

/** The features within a few pixels of a point, topmost first, each once though tiles cut it into pieces. */
export function featuresAt(view: MapView, point: { x: number; y: number }): Hit[] {
  const reach = 4;
  const box: [PointLike, PointLike] = [[point.x - reach, point.y - reach], [point.x + reach, point.y + reach]];
  const seen = new Set<string>();
  const hits: Hit[] = [];
  for (const feature of view.map.queryRenderedFeatures(box)) {
    const id = collectionOf(view, feature.layer.id);
    if (id === null) continue;
    const which = JSON.stringify([id, feature.id ?? feature.properties]);
    if (seen.has(which)) continue;
    seen.add(which);
    hits.push({ id, feature });
  }
  return hits;
}

/** Makes the layers that mark features. */
export function addSelection(view: MapView): void {
  if (view.map.getSource(selection)) return;
  view.map.addSource(selection, { type: 'geojson', data: { type: 'FeatureCollection', features: [] } });
  const shape: FilterSpecification = ['match', ['geometry-type'], ['Point', 'MultiPoint'], false, true];
  const line = (id: string, colour: string, width: number) => addRanked(view, selectionRank, {
    id: `${selection}:${id}`, type: 'line', source: selection, filter: shape,
    layout: { 'line-join': 'round', 'line-cap': 'round' }, paint: { 'line-color': colour, 'line-width': width },
  });
  line('casing', '#ffffff', 7);
  line('line', '#d6006c', 3.5);
  addRanked(view, selectionRank, {
    id: `${selection}:point`, type: 'circle', source: selection, filter: ['!', shape as never] as FilterSpecification,
    paint: { 'circle-radius': 12, 'circle-color': 'rgba(0,0,0,0)', 'circle-stroke-color': '#d6006c', 'circle-stroke-width': 3.5 },
  });
}

/** Marks geometries; none unmarks. */
export function mark(view: MapView, geometries: GeoJSON.Geometry[]): void {
  view.marked = geometries;
  const features = geometries.map((geometry): GeoJSON.Feature => ({ type: 'Feature', properties: {}, geometry }));
  view.map.getSource<GeoJSONSource>(selection)?.setData({ type: 'FeatureCollection', features });
}

/** Goes to a place; `isSeen` puts it in the middle of what the panel leaves free, else it is the view of an address. */
export function goTo(view: MapView, { lon, lat, zoom, bearing, pitch }: View, animate: boolean, isSeen = false): void {
  lookedBy.value = 'reader';
  const offset: [number, number] = [0, isSeen ? -covered(view.map.getContainer()) / 2 : 0];
  const camera = { center: [lon, lat] as [number, number], zoom, bearing, pitch, offset };
  if (animate && !calm()) view.map.flyTo({ ...camera, duration: 900 });
  else view.map.easeTo({ ...camera, duration: 0 });
}

/** How much of the map's lower edge lies under the panel, which is a sheet on a telephone. */
export function covered(container: HTMLElement): number {
  const panel = document.getElementById('panel')?.getBoundingClientRect();
  const { left, bottom, height } = container.getBoundingClientRect();
  if (panel === undefined || panel.right <= left + 1) return 0;
  return Math.min(Math.max(0, bottom - panel.top), height * 0.6);
}

/** Shows a box; `room` pixels more are left around places whose signs are larger than they. */
export function fit(view: MapView, bounds: Bounds, animate: boolean, by: 'page' | 'reader' = 'reader', room = 0): void {
  const container = view.map.getContainer();
  const edge = room + (container.clientWidth < 500 ? 20 : 40);
  lookedBy.value = by;
  const padding = { top: edge, left: edge, right: edge, bottom: edge + covered(container) };
  view.map.fitBounds(bounds, { padding, maxZoom: 17, duration: animate && !calm() ? 600 : 0 });
}

/** Where the map looks. */
export function viewOf({ map }: MapView): View {
  const { lng, lat } = map.getCenter();
  return { zoom: map.getZoom(), lat, lon: lng, bearing: map.getBearing(), pitch: map.getPitch() };
}
