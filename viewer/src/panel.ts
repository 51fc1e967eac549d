/** The panel: legend and layer switches, tables, what is not served, addresses, languages. */

import { collectionAddress, tableAddress, tileJsonAddress, tileTemplate } from './address';
import type { Catalogue, Collection, Refusal, Source } from './catalogue';
import type { Look } from './colour';
import { addressField } from './copy';
import { legendOrder } from './drawing';
import { fill, languages, type Language, type Speech } from './language';
import { legend } from './legend';
import { make, type Child } from './page';
import { swatch } from './swatch';

export interface PanelActions {
  toggle: (id: string, visible: boolean) => void;
  toggleAll: (visible: boolean) => void;
  zoomTo: (collection: Collection) => void;
  /** The box in view; null where there is no map. */
  box: () => [number, number, number, number] | null;
}

export interface Panel {
  element: HTMLElement;
  status: HTMLElement;
  content: HTMLElement;
  /** The ids whose details are open. */
  open: Set<string>;
  /** Whether legends are open, by id, where the reader decided. */
  legends: Map<string, boolean>;
  /** What is shown, as text: drawn anew only when it differs. */
  shown: string;
}

function languageSwitch(speech: Speech): HTMLElement {
  const links = (Object.keys(languages) as Language[]).map((language) => {
    const link = make('a', {
      href: `?lang=${language}`, lang: language, hreflang: language, title: languages[language].languageName,
      'data-language': language, 'aria-current': language === speech.language ? 'true' : undefined,
    }, language.toUpperCase());
    link.addEventListener('click', () => {
      link.href = `?lang=${language}${location.hash}`;
    });
    return link;
  });
  return make('nav', { class: 'languages', 'aria-label': speech.words.language }, ...links);
}

/** Makes the panel; on a narrow screen it starts folded. */
export function makePanel(base: string, speech: Speech): Panel {
  const { words } = speech;
  const status = make('div', { class: 'status', role: 'status' });
  const content = make('div', { class: 'content' });
  const footer = make('footer', {}, make('a', { href: `${base}assets/licences.txt` }, words.licences));
  const body = make('div', { class: 'body', id: 'panel-body' }, status, content, footer);
  const fold = make('button', { type: 'button', class: 'fold', 'aria-controls': 'panel-body' });
  const element = make('aside', { class: 'panel', 'aria-label': words.panel },
    make('header', {}, make('div', { class: 'brand' }, make('h1', {}, 'veedel'), make('p', {}, words.subtitle)), languageSwitch(speech), fold),
    body);
  const setFolded = (folded: boolean) => {
    element.classList.toggle('folded', folded);
    body.hidden = folded;
    fold.setAttribute('aria-expanded', String(!folded));
    fold.setAttribute('aria-label', folded ? words.showPanel : words.hidePanel);
    fold.title = folded ? words.showPanel : words.hidePanel;
  };
  fold.addEventListener('click', () => setFolded(!element.classList.contains('folded')));
  setFolded(window.matchMedia('(max-width: 720px)').matches);
  return { element, status, content, open: new Set(), legends: new Map(), shown: '' };
}

function countText(collection: Collection, speech: Speech): string {
  return collection.count === null ? '' : speech.number(collection.count);
}

function countTitle(collection: Collection, speech: Speech): string {
  const { words } = speech;
  if (collection.geometry === null) return fill(words.rows, { count: countText(collection, speech) });
  return collection.count === 1 ? words.oneFeature : fill(words.features, { count: countText(collection, speech) });
}

function freshness(collection: Collection, { words, number }: Speech): string {
  const known: Record<string, string> = {
    feed: fill(words.freshnessFeed, { seconds: number(collection.lag ?? 1) }),
    watched: words.freshnessWatched,
    timed: words.freshnessTimed,
    file: words.freshnessFile,
    embedded: words.freshnessEmbedded,
    direct: words.freshnessDirect,
  };
  return known[collection.freshness] ?? '';
}

function stateLine(collection: Collection, speech: Speech): HTMLElement | null {
  const { words } = speech;
  if (collection.state === 'loading') return make('p', { class: 'state loading' }, words.loading);
  if (collection.state !== 'failed') return null;
  const text = collection.why ? fill(words.failedWhy, { why: collection.why }) : words.failed;
  return make('p', { class: 'state failed' }, text);
}

function facts(collection: Collection, speech: Speech): Child[] {
  const { words } = speech;
  const asOf = collection.loadedAt ? fill(words.loadedAt, { time: speech.time(collection.loadedAt) }) : '';
  const age = [asOf, freshness(collection, speech), collection.reloading && words.reloading].filter(Boolean).join(', ');
  return [
    collection.description !== '' && make('p', {}, collection.description),
    age !== '' && make('p', { class: 'quiet' }, age),
    collection.geometry !== null && collection.minzoom > 0
      && make('p', { class: 'quiet' }, fill(words.fromZoom, { zoom: String(collection.minzoom) })),
  ];
}

/** What is on the map as a table, which needs no eyes and no mouse: the link always means the box now in view. */
function table(collection: Collection, base: string, { words }: Speech, actions: PanelActions): HTMLElement {
  const onMap = collection.geometry !== null;
  const address = () => tableAddress(base, collection.id, onMap ? actions.box() : null);
  const link = make('a', { href: address(), 'data-focus': 'table' }, onMap ? words.tableOfView : words.asTable);
  for (const before of ['focus', 'pointerenter', 'click']) link.addEventListener(before, () => link.setAttribute('href', address()));
  return link;
}

function details(collection: Collection, base: string, speech: Speech, actions: PanelActions): HTMLElement {
  const { words } = speech;
  const onMap = collection.geometry !== null;
  return make('div', { class: 'details' },
    ...facts(collection, speech),
    make('p', { class: 'links' },
      table(collection, base, speech, actions),
      make('a', { href: collectionAddress(base, collection.id) }, words.apiPage),
      onMap && collection.bounds !== null && make('button', { type: 'button', class: 'plain', 'data-focus': 'zoom', click: () => actions.zoomTo(collection) }, words.zoomTo)),
    onMap && addressField(words.tilesAddress, tileTemplate(base, collection.id), 'xyz', speech),
    onMap && addressField(words.tileJsonAddress, tileJsonAddress(base, collection.id), 'tilejson', speech),
    addressField(words.apiAddress, base, 'api', speech));
}

function row(panel: Panel, collection: Collection, look: Look, visible: boolean, base: string, speech: Speech, actions: PanelActions): HTMLElement {
  const title = make('span', { class: 'title' }, collection.title);
  const name = collection.geometry === null
    ? make('span', { class: 'name' }, swatch(collection, look), title)
    : make('label', { class: 'name' },
      make('input', { type: 'checkbox', checked: visible && collection.state !== 'failed', 'data-focus': 'toggle', disabled: collection.state === 'failed', change: (event) => actions.toggle(collection.id, (event.target as HTMLInputElement).checked) }),
      swatch(collection, look), title);
  const more = make('button', { type: 'button', class: 'more', 'data-focus': 'more', 'aria-label': fill(speech.words.details, { title: collection.title }) });
  const inside = details(collection, base, speech, actions);
  const setOpen = (open: boolean) => {
    inside.hidden = !open;
    more.setAttribute('aria-expanded', String(open));
    if (open) panel.open.add(collection.id);
    else panel.open.delete(collection.id);
  };
  more.addEventListener('click', () => setOpen(inside.hidden));
  setOpen(panel.open.has(collection.id));
  const count = collection.count !== null && collection.state !== 'failed'
    && make('span', { class: 'count', title: countTitle(collection, speech) }, countText(collection, speech));
  return make('li', { 'data-collection': collection.id, class: collection.state },
    make('div', { class: 'row' }, name, count, more), stateLine(collection, speech),
    visible && legend(collection, look, panel.legends, speech), inside);
}

function refusals(all: Refusal[], { words }: Speech): Child {
  if (all.length === 0) return null;
  const items = all.map(({ name, why, hint }) => make('li', {},
    make('strong', {}, name), make('p', {}, why), hint !== '' && make('p', { class: 'hint' }, hint)));
  return make('details', { class: 'refused' }, make('summary', {}, `${words.notServed} (${all.length})`), make('ul', {}, ...items));
}

function empty({ words }: Speech): HTMLElement {
  return make('section', { class: 'empty' },
    make('h2', {}, words.emptyTitle), make('p', {}, words.emptyText),
    make('pre', {}, make('code', {}, words.emptyFolder)), make('pre', {}, make('code', {}, words.emptyPostgis)),
    make('p', { class: 'quiet' }, words.emptyAgain));
}

function layersHead({ words }: Speech, actions: PanelActions): HTMLElement {
  return make('div', { class: 'head' }, make('h2', {}, words.layers),
    make('button', { type: 'button', class: 'plain', 'data-all': 'show', click: () => actions.toggleAll(true) }, words.showAll),
    make('button', { type: 'button', class: 'plain', 'data-all': 'hide', click: () => actions.toggleAll(false) }, words.hideAll));
}

function away(sources: Source[], { words }: Speech): HTMLElement[] {
  return sources.filter((source) => source.away !== '')
    .map(({ name, away: why }) => make('p', { class: 'notice' }, fill(words.sourceAway, { name, why })));
}

/** Where the keyboard's focus is in the panel, to put it back after drawing. */
function focusPath(panel: Panel): string | null {
  const focused = document.activeElement;
  if (!(focused instanceof HTMLElement) || !panel.content.contains(focused)) return null;
  const item = focused.closest<HTMLElement>('[data-collection]')?.dataset['collection'];
  const what = focused.dataset['focus'] ?? focused.dataset['copy'];
  return item === undefined || what === undefined ? null : JSON.stringify([item, what]);
}

function restoreFocus(panel: Panel, path: string | null): void {
  if (path === null) return;
  const [item, what] = JSON.parse(path) as [string, string];
  const found = panel.content.querySelector<HTMLElement>(`[data-collection="${CSS.escape(item)}"]`);
  found?.querySelector<HTMLElement>(`[data-focus="${what}"],[data-copy="${what}"]`)?.focus();
}

/** Shows the catalogue; does nothing if it is shown already. */
export function showCatalogue(panel: Panel, catalogue: Catalogue, found: Map<string, Look>, hidden: Set<string>, base: string, speech: Speech, actions: PanelActions): void {
  const text = JSON.stringify([catalogue, [...hidden].sort()]);
  if (panel.shown === text) return;
  panel.shown = text;
  const focus = focusPath(panel);
  const ordered = legendOrder(catalogue.collections, found);
  const rows = (list: Collection[]) => make('ul', { class: 'layers' }, ...list.map((collection) =>
    row(panel, collection, found.get(collection.id) ?? { theme: 'other', colour: '#0072b2' }, !hidden.has(collection.id), base, speech, actions)));
  const layers = ordered.filter((collection) => collection.geometry !== null);
  const tables = ordered.filter((collection) => collection.geometry === null);
  const { words } = speech;
  panel.content.replaceChildren(...[
    ...away(catalogue.sources, speech),
    ordered.length === 0 && empty(speech),
    layers.length > 0 && make('section', {}, layersHead(speech, actions), rows(layers)),
    tables.length > 0 && make('section', {}, make('h2', {}, words.tables), rows(tables)),
    refusals(catalogue.sources.flatMap((source) => source.notServed), speech),
    make('section', { class: 'elsewhere' }, make('h2', {}, words.useElsewhere),
      addressField(words.apiAddress, base, 'landing', speech), make('p', { class: 'quiet' }, words.useElsewhereHelp)),
  ].filter((child): child is HTMLElement => child instanceof HTMLElement));
  restoreFocus(panel, focus);
}

/** One line above the list; empty for none. */
export function showStatus(panel: Panel, text: string, kind: 'loading' | 'notice'): void {
  if (panel.status.textContent === text) return;
  panel.status.textContent = text;
  panel.status.className = text === '' ? 'status' : `status ${kind}`;
}
