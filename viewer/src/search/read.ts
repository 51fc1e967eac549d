/** What the search finds, as the list shows it. */

import type { Words } from '../words/language';

export interface Hit {
  name: string;
  kind: string;
  /** The collection and the feature, where the hit is one. */
  of: string;
  id: string | null;
  lon: number;
  lat: number;
  /** The areas it lies in, from small to large. */
  areas: string[];
}

type Json = Record<string, unknown>;
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Reads the answer of `/search`; what has no place is left out. */
export function readHits(value: unknown): Hit[] {
  const features = (value as Json | null)?.['features'];
  return (Array.isArray(features) ? features : []).flatMap((one): Hit[] => {
    const feature = (one ?? {}) as Json;
    const properties = (feature['properties'] ?? {}) as Json;
    const coordinates = ((feature['geometry'] ?? {}) as Json)['coordinates'];
    const [lon, lat] = Array.isArray(coordinates) ? (coordinates as unknown[]) : [];
    const name = text(properties['name']) || text(properties['label']);
    if (typeof lon !== 'number' || typeof lat !== 'number' || name === '') return [];
    const areas = Array.isArray(properties['areas']) ? (properties['areas'] as Json[]).map((area) => text(area['name'])).filter((area) => area !== '') : [];
    return [{ name, kind: text(properties['kind']), of: text(properties['of']), id: text(properties['id']) || null, lon, lat, areas: [...areas].reverse() }];
  });
}

/** What a hit is, in words: the title of its collection for facilities. */
export function kindOf(hit: Hit, title: string | undefined, words: Words): string {
  const known: Record<string, string> = { address: words.kindAddress, street: words.kindStreet, area: title ?? words.kindArea, facility: title ?? words.kindFacility };
  return known[hit.kind] ?? title ?? hit.kind;
}

/** Where a hit lies: the two smallest areas that do not say its own name. */
export function placeOf(hit: Hit): string {
  return [...new Set(hit.areas)].filter((area) => area !== hit.name).slice(0, 2).join(', ');
}

/** How close the map goes. */
export function zoomOf(hit: Hit): number {
  return ({ address: 17, street: 16, facility: 16 } as Record<string, number>)[hit.kind] ?? 13.5;
}
