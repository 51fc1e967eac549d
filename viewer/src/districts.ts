/**
 * Names of districts. Their polygons come cut into tiles, so a label per piece would repeat itself; instead
 * each name is set once, at the centre of mass of all pieces in view.
 */

import type { GeoJSONSource, MapGeoJSONFeature } from 'maplibre-gl';
import type { Collection, TileInfo } from './catalogue';
import { centres, type Piece } from './centre';
import { darken, type Look } from './colour';
import { boldFont, collectionMember, labelFont, labelField, sourceName } from './drawing';
import { addRanked, type MapView } from './map';

const labelSource = (id: string) => `names:${id}`;

/** Takes the names of a collection off the map. */
export function removeNames(view: MapView, id: string): void {
  const name = labelSource(id);
  if (view.map.getLayer(name)) view.map.removeLayer(name);
  if (view.map.getSource(name)) view.map.removeSource(name);
  view.ranks.delete(name);
}

/** Puts the names of a district collection on the map; nothing where its features have none. */
export function showNames(view: MapView, collection: Collection, look: Look, info: TileInfo, visible: boolean): void {
  removeNames(view, collection.id);
  const field = labelField(info.fields);
  if (field === null) return;
  const name = labelSource(collection.id);
  const count = collection.count ?? 0;
  view.map.addSource(name, { type: 'geojson', data: { type: 'FeatureCollection', features: [] } });
  addRanked(view, 74 - Math.min(0.9, count / 1000), {
    id: name, type: 'symbol', source: name,
    metadata: { [collectionMember]: collection.id, field, layer: info.layer },
    minzoom: Math.min(14, 8 + Math.log2(1 + count) / 1.7),
    layout: {
      visibility: visible ? 'visible' : 'none',
      'text-field': ['get', 'name'], 'text-font': count > 30 ? [...labelFont] : [...boldFont],
      'text-size': count > 30 ? 12 : 14.5, 'text-max-width': 7, 'text-padding': 6,
    },
    paint: { 'text-color': darken(look.colour, count > 30 ? 0.25 : 0.4), 'text-halo-color': '#ffffff', 'text-halo-width': 2 },
  });
}

function piece(feature: MapGeoJSONFeature | GeoJSON.Feature, field: string): Piece {
  const name = String(feature.properties?.[field] ?? '');
  return { id: JSON.stringify(feature.id ?? feature.properties), name, geometry: feature.geometry };
}

/** Sets all names anew from the tiles in view. */
export function placeNames(view: MapView): void {
  for (const id of view.drawn.keys()) {
    const metadata = view.map.getLayer(labelSource(id))?.metadata as { field: string; layer: string } | undefined;
    if (metadata === undefined) continue;
    const features = view.map.querySourceFeatures(sourceName(id), { sourceLayer: metadata.layer });
    const found = centres(features.map((feature) => piece(feature, metadata.field)).filter(({ name }) => name !== ''));
    const source = view.map.getSource<GeoJSONSource>(labelSource(id));
    setIfOther(source, JSON.stringify(found), found);
  }
}

const placed = new WeakMap<GeoJSONSource, string>();

/** Sets a source's data only if they differ: setting them makes the map draw and then idle again. */
function setIfOther(source: GeoJSONSource | undefined, text: string, features: GeoJSON.Feature[]): void {
  if (source === undefined || placed.get(source) === text) return;
  placed.set(source, text);
  source.setData({ type: 'FeatureCollection', features });
}
