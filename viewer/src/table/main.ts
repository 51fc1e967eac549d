/** The map beside a table of features: those of the page, no more. A row and its shape are marked together. */

import { LngLatBounds, Map as MapLibre, NavigationControl, setWorkerUrl, type LngLatLike } from 'maplibre-gl';
import { workerAddress } from '../server/addresses';
import { baseStyle } from '../map/styled';
import { calm } from '../map/view';

declare global {
  interface Window {
    /** The map of the page, for tests and the curious. */
    veedelTableMap?: MapLibre;
  }
}

const colour = '#0b5393';
const marked = '#c64a2c';

function boundsOf(features: GeoJSON.Feature[]): LngLatBounds | null {
  const bounds = new LngLatBounds();
  const add = (coordinates: unknown): void => {
    if (!Array.isArray(coordinates)) return;
    if (typeof coordinates[0] === 'number') bounds.extend(coordinates.slice(0, 2) as unknown as LngLatLike as [number, number]);
    else coordinates.forEach(add);
  };
  const ofGeometry = (geometry: GeoJSON.Geometry | null): void => {
    if (geometry === null) return;
    if (geometry.type === 'GeometryCollection') geometry.geometries.forEach(ofGeometry);
    else add(geometry.coordinates);
  };
  features.forEach((feature) => ofGeometry(feature.geometry));
  return bounds.isEmpty() ? null : bounds;
}

async function start(container: HTMLElement): Promise<void> {
  const { items, base, limit } = container.dataset;
  if (items === undefined || base === undefined) return;
  const address = new URL(items, location.href);
  // The same features as in the table, whose page is shorter than one of data.
  if (limit !== undefined) address.searchParams.set('limit', limit);
  const answer = await fetch(address, { cache: 'no-cache' });
  const document_ = (await answer.json()) as { features?: GeoJSON.Feature[] } & GeoJSON.Feature;
  const features = document_.features ?? [document_];
  const bounds = boundsOf(features);
  if (bounds === null) return;
  container.hidden = false;
  setWorkerUrl(workerAddress(`${base}/`));
  const theme = window.matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  // Where there is no base map, the features are shown alone.
  const ground = await baseStyle(`${base}/`, theme, document.documentElement.lang).catch(() => null);
  const map = new MapLibre({
    container, bounds, fitBoundsOptions: { padding: 24, maxZoom: 17 }, attributionControl: { compact: true }, renderWorldCopies: false,
    fadeDuration: calm() ? 0 : 200, style: ground?.style ?? { version: 8, sources: {}, layers: [] },
  });
  window.veedelTableMap = map;
  map.addControl(new NavigationControl({ showCompass: false }), 'top-right');
  await map.once('load');
  const data = { type: 'FeatureCollection' as const, features: features.map((feature, row) => ({ ...feature, id: row })) };
  map.addSource('page', { type: 'geojson', data });
  const paint = ['case', ['boolean', ['feature-state', 'marked'], false], marked, colour] as unknown as string;
  const dimension = (name: string) => ['match', ['geometry-type'], [name, `Multi${name}`], true, false] as unknown as boolean;
  map.addLayer({ id: 'areas', type: 'fill', source: 'page', filter: dimension('Polygon'), paint: { 'fill-color': paint, 'fill-opacity': 0.3 } });
  map.addLayer({ id: 'lines', type: 'line', source: 'page', filter: ['!', dimension('Point')] as unknown as boolean, paint: { 'line-color': paint, 'line-width': 1.5 } });
  map.addLayer({ id: 'points', type: 'circle', source: 'page', filter: dimension('Point'), paint: { 'circle-color': paint, 'circle-radius': 5, 'circle-stroke-color': '#fff', 'circle-stroke-width': 1 } });
  follow(map);
}

/** Marks the row under the pointer on the map, and the shape under the pointer in the table. */
function follow(map: MapLibre): void {
  const rows = [...document.querySelectorAll<HTMLElement>('tbody tr')];
  let last = -1;
  const mark = (row: number): void => {
    if (row === last) return;
    if (last >= 0) map.setFeatureState({ source: 'page', id: last }, { marked: false });
    rows[last]?.classList.remove('marked');
    if (row >= 0) map.setFeatureState({ source: 'page', id: row }, { marked: true });
    rows[row]?.classList.add('marked');
    last = row;
  };
  rows.forEach((row, number) => row.addEventListener('pointerenter', () => mark(number)));
  for (const layer of ['areas', 'lines', 'points']) {
    map.on('mousemove', layer, (event) => mark(Number(event.features?.[0]?.id ?? -1)));
    map.on('mouseleave', layer, () => mark(-1));
  }
}

const container = document.getElementById('items-map');
if (container !== null) void start(container);
