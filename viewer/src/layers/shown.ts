/** What is shown of collections: their layers, categories, opacity and filters, as the reader changes them. */

import { drawings, hidden, hiddenAtFirst } from '../model';
import { change, state, withEntry } from '../state/store';
import { without } from './filter';

/** What is left where entries of the legend are off; null: everything. */
export function categoriesOff(id: string): string | null {
  const off = state.value.off[id] ?? [];
  const entries = drawings.value.get(id)?.entries ?? [];
  return without(entries.filter(({ key, filter }) => filter !== null && off.includes(key)).map(({ filter }) => filter ?? ''));
}

export function setShown(ids: string[], isShown: boolean): void {
  const next = new Set(hidden.value);
  ids.forEach((id) => (isShown ? next.delete(id) : next.add(id)));
  const list = [...next].sort();
  change({ hidden: JSON.stringify(list) === JSON.stringify(hiddenAtFirst.value) ? null : list });
}

export function setEntryShown(id: string, key: string, isShown: boolean): void {
  const off = (state.value.off[id] ?? []).filter((other) => other !== key);
  const next = isShown ? off : [...off, key];
  change({ off: withEntry(state.value.off, id, next.length === 0 ? null : next) });
}

/** While a person drags, all is one step. */
export function setOpacity(id: string, percent: number, how: 'push' | 'replace'): void {
  change({ opacity: withEntry(state.value.opacity, id, percent >= 100 ? null : Math.max(5, Math.round(percent))) }, how);
}

export function setFilter(id: string, filter: string | null, how: 'push' | 'replace' = 'push'): void {
  change({ filters: withEntry(state.value.filters, id, filter) }, how);
}
