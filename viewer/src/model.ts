/** What the page knows from the server, asked for once and kept in step with it. */

import { computed, signal, type ReadonlySignal } from '@preact/signals';
import type { Drawn, Mark } from './map/drawn';
import { collectionsAddress, schemaAddress } from './server/addresses';
import { askJson } from './server/ask';
import { readCatalogue, type Catalogue, type Collection } from './server/catalogue';
import { followChanges, type Change } from './server/changes';
import { readSchema, type Column } from './server/schema';
import { base, language, state } from './state/store';

/** How often the catalogue is asked for, in milliseconds: while something loads, where the server is away, and else. */
const pace = { loading: 1000, away: 3000, settled: 30_000 };

/** A server that has not answered by then, in milliseconds, is away. */
const patience = 15_000;

/** What there is; null until the server has answered. */
export const catalogue = signal<Catalogue | null>(null);

/** Whether the server does not answer. */
export const away = signal(false);

/** Counts what shows that data have changed: tables and cards are asked for again. */
export const moved = signal(0);

/** How each collection is drawn, as far as it was asked for. */
export const drawings = signal<ReadonlyMap<string, Drawn>>(new Map());

/** The marks of collections that are not drawn yet. */
export const marks = signal<ReadonlyMap<string, Mark>>(new Map());

/** Collections that are not drawn, as the server has no style of them. */
export const unstyled = signal<ReadonlySet<string>>(new Set());

/** The collections that the base map shows by itself, or would, had the city not chosen another. */
export const inBase = signal<ReadonlySet<string>>(new Set());

/** The title of what is published here. */
export const cityTitle = signal('');

/** In which roles one sees what is here, as the server says it; empty where one sees what everyone sees. */
export const seenAs = signal('');

export const collections: ReadonlySignal<Collection[]> = computed(() => catalogue.value?.collections ?? []);

export function find(id: string): Collection | undefined {
  return collections.value.find((collection) => collection.id === id);
}

/** Collections that are not shown before the reader has chosen: the server says so, or the base map shows them. */
export const hiddenAtFirst: ReadonlySignal<string[]> = computed(() =>
  collections.value.filter(({ id, visibleAtFirst }) => !visibleAtFirst || inBase.value.has(id)).map(({ id }) => id).sort());

/** Collections that are not shown. */
export const hidden: ReadonlySignal<ReadonlySet<string>> = computed(() => new Set(state.value.hidden ?? hiddenAtFirst.value));

const schemas = new Map<string, Promise<Column[]>>();

/** The columns of a collection, asked for once in each language. */
export function columnsOf(id: string): Promise<Column[]> {
  const key = `${language.value} ${id}`;
  const known = schemas.get(key);
  if (known !== undefined) return known;
  const asked = askJson(schemaAddress(base, id), language.value).then(readSchema);
  schemas.set(key, asked);
  asked.catch(() => schemas.delete(key));
  return asked;
}

let timer = 0;

/** One look at the catalogue, and when to look again. */
async function look(): Promise<void> {
  window.clearTimeout(timer);
  let wait = pace.away;
  try {
    const read = readCatalogue(await askJson(collectionsAddress(base), language.value, AbortSignal.timeout(patience)));
    if (JSON.stringify(read) !== JSON.stringify(catalogue.value)) catalogue.value = read;
    if (away.value) moved.value += 1;
    away.value = false;
    const isBusy = read.collections.length === 0 || read.collections.some(({ state: is }) => is === 'loading');
    wait = isBusy ? pace.loading : pace.settled;
  } catch {
    away.value = true;
  }
  window.clearTimeout(timer);
  timer = window.setTimeout(() => void look(), wait);
}

/** What this server calls itself ("veedel" says nothing about the city), and as whom one sees it. */
async function readTitle(): Promise<void> {
  const document = (await askJson(`${base}?f=json`, language.value).catch(() => null)) as { title?: unknown; 'veedel:seenAs'?: unknown } | null;
  const title = typeof document?.title === 'string' ? document.title : '';
  cityTitle.value = title === 'veedel' ? '' : title;
  const sentence = document?.['veedel:seenAs'];
  seenAs.value = typeof sentence === 'string' ? sentence : '';
}

/** Looks for what there is, follows changes, and goes on by itself when the server was away. */
export function follow(changed: (changes: Change[]) => void): void {
  followChanges(base, (changes) => {
    moved.value += 1;
    changed(changes);
  }, () => void look());
  language.subscribe(() => {
    void look();
    void readTitle();
  });
}
