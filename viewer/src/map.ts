/** The MapLibre map: made once, told which collections to show. */

import {
  AttributionControl, Map as MapLibre, NavigationControl, ScaleControl, setWorkerUrl,
  type GeoJSONSource, type MapGeoJSONFeature, type PointLike,
} from 'maplibre-gl';
import { tileTemplate, workerAddress } from './address';
import type { Bounds, Collection, TileInfo } from './catalogue';
import { tilesUnder, type Change } from './changes';
import type { Look } from './colour';
import { collectionMember, drawing, nameSource, sourceName } from './drawing';
import { hasView } from './fragment';
import type { Speech } from './language';
import { escapeHtml } from './page';
import { before } from './stack';

/** The source of the features that are shown in the card. */
const selection = 'selection';

/** Ranks above all collections. */
const selectionRank = 90;

export interface MapView {
  map: MapLibre;
  /** Rank of each layer, by layer id. */
  ranks: Map<string, number>;
  /** What each collection on the map was drawn from; another text means drawing it anew. */
  drawn: Map<string, string>;
}

/** Whether the reader asked for less motion. */
export function calm(): boolean {
  return window.matchMedia('(prefers-reduced-motion: reduce)').matches;
}

/** Makes the map with its controls; the view comes from the address if it holds one. */
export function makeMap(container: HTMLElement, base: string, speech: Speech): MapView {
  const { words } = speech;
  setWorkerUrl(workerAddress(base));
  const map = new MapLibre({
    container,
    style: { version: 8, sources: {}, layers: [{ id: 'background', type: 'background', paint: { 'background-color': '#f5f3ee' } }] },
    hash: 'map',
    attributionControl: false,
    renderWorldCopies: false,
    maxZoom: 21,
    center: [8, 50],
    zoom: hasView(location.hash) ? 4 : 3,
    fadeDuration: calm() ? 0 : 200,
    // What is out of sight is not told of changes: it is asked for again, which costs little where nothing has changed.
    maxTileCacheSize: 0,
    // Tiles follow their data: ask whether they changed before using a stored copy.
    transformRequest: (url) => ({ url, cache: 'no-cache' }),
    locale: {
      'Map.Title': words.mapHelp,
      'NavigationControl.ZoomIn': words.zoomIn,
      'NavigationControl.ZoomOut': words.zoomOut,
      'NavigationControl.ResetBearing': words.resetNorth,
      'AttributionControl.ToggleAttribution': words.attributionToggle,
    },
  });
  map.addControl(new NavigationControl({ visualizePitch: false }), 'top-right');
  map.addControl(new AttributionControl({ compact: false }), 'bottom-right');
  map.addControl(new ScaleControl({ unit: 'metric', maxWidth: 120 }), 'bottom-right');
  return { map, ranks: new Map(), drawn: new Map() };
}

/** Adds a layer at its rank. */
export function addRanked(view: MapView, rank: number, layer: Parameters<MapLibre['addLayer']>[0]): void {
  const stack = view.map.getLayersOrder();
  view.map.addLayer(layer, before(stack, view.ranks, rank));
  view.ranks.set(layer.id, rank);
}

/** Takes a collection off the map. */
export function removeCollection(view: MapView, id: string): void {
  const source = sourceName(id);
  for (const layer of layersOf(view, id)) {
    view.map.removeLayer(layer);
    view.ranks.delete(layer);
  }
  if (view.map.getSource(source)) view.map.removeSource(source);
  view.drawn.delete(id);
}

/** Puts a collection on the map, or reads its tiles again where it is there already and looks the same. */
export function showCollection(view: MapView, base: string, collection: Collection, look: Look, info: TileInfo, visible: boolean): void {
  const layers = drawing(collection, look, info);
  const recipe = JSON.stringify([layers, info, collection.attribution]);
  if (view.drawn.get(collection.id) === recipe) {
    view.map.refreshTiles(sourceName(collection.id));
    return;
  }
  removeCollection(view, collection.id);
  view.map.addSource(sourceName(collection.id), {
    type: 'vector',
    tiles: [tileTemplate(base, collection.id)],
    minzoom: info.minzoom,
    maxzoom: info.maxzoom,
    ...(info.bounds ? { bounds: info.bounds } : {}),
    attribution: escapeHtml(collection.attribution),
  });
  for (const { rank, layer } of layers) addRanked(view, rank, layer);
  view.drawn.set(collection.id, recipe);
  setVisible(view, collection.id, visible);
}

/** Asks again for the tiles of a collection that a change may have touched. */
export function refreshChanged(view: MapView, change: Change): void {
  if (!view.drawn.has(change.collection)) return;
  const bounds = view.map.getBounds();
  const seen: Bounds = [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
  const tiles = tilesUnder(change.boxes, seen, Math.ceil(view.map.getZoom()) + 1);
  if (tiles?.length === 0) return;
  for (const source of [sourceName(change.collection), nameSource(change.collection)]) {
    if (view.map.getSource(source)) view.map.refreshTiles(source, tiles ?? undefined);
  }
}

/** The map layers of a collection. */
export function layersOf(view: MapView, id: string): string[] {
  return view.map.getLayersOrder().filter((layer) => belongsTo(view, layer) === id);
}

function belongsTo(view: MapView, layer: string): string | null {
  const metadata = view.map.getLayer(layer)?.metadata as Record<string, unknown> | undefined;
  const id = metadata?.[collectionMember];
  return typeof id === 'string' ? id : null;
}

export function setVisible(view: MapView, id: string, visible: boolean): void {
  for (const layer of layersOf(view, id)) {
    view.map.setLayoutProperty(layer, 'visibility', visible ? 'visible' : 'none');
  }
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
    const id = belongsTo(view, feature.layer.id);
    if (id === null) continue;
    const which = JSON.stringify([id, feature.id ?? feature.properties]);
    if (seen.has(which)) continue;
    seen.add(which);
    hits.push({ id, feature });
  }
  return hits;
}

/** Makes the layers that mark the chosen feature. */
export function addSelection(view: MapView): void {
  view.map.addSource(selection, { type: 'geojson', data: { type: 'FeatureCollection', features: [] } });
  const line = (id: string, colour: string, width: number) => addRanked(view, selectionRank, {
    id: `${selection}:${id}`, type: 'line', source: selection, filter: ['!=', ['geometry-type'], 'Point'],
    layout: { 'line-join': 'round', 'line-cap': 'round' }, paint: { 'line-color': colour, 'line-width': width },
  });
  line('casing', '#ffffff', 7);
  line('line', '#d6006c', 3.5);
  addRanked(view, selectionRank, {
    id: `${selection}:point`, type: 'circle', source: selection, filter: ['==', ['geometry-type'], 'Point'],
    paint: { 'circle-radius': 12, 'circle-color': 'rgba(0,0,0,0)', 'circle-stroke-color': '#d6006c', 'circle-stroke-width': 3.5 },
  });
}

/** Marks geometries; none unmarks. */
export function mark(view: MapView, geometries: GeoJSON.Geometry[]): void {
  const features = geometries.map((geometry): GeoJSON.Feature => ({ type: 'Feature', properties: {}, geometry }));
  view.map.getSource<GeoJSONSource>(selection)?.setData({ type: 'FeatureCollection', features });
}

/** Shows a box, clear of the panel on wide screens. */
export function fit(view: MapView, bounds: Bounds, panelWidth: number, animate: boolean): void {
  const wide = view.map.getContainer().clientWidth > 720;
  view.map.fitBounds(bounds, {
    padding: wide ? { top: 40, bottom: 40, right: 60, left: panelWidth + 40 } : { top: 30, bottom: 90, left: 30, right: 30 },
    maxZoom: 17,
    duration: animate && !calm() ? 600 : 0,
  });
}
