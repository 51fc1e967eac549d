/** How this page draws collections of a server without `/styles`. Without such servers this folder goes. */

import { toCql, without } from '../../layers/filter';
import { tileJsonAddress, tileTemplate } from '../../server/addresses';
import { askJson } from '../../server/ask';
import { readTileInfo, type Category, type Collection } from '../../server/catalogue';
import { escapeHtml } from '../../shell/text';
import type { Drawn, Entry, Mark } from '../drawn';
import { darken, type Look } from './colour';
import { drawing, isDistrict, sourceName } from './drawing';
import { names } from './names';

/** What stands for a collection in the legend. */
export function markOf(collection: Collection, look: Look, category?: Category): Mark {
  const colour = category?.colour ?? look.colour;
  const mark: Mark = { kind: 'circle', colour, outline: null, icon: null, width: null, letters: category?.symbol ?? '' };
  if (collection.geometry === 'line') return { ...mark, kind: 'line' };
  if (collection.geometry !== 'polygon') return mark;
  return isDistrict(collection, look) ? { ...mark, kind: 'line', width: 2 } : { ...mark, kind: 'fill', outline: darken(colour, 0.25) };
}

/** The lines of a legend, the last for what has no category. */
function entriesOf(collection: Collection, look: Look, others: string): Entry[] {
  const { categories } = collection;
  if (categories === null) return [];
  const values = (list: string[]): string => toCql([{ column: categories.column, operator: 'in', values: list }]) ?? '';
  const named = categories.list.map((category): Entry =>
    ({ key: category.values[0] ?? '', title: category.title, mark: markOf(collection, look, category), filter: values(category.values) }));
  const all = categories.list.flatMap((category) => category.values);
  return [...named, { key: '', title: others, mark: markOf(collection, look), filter: without([values(all)]) }];
}

/** How a collection is drawn here. */
export async function plain(base: string, collection: Collection, look: Look, others: string, language: string): Promise<Drawn> {
  const info = readTileInfo(await askJson(tileJsonAddress(base, collection.id), language), collection);
  const { id, attribution } = collection;
  const labels = names(base, collection, look, info);
  return {
    sources: {
      [sourceName(id)]: {
        type: 'vector', tiles: [tileTemplate(base, id)], minzoom: info.minzoom, maxzoom: info.maxzoom,
        ...(info.bounds ? { bounds: info.bounds } : {}), attribution: escapeHtml(attribution),
      },
      ...(labels === null ? {} : { [`names:${id}`]: labels.source }),
    },
    layers: [...drawing(collection, look, info), ...(labels === null ? [] : [labels.layer])],
    mark: markOf(collection, look),
    entries: entriesOf(collection, look, others),
  };
}
