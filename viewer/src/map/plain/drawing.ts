/**
 * How a collection is drawn: its MapLibre layers and their place in the stack. Pure: no map, no page.
 */

import type { ExpressionSpecification, FilterSpecification, LayerSpecification } from 'maplibre-gl';
import type { Category, Collection, TileInfo } from '../../server/catalogue';
import { collectionMember, type Ranked } from '../drawn';
import { labelField } from '../../layers/names';
import { darken, type Look } from './colour';

/** The map source of a collection. */
export function sourceName(id: string): string {
  return `collection:${id}`;
}

/** The map source of the names of its areas. */
export function nameSource(id: string): string {
  return `names:${id}`;
}

/** At most so many features, each of at least so many km² on average, are taken for districts. */
const districtLimits = { features: 500, area: 0.25 };

/** The area of a box in km², near enough to tell a district from a house. */
function area([west, south, east, north]: [number, number, number, number]): number {
  const middle = ((south + north) / 2) * (Math.PI / 180);
  return (east - west) * 111.3 * Math.cos(middle) * (north - south) * 111.3;
}

/** Whether polygons are few and large, so that an outline serves better than a filled plane. */
export function isDistrict(collection: Collection, look: Look): boolean {
  if (collection.geometry !== 'polygon' || collection.categories !== null) return false;
  if (look.theme === 'border') return true;
  if (look.theme !== 'other' || collection.bounds === null || !collection.count) return false;
  return collection.count <= districtLimits.features && area(collection.bounds) / collection.count > districtLimits.area;
}

/** Where a collection stands among its likes: few features above many. */
function finer(count: number | null): number {
  return 1 - Math.min(0.999, Math.log10((count ?? 0) + 1) / 9);
}

const only = (type: 'Point' | 'LineString' | 'Polygon'): FilterSpecification => ['==', ['geometry-type'], type];

/** The part of a layer that all layers of a collection share; `drawing` adds the layer inside the tiles. */
function base(collection: Collection, part: string) {
  return {
    id: `${sourceName(collection.id)}:${part}`,
    source: sourceName(collection.id),
    metadata: { [collectionMember]: collection.id },
  };
}

/** One of several values by a feature's category, `otherwise` for what has none. */
function byCategory(collection: Collection, otherwise: string, of: (category: Category) => string): string | ExpressionSpecification {
  const { categories } = collection;
  if (categories === null) return otherwise;
  const cases = categories.list.flatMap((category) => [category.values, of(category)]);
  return ['match', ['to-string', ['get', categories.column]], ...cases, otherwise] as unknown as ExpressionSpecification;
}

/** The colour of a feature, mixed with black. */
function colourOf(collection: Collection, look: Look, black = 0): string | ExpressionSpecification {
  return byCategory(collection, darken(look.colour, black), ({ colour }) => darken(colour, black));
}

/** Borders are broader the fewer there are: a city's nine districts above its hundred quarters. */
function borderWidth(count: number): number {
  if (count <= 15) return 3;
  if (count <= 60) return 2;
  return count <= 150 ? 1.4 : 1;
}

function districts(collection: Collection, look: Look): Ranked[] {
  const few = finer(collection.count);
  const width = borderWidth(collection.count ?? 0);
  return [
    {
      rank: 10 + few,
      layer: {
        ...base(collection, 'fill'), type: 'fill', filter: only('Polygon'),
        paint: { 'fill-color': look.colour, 'fill-opacity': 0.05, 'fill-antialias': false },
      },
    },
    {
      rank: 50 + few,
      layer: {
        ...base(collection, 'outline'), type: 'line', filter: only('Polygon'),
        layout: { 'line-join': 'round' },
        paint: {
          'line-color': look.colour,
          'line-opacity': width > 2 ? 0.9 : 0.65,
          'line-width': ['interpolate', ['linear'], ['zoom'], 8, width * 0.5, 12, width, 17, width * 1.8],
        },
      },
    },
  ];
}

const polygonRanks: Partial<Record<Look['theme'], number>> = { green: 20, water: 21, playground: 24, building: 30 };

function polygons(collection: Collection, look: Look): Ranked[] {
  const rank = (polygonRanks[look.theme] ?? 25) + finer(collection.count) / 2;
  const opacity = look.theme === 'building' ? 0.75 : 0.45;
  return [
    {
      rank,
      layer: {
        ...base(collection, 'fill'), type: 'fill', filter: only('Polygon'),
        paint: { 'fill-color': colourOf(collection, look), 'fill-opacity': opacity },
      },
    },
    {
      rank: rank + 0.01,
      layer: {
        ...base(collection, 'outline'), type: 'line', filter: only('Polygon'),
        minzoom: look.theme === 'building' ? 14 : 11,
        paint: {
          'line-color': colourOf(collection, look, 0.25),
          'line-width': ['interpolate', ['linear'], ['zoom'], 13, 0.3, 17, 1.2],
        },
      },
    },
  ];
}

const lineRanks: Partial<Record<Look['theme'], number>> = { water: 40, path: 42, street: 44, rail: 46 };
const lineWidths: Partial<Record<Look['theme'], number>> = { street: 1.5, water: 1.3, path: 0.8 };

function lines(collection: Collection, look: Look): Ranked[] {
  const scale = lineWidths[look.theme] ?? 1;
  return [{
    rank: (lineRanks[look.theme] ?? 43) + finer(collection.count),
    layer: {
      ...base(collection, 'line'), type: 'line', filter: only('LineString'),
      layout: { 'line-join': 'round', 'line-cap': look.theme === 'path' ? 'butt' : 'round' },
      paint: {
        'line-color': colourOf(collection, look),
        'line-width': ['interpolate', ['exponential', 1.5], ['zoom'], 9, 0.5 * scale, 13, 1.3 * scale, 18, 6 * scale],
        ...(look.theme === 'path' ? { 'line-dasharray': [2, 1] } : {}),
      },
    },
  }];
}

/** Whether letters stand on the points of a collection. */
function symbolsOf(collection: Collection): boolean {
  return collection.geometry === 'point' && (collection.categories?.list.some(({ symbol }) => symbol !== '') ?? false);
}

/** From here on points are large enough for letters. */
const symbolZoom = 14;

/** The letters on the points. */
function symbols(collection: Collection): Ranked[] {
  return [{
    rank: 61 + finer(collection.count),
    layer: {
      ...base(collection, 'symbol'), type: 'symbol', filter: only('Point'), minzoom: symbolZoom,
      layout: {
        'text-field': byCategory(collection, '', ({ symbol }) => symbol), 'text-font': boldFont,
        'text-size': ['interpolate', ['linear'], ['zoom'], symbolZoom, 8.5, 17, 11],
        'text-allow-overlap': true, 'text-ignore-placement': true, 'text-padding': 0,
      },
      paint: { 'text-color': '#ffffff' },
    },
  }];
}

/** Points are smaller the more there are. */
function points(collection: Collection, look: Look): Ranked[] {
  const many = (collection.count ?? 0) > 3000 || look.theme === 'address';
  const hasSymbols = symbolsOf(collection);
  const few = many ? [0.5, 1, 4] : [2.2, 4.5, 8];
  const [small = 0, middle = 0, large = 0] = hasSymbols ? [1.2, 3, 9] : few;
  return [{
    rank: 60 + finer(collection.count),
    layer: {
      ...base(collection, 'point'), type: 'circle', filter: only('Point'),
      paint: {
        'circle-color': colourOf(collection, look),
        'circle-radius': ['interpolate', ['linear'], ['zoom'], 9, small, 13, middle, ...(hasSymbols ? [symbolZoom, 7] : []), 17, large],
        'circle-stroke-color': '#ffffff',
        'circle-stroke-width': ['interpolate', ['linear'], ['zoom'], 11, 0, many ? 15 : 12, 0.6, 16, many ? 0.8 : 1.5],
      },
    },
  }];
}

/**
 * The letters of labels. The style names no glyph server, so MapLibre draws them with the fonts of the
 * reader's own system, the last resort being `sans-serif`; it takes the weight from the name.
 */
export const labelFont = ['Arial'];
export const boldFont = ['Arial Bold'];

/** Labels along streets and beside points; areas are labelled apart, as their polygons are cut into tiles. */
function labels(collection: Collection, look: Look, field: string): Ranked[] {
  const isLine = collection.geometry === 'line';
  // What the legend says already is not written on the map as well.
  if (field === collection.categories?.column) return [];
  if (!isLine && collection.geometry !== 'point') return [];
  return [{
    rank: (isLine ? 70 : 72) + finer(collection.count),
    layer: {
      ...base(collection, 'label'), type: 'symbol', minzoom: isLine ? 14 : 15,
      filter: only(isLine ? 'LineString' : 'Point'),
      layout: {
        'text-field': ['to-string', ['get', field]],
        'text-font': labelFont,
        'text-size': isLine ? 12 : 12.5,
        'text-max-angle': 35,
        // Sparse at first: what is beside it on the map matters more than the name of every point.
        'text-padding': isLine ? 4 : ['interpolate', ['linear'], ['zoom'], 15, 30, 16, 14, 18, 3],
        ...(isLine
          ? { 'symbol-placement': 'line' as const, 'symbol-spacing': 350 }
          : { 'text-anchor': 'top' as const, 'text-offset': [0, 0.8] as [number, number], 'text-max-width': 9 }),
      },
      paint: { 'text-color': darken(look.colour, 0.4), 'text-halo-color': '#ffffff', 'text-halo-width': 1.6 },
    },
  }];
}

function shapes(collection: Collection, look: Look): Ranked[] {
  switch (collection.geometry) {
    case 'point': return [...points(collection, look), ...(symbolsOf(collection) ? symbols(collection) : [])];
    case 'line': return lines(collection, look);
    case 'polygon': return isDistrict(collection, look) ? districts(collection, look) : polygons(collection, look);
    case 'mixed': return [...polygons(collection, look), ...lines(collection, look), ...points(collection, look)];
    case null: return [];
  }
}

/** The layers of a collection with their ranks. */
export function drawing(collection: Collection, look: Look, info: TileInfo): Ranked[] {
  const field = labelField(info.fields);
  const all = [...shapes(collection, look), ...(field === null ? [] : labels(collection, look, field))];
  return all.map(({ rank, layer }) => ({ rank, layer: { ...layer, 'source-layer': info.layer } as LayerSpecification }));
}
