/** How the server says collections are drawn: `/styles`, their legends, and the base map beneath. */

import type { LayerSpecification, StyleSpecification } from 'maplibre-gl';
import { without } from '../layers/filter';
import { legendAddress, styleAddress } from '../server/addresses';
import { askJson, Refusal } from '../server/ask';
import type { Theme } from '../state/state';
import { rankMember, type Drawn, type Entry, type Mark } from './drawn';

/** A style, or null where the server has none of this name. */
async function askStyle(address: string, language: string): Promise<StyleSpecification | null> {
  try {
    return (await askJson(address, language)) as StyleSpecification;
  } catch (fault) {
    if (fault instanceof Refusal && fault.status === 404) return null;
    throw fault;
  }
}

/** The base map, and the collections that play a part in it; no style where the server has none. */
export async function baseStyle(base: string, theme: Theme, language: string): Promise<{ style: StyleSpecification | null; collections: string[] }> {
  const style = await askStyle(styleAddress(base, theme, null), language);
  const { 'veedel:basemap': foreign, 'veedel:parts': parts } = (style?.metadata ?? {}) as { 'veedel:basemap'?: string; 'veedel:parts'?: { collection: string }[] };
  const collections = (parts ?? []).map(({ collection }) => collection);
  // The city chose a base map of another server: its style is taken as it is, with its attribution.
  return { style: foreign === undefined ? style : ((await (await fetch(foreign)).json()) as StyleSpecification), collections };
}

const kinds: Mark['kind'][] = ['fill', 'line', 'circle', 'icon'];

function readMark(value: unknown): Mark {
  const { kind, colour, outline, icon, width, letters } = (value ?? {}) as Record<string, unknown>;
  const text = (part: unknown): string | null => (typeof part === 'string' && part !== '' ? part : null);
  return {
    kind: kinds.find((known) => known === kind) ?? 'circle', colour: text(colour) ?? '#5b6b79', outline: text(outline), icon: text(icon),
    width: typeof width === 'number' ? width : null, letters: text(letters) ?? '',
  };
}

/** Reads a legend: the mark of the whole, and what its marks mean where there are several. */
export function readLegend(value: unknown): { mark: Mark; entries: Entry[] } {
  const { entries } = (value ?? {}) as { entries?: unknown };
  const all = (Array.isArray(entries) ? (entries as Record<string, unknown>[]) : []).filter((entry) => entry?.['symbol']).map((entry): Entry => {
    const { title, symbol, values, filter } = entry;
    const key = Array.isArray(values) && values.length > 0 ? String(values[0]) : '';
    return { key, title: typeof title === 'string' ? title : key, mark: readMark(symbol), filter: typeof filter === 'string' ? filter : null };
  });
  // Who has none of the named values is what all of them leave.
  const rest = all.length > 1 ? without(all.flatMap(({ filter }) => filter ?? [])) : null;
  all.filter(({ filter }) => filter === null).forEach((entry) => (entry.filter = rest));
  const [first] = all;
  return { mark: first?.mark ?? readMark(null), entries: all.length > 1 ? all : [] };
}

/** The legend of a collection; a plain mark where the server gives none. */
export async function legendOf(base: string, id: string, theme: Theme, language: string): Promise<{ mark: Mark; entries: Entry[] }> {
  return readLegend(await askJson(legendAddress(base, id, theme), language).catch(() => null));
}

/** How a collection is drawn by its style; null where the server has none. */
export async function styled(base: string, id: string, theme: Theme, language: string): Promise<Drawn | null> {
  const style = await askStyle(styleAddress(base, id, theme), language);
  if (style === null) return null;
  const legend = await legendOf(base, id, theme, language);
  const layers = style.layers.map((layer: LayerSpecification) => {
    const rank = (layer.metadata as Record<string, unknown> | undefined)?.[rankMember];
    return { rank: typeof rank === 'number' ? rank : 60, layer };
  });
  return { sources: style.sources, layers, ...legend };
}
