/** How a collection is drawn, as the server's styles say (`styled.ts`). */

import type { LayerSpecification, SourceSpecification } from 'maplibre-gl';

/** A layer and its place: lower ranks are drawn first. */
export interface Ranked {
  rank: number;
  layer: LayerSpecification;
}

/** What stands for features in a legend. */
export interface Mark {
  kind: 'fill' | 'line' | 'circle' | 'icon';
  colour: string;
  outline: string | null;
  icon: string | null;
  width: number | null;
  /** A few letters on a point; empty for none. */
  letters: string;
}

/** One line of a legend. */
export interface Entry {
  /** Tells it from the others of its collection, in addresses too; empty for what no other entry names. */
  key: string;
  title: string;
  mark: Mark;
  /** Which features these are, as CQL2; null: all. */
  filter: string | null;
}

export interface Drawn {
  sources: Record<string, SourceSpecification>;
  layers: Ranked[];
  /** The mark of the collection as a whole. */
  mark: Mark;
  /** What its marks mean; empty where all features look alike. */
  entries: Entry[];
}

/** The members of a layer's metadata. */
export const collectionMember = 'veedel:collection';
export const rankMember = 'veedel:rank';

/** The path of tiles that a source reads, as collections; empty for what reads none. */
export function collectionsOf(source: SourceSpecification | undefined): string[] {
  if (source?.type !== 'vector') return [];
  const address = source.tiles?.[0] ?? source.url ?? '';
  const part = /\/xyz\/([^/?]+?)(?:\.json)?(?:\/|\?|$)/.exec(address)?.[1] ?? '';
  // What stands behind a colon is a layer of its own, as the points of labels; a colon of a name is encoded.
  return part.split(',').filter((id) => id !== '').map((id) => decodeURIComponent(id.split(':')[0] ?? ''));
}

/** A source with only the features that a filter leaves; null leaves all. */
export function filtered(source: SourceSpecification, filter: string | null): SourceSpecification {
  if (source.type !== 'vector' || filter === null) return source;
  const narrow = (address: string): string => `${address}${address.includes('?') ? '&' : '?'}filter=${encodeURIComponent(filter)}`;
  return { ...source, ...(source.tiles ? { tiles: source.tiles.map(narrow) } : {}), ...(source.url ? { url: narrow(source.url) } : {}) };
}

/** A number or an expression, times `share`; what interpolates keeps its zooms at the top, where MapLibre wants them. */
export function faded(value: unknown, share: number): unknown {
  if (share === 1) return value;
  if (typeof value === 'number') return value * share;
  if (!Array.isArray(value)) return share;
  const head = String(value[0]);
  if (head === 'interpolate' || head.startsWith('interpolate-')) return value.map((part, at) => (at >= 4 && at % 2 === 0 ? faded(part, share) : part));
  if (head === 'step') return value.map((part, at) => (at >= 2 && at % 2 === 0 ? faded(part, share) : part));
  return ['*', share, value];
}

/** The paint properties of opacity by type of layer. */
export const opacities: Record<string, string[]> = {
  fill: ['fill-opacity'], line: ['line-opacity'], circle: ['circle-opacity', 'circle-stroke-opacity'],
  symbol: ['text-opacity', 'icon-opacity'], 'fill-extrusion': ['fill-extrusion-opacity'],
};
