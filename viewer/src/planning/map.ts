/** The answer on a map: areas by their share without, and the cells where these people live. */

import { LngLatBounds, type GeoJSONSource, type Map as MapLibre } from 'maplibre-gl';

const empty = { type: 'FeatureCollection' as const, features: [] };

/** From light to dark: the share of persons without a facility in reach. */
const shares: (number | string)[] = [0, '#fff7ec', 0.15, '#fdd49e', 0.35, '#fc8d59', 0.6, '#d7301f', 1, '#7f0000'];

/** Adds the layers of answers, still empty. */
export function addAnswer(map: MapLibre): void {
  map.addSource('answer', { type: 'geojson', data: empty });
  const isArea = ['==', ['get', 'part'], 'area'] as never;
  const isCell = ['==', ['get', 'part'], 'unserved'] as never;
  const share = ['interpolate', ['linear'], ['-', 1, ['to-number', ['get', 'share'], 1]], ...shares] as never;
  const known = ['==', ['typeof', ['get', 'share']], 'number'];
  map.addLayer({ id: 'areas', type: 'fill', source: 'answer', filter: isArea,
    paint: { 'fill-color': ['case', known, share, '#dddddd'] as never, 'fill-opacity': 0.75 } });
  map.addLayer({ id: 'borders', type: 'line', source: 'answer', filter: isArea, paint: { 'line-color': '#5b5b5b', 'line-width': 0.8 } });
  map.addLayer({ id: 'cells', type: 'fill', source: 'answer', filter: isCell, minzoom: 11,
    paint: { 'fill-color': '#08306b', 'fill-opacity': ['interpolate', ['linear'], ['to-number', ['get', 'persons'], 0], 0, 0.15, 10, 0.7] as never } });
}

type Ring = number[][];

/** Shows an answer, and moves there the first time. */
export function showAnswer(map: MapLibre, collection: GeoJSON.FeatureCollection, fit: boolean): void {
  (map.getSource('answer') as GeoJSONSource).setData(collection);
  if (fit) frame(map, collection.features);
}

/** Moves to some features. */
export function frame(map: MapLibre, features: GeoJSON.Feature[]): void {
  const bounds = new LngLatBounds();
  for (const { geometry } of features) {
    if (geometry.type !== 'Polygon' && geometry.type !== 'MultiPolygon') continue;
    const rings: Ring[] = geometry.type === 'Polygon' ? geometry.coordinates : geometry.coordinates.flat();
    rings.flat().forEach(([lon, lat]) => bounds.extend([lon ?? 0, lat ?? 0]));
  }
  if (!bounds.isEmpty()) map.fitBounds(bounds, { padding: 24, animate: false });
}
