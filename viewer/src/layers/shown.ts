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

/** Shows one entry of a legend alone, or, where it is alone already, all of them. */
export function setOnlyEntry(id: string, key: string): void {
  const others = (drawings.value.get(id)?.entries ?? []).filter((entry) => entry.key !== key && entry.filter !== null).map((entry) => entry.key);
  change({ off: withEntry(state.value.off, id, isOnlyEntry(id, key) ? null : others) });
}

export function isOnlyEntry(id: string, key: string): boolean {
  const off = state.value.off[id] ?? [];
  const entries = (drawings.value.get(id)?.entries ?? []).filter(({ filter }) => filter !== null);
  return entries.length > 1 && entries.every((entry) => off.includes(entry.key) !== (entry.key === key));
}

/** While a person drags, all is one step. */
export function setOpacity(id: string, percent: number, how: 'push' | 'replace'): void {
  change({ opacity: withEntry(state.value.opacity, id, percent >= 100 ? null : Math.max(5, Math.round(percent))) }, how);
}

export function setFilter(id: string, filter: string | null, how: 'push' | 'replace' = 'push'): void {
  change({ filters: withEntry(state.value.filters, id, filter) }, how);
}
