/**
 * Names of areas. Their polygons come cut into tiles, so a label per piece would repeat itself; the server has a
 * layer of its own for them, with one point inside each area, the same at every zoom.
 */

import type { LayerSpecification, SourceSpecification } from 'maplibre-gl';
import { labelField } from '../../layers/names';
import { labelTemplate } from '../../server/addresses';
import type { Collection, TileInfo } from '../../server/catalogue';
import { collectionMember, type Ranked } from '../drawn';
import { darken, type Look } from './colour';
import { boldFont, isDistrict, labelFont, nameSource } from './drawing';

interface Letters {
  minzoom: number;
  font: string[];
  size: number;
  padding: number;
  shade: number;
}

/** Districts are named as soon as their names find room, other areas where one looks at single ones. */
function letters(collection: Collection, look: Look): Letters {
  const count = collection.count ?? 0;
  if (!isDistrict(collection, look)) return { minzoom: 15.5, font: labelFont, size: 11.5, padding: 12, shade: 0.45 };
  const minzoom = Math.min(14, 8 + Math.log2(1 + count) / 1.7);
  return count > 30
    ? { minzoom, font: labelFont, size: 12, padding: 6, shade: 0.25 }
    : { minzoom, font: boldFont, size: 14.5, padding: 6, shade: 0.4 };
}

/** The source and the layer of the names of areas; null where its features have none. */
export function names(base: string, collection: Collection, look: Look, info: TileInfo): { source: SourceSpecification; layer: Ranked } | null {
  const field = labelField(info.fields);
  if (field === null || collection.geometry !== 'polygon') return null;
  const name = nameSource(collection.id);
  const { minzoom, font, size, padding, shade } = letters(collection, look);
  const source: SourceSpecification = {
    type: 'vector', tiles: [labelTemplate(base, collection.id)], minzoom: info.minzoom, maxzoom: info.maxzoom,
    ...(info.bounds ? { bounds: info.bounds } : {}),
  };
  const layer: LayerSpecification = {
    id: name, type: 'symbol', source: name, 'source-layer': `${info.layer}:labels`,
    metadata: { [collectionMember]: collection.id }, minzoom,
    layout: {
      'text-field': ['to-string', ['get', field]], 'text-font': [...font],
      'text-size': size, 'text-max-width': 7, 'text-padding': padding,
    },
    paint: { 'text-color': darken(look.colour, shade), 'text-halo-color': '#ffffff', 'text-halo-width': 2 },
  };
  return { source, layer: { rank: 74 - Math.min(0.9, (collection.count ?? 0) / 1000), layer } };
}
