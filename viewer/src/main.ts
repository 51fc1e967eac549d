/** Puts the page together: asks the server what there is, keeps map, panel and card in step with it. */

import type { Map as MapLibre } from 'maplibre-gl';
import { collectionsAddress, pageBase, tileJsonAddress } from './address';
import { makeCard, type Card } from './card';
import { readCatalogue, readTileInfo, type Bounds, type Catalogue, type Collection } from './catalogue';
import { followChanges, type Change } from './changes';
import { looks, type Look } from './colour';
import { same, union } from './extent';
import { hasView, hiddenIn, withHidden } from './fragment';
import { chooseLanguage, fill, speech as speechOf, type Speech } from './language';
import { addSelection, featuresAt, fit, makeMap, mark, refreshChanged, removeCollection, setVisible, showCollection, type MapView } from './map';
import { removeNames, showNames } from './names';
import { make } from './page';
import { makePanel, showCatalogue, showStatus, type Panel, type PanelActions } from './panel';

declare global {
  interface Window {
    /** The map, for tests and the curious. */
    veedelMap?: MapLibre;
  }
}

/** Below this zoom the server shows changes at most every so often, in milliseconds: then they are asked for once more. */
const lowZooms = { below: 10, every: 5500 };

/** How often the catalogue is asked for, in milliseconds: while something loads, and else. */
const pace = { loading: 1000, settled: 30_000 };

interface Page {
  base: string;
  speech: Speech;
  panel: Panel;
  view: MapView | null;
  card: Card | null;
  catalogue: Catalogue;
  looks: Map<string, Look>;
  hidden: Set<string>;
  /** Whether the reader has chosen what to see; else a collection that is new is shown as the server says. */
  hasChosen: boolean;
  /** `loadedAt` of the data each collection on the map was last asked for. */
  asOf: Map<string, string>;
  /** The box the view was fitted to; no fitting once the reader has moved the map. */
  fitted: Bounds | null;
  mayFit: boolean;
}

async function fetchJson(address: string): Promise<unknown> {
  const answer = await fetch(address, { cache: 'no-cache', headers: { accept: 'application/json' } });
  if (!answer.ok) throw new Error(`${answer.status} ${address}`);
  return answer.json();
}

const plainLook: Look = { theme: 'other', colour: '#0072b2' };
const lookOf = (page: Page, id: string): Look => page.looks.get(id) ?? plainLook;

/** Draws one collection that is new or has new data. */
async function draw(page: Page, view: MapView, collection: Collection): Promise<void> {
  page.asOf.set(collection.id, collection.loadedAt);
  try {
    const info = readTileInfo(await fetchJson(tileJsonAddress(page.base, collection.id)), collection);
    const look = lookOf(page, collection.id);
    const visible = !page.hidden.has(collection.id);
    showCollection(view, page.base, collection, look, info, visible);
    showNames(view, page.base, collection, look, info, visible);
  } catch {
    page.asOf.delete(collection.id); // Asked again at the next look at the catalogue.
  }
}

/** Brings the map in step with the catalogue. */
async function syncMap(page: Page, view: MapView): Promise<void> {
  const wanted = page.catalogue.collections.filter(({ geometry, state }) => geometry !== null && state !== 'failed');
  for (const id of [...view.drawn.keys()]) {
    if (wanted.some((collection) => collection.id === id)) continue;
    removeNames(view, id);
    removeCollection(view, id);
    page.asOf.delete(id);
  }
  const changed = wanted.filter(({ id, state, loadedAt }) => state === 'ready' && page.asOf.get(id) !== loadedAt);
  fitAll(page, view, wanted);
  await Promise.all(changed.map((collection) => draw(page, view, collection)));
}

function fitAll(page: Page, view: MapView, collections: Collection[]): void {
  const all = union(collections.map(({ bounds }) => bounds));
  if (!page.mayFit || all === null || same(all, page.fitted)) return;
  page.fitted = all;
  fit(view, all, panelWidth(page), false);
}

function panelWidth(page: Page): number {
  return page.panel.element.classList.contains('folded') ? 0 : page.panel.element.offsetWidth;
}

function tellState(page: Page): void {
  const { collections } = page.catalogue;
  const loading = collections.filter(({ state }) => state === 'loading').length;
  const { words, number } = page.speech;
  const text = loading === 0 ? '' : fill(words.loadingSome, { count: number(loading), total: number(collections.length) });
  showStatus(page.panel, text, 'loading');
}

function showPanel(page: Page): void {
  showCatalogue(page.panel, page.catalogue, page.looks, page.hidden, page.base, page.speech, actions(page));
}

/** Hides of the collections that were not `known` yet those that the server wants hidden at first. */
function hideAtFirst(page: Page, known: Set<string>): void {
  page.catalogue.collections.filter(({ id, visibleAtFirst }) => !visibleAtFirst && !known.has(id)).forEach(({ id }) => page.hidden.add(id));
}

/** One look at the catalogue; the answer is how long to wait for the next. */
async function look(page: Page): Promise<number> {
  let json: unknown;
  try {
    json = await fetchJson(collectionsAddress(page.base));
  } catch {
    showStatus(page.panel, page.speech.words.serverAway, 'notice');
    return pace.loading * 3;
  }
  const known = new Set(page.catalogue.collections.map(({ id }) => id));
  page.catalogue = readCatalogue(json);
  if (!page.hasChosen) hideAtFirst(page, known);
  page.looks = looks(page.catalogue.collections.map(({ id }) => id));
  tellState(page);
  showPanel(page);
  if (page.view !== null) await syncMap(page, page.view);
  const { collections } = page.catalogue;
  const busy = collections.length === 0 || collections.some(({ state }) => state === 'loading');
  return busy ? pace.loading : pace.settled;
}

/** Shows what has changed. */
function showChanges(page: Page, changes: Change[]): void {
  const { view } = page;
  if (view === null) return;
  const refresh = (): void => changes.forEach((change) => refreshChanged(view, change));
  refresh();
  if (view.map.getZoom() < lowZooms.below) window.setTimeout(refresh, lowZooms.every);
}

async function follow(page: Page): Promise<void> {
  const wait = await look(page);
  window.setTimeout(() => void follow(page), wait);
}

/** Writes what the reader chose into the address. */
function keepChoice(page: Page): void {
  page.hasChosen = true;
  const saysNone = page.catalogue.collections.some(({ visibleAtFirst }) => !visibleAtFirst);
  history.replaceState(history.state, '', `${location.pathname}${location.search}${withHidden(location.hash, page.hidden, saysNone)}`);
}

function show(page: Page, id: string, visible: boolean): void {
  if (visible) page.hidden.delete(id);
  else page.hidden.add(id);
  if (page.view !== null) setVisible(page.view, id, visible);
}

function actions(page: Page): PanelActions {
  return {
    toggle: (id, visible) => {
      show(page, id, visible);
      keepChoice(page);
      showPanel(page);
    },
    toggleAll: (visible) => {
      page.catalogue.collections.filter(({ geometry }) => geometry !== null).forEach(({ id }) => show(page, id, visible));
      keepChoice(page);
      showPanel(page);
    },
    box: () => {
      const bounds = page.view?.map.getBounds();
      return bounds === undefined ? null : [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
    },
    zoomTo: ({ bounds }) => {
      const box = union([bounds]);
      if (page.view === null || box === null) return;
      page.mayFit = false;
      fit(page.view, box, panelWidth(page), true);
    },
  };
}

function listen(page: Page, view: MapView, card: Card): void {
  const { map } = view;
  const inspect = (point: { x: number; y: number }, byKeyboard: boolean) => {
    const hits = featuresAt(view, point);
    if (hits.length > 0 || byKeyboard) card.show(hits, byKeyboard);
    else card.close();
  };
  map.on('click', ({ point }) => inspect(point, false));
  map.on('movestart', ({ originalEvent }) => {
    if (originalEvent) page.mayFit = false;
  });
  map.getCanvas().addEventListener('keydown', (event) => {
    if (event.key === 'Enter') inspect(map.project(map.getCenter()), true);
  });
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') card.close();
  });
  watchPointer(view);
}

/** A hand over features, at most one look a frame. */
function watchPointer(view: MapView): void {
  const { map } = view;
  let waiting = false;
  map.on('mousemove', ({ point }) => {
    if (waiting || map.isMoving()) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      map.getCanvas().style.cursor = featuresAt(view, point).length > 0 ? 'pointer' : '';
    });
  });
}

/** The map, or null with a line on the page where the browser has no WebGL. */
async function startMap(page: Page, container: HTMLElement): Promise<MapView | null> {
  try {
    const view = makeMap(container, page.base, page.speech);
    window.veedelMap = view.map;
    await view.map.once('load');
    addSelection(view);
    return view;
  } catch {
    container.replaceChildren(make('p', { class: 'nomap' }, page.speech.words.noWebgl));
    return null;
  }
}

async function start(): Promise<void> {
  const speech = speechOf(chooseLanguage(location.search, navigator.languages));
  const base = pageBase(document.baseURI);
  document.documentElement.lang = speech.language;
  document.title = speech.words.pageTitle;
  const panel = makePanel(base, speech);
  const container = make('div', { id: 'map' });
  const chosen = hiddenIn(location.hash);
  const page: Page = {
    base, speech, panel, view: null, card: null, catalogue: { collections: [], sources: [] }, looks: new Map(),
    hidden: chosen ?? new Set(), hasChosen: chosen !== null, asOf: new Map(), fitted: null, mayFit: !hasView(location.hash),
  };
  const main = make('main', { 'aria-label': speech.words.map }, container);
  document.body.replaceChildren(panel.element, main);
  page.view = await startMap(page, container);
  if (page.view !== null) {
    const { view } = page;
    page.card = makeCard({
      base, speech,
      collection: (id) => page.catalogue.collections.find((collection) => collection.id === id),
      look: (id) => lookOf(page, id),
      mark: (geometries) => mark(view, geometries),
    }, () => view.map.getCanvas().focus());
    main.append(page.card.element);
    listen(page, view, page.card);
  }
  followChanges(page.base, (changes) => showChanges(page, changes), () => void look(page));
  await follow(page);
}

void start();
