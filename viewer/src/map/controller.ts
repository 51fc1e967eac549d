/** Keeps the map in step with the page's state, and tells the page what people do on the map. */

import { computed, effect } from '@preact/signals';
import { getGlobalDispatcher, Marker } from 'maplibre-gl';
import { nameIn } from '../layers/names';
import { categoriesOff } from '../layers/shown';
import { together } from '../layers/filter';
import { away, collections, drawings, find, hidden, inBase, marks, moved, unstyled } from '../model';
import { featureId, type Collection } from '../server/catalogue';
import type { Change } from '../server/changes';
import { arrivals, base, change, language, spoken, state, theme } from '../state/store';
import type { Drawn } from './drawn';
import { same, union } from './extent';
import { box, byKeyboard, found, hover, lookedBy, noMap, pilot, type Found } from './shared';
import { askAgain } from './busy';
import { baseStyle, legendOf, styled } from './styled';
import {
  addSelection, boxOf, emptyStyle, featuresAt, fit, forgetFailedTiles, goTo, makeMap, mark, refreshAll, refreshChanged, refreshMap, removeCollection, setBase,
  showCollection, speak, viewOf, type Hit, type MapView,
} from './view';

declare global {
  interface Window {
    /** The map, for tests and the curious. */
    veedelMap?: MapView['map'];
  }
}

/** Below this zoom the server shows changes at most every so often, in milliseconds: then they are asked for once more. */
const lowZooms = { below: 10, every: 5500 };

let view: MapView | null = null;

/** The map, once it is there. */
export const mapView = (): MapView | null => view;

/** How a collection is drawn: by the server's style; null where it has none, which the list of layers says. */
async function drawingOf({ id, hasStyle }: Collection): Promise<Drawn | null> {
  const style = hasStyle ? await styled(base, id, theme.value, language.value) : null;
  if (unstyled.peek().has(id) === (style !== null)) {
    const next = new Set(unstyled.peek());
    if (style === null) next.add(id);
    else next.delete(id);
    unstyled.value = next;
  }
  return style;
}

/** Whether the map shows something of this collection now. */
function isShown({ id, geometry, state: is }: Collection): boolean {
  return geometry !== null && is === 'ready' && state.value.door === 'map' && !hidden.value.has(id);
}

/** What each drawing was made from: when that is another, it is made again. */
const madeFrom = new Map<string, string>();
const loadedAt = new Map<string, string>();

/** Draws what should be seen, and hides the rest. */
async function sync(own: MapView): Promise<void> {
  const all = collections.peek();
  for (const id of [...own.drawn.keys()]) if (!all.some((one) => one.id === id)) removeCollection(own, id);
  await Promise.all(all.filter((collection) => isShown(collection) || own.drawn.has(collection.id)).map(async (collection) => {
    const { id } = collection;
    const recipe = JSON.stringify([theme.peek(), language.peek(), collection.hasStyle, collection.bounds]);
    try {
      if (madeFrom.get(id) !== recipe) {
        madeFrom.set(id, recipe);
        const made = await drawingOf(collection);
        const next = new Map(drawings.peek());
        if (made === null) next.delete(id);
        else next.set(id, made);
        drawings.value = next;
      }
    } catch {
      madeFrom.delete(id); // Asked again at the next look at the catalogue.
      return;
    }
    const drawn = drawings.peek().get(id);
    if (drawn === undefined) return;
    const { opacity, filters } = state.peek();
    showCollection(own, id, drawn, together([filters[id] ?? null, categoriesOff(id)]), (opacity[id] ?? 100) / 100, isShown(collection));
    const before = loadedAt.get(id);
    if (before !== undefined && before !== collection.loadedAt) refreshAll(own, id);
    loadedAt.set(id, collection.loadedAt);
  }));
}

/** Asks for the marks of layers that are not shown, so that the list has them all. */
async function readMarks(): Promise<void> {
  const all = collections.peek().filter(({ id, geometry, state: is, hasStyle }) => hasStyle && geometry !== null && is === 'ready' && !drawings.peek().has(id) && !marks.peek().has(id));
  const found = await Promise.all(all.map(async (collection) => {
    return [collection.id, (await legendOf(base, collection.id, theme.peek(), language.peek())).mark] as const;
  }));
  if (found.length > 0) marks.value = new Map([...marks.peek(), ...found]);
}

/** Runs one thing after the other, as a style must be there before layers are added; of what waits only the last counts. */
function inTurn(): (run: () => Promise<void>) => void {
  let running = false;
  let next: (() => Promise<void>) | null = null;
  const go = async (run: () => Promise<void>): Promise<void> => {
    running = true;
    await run().catch((fault) => console.error(fault));
    running = false;
    const waiting = next;
    next = null;
    if (waiting !== null) void go(waiting);
  };
  return (run) => {
    if (running) next = run;
    else void go(run);
  };
}

/** Whether the server draws a base map. */
const hasBase = computed(() => collections.value.some(({ hasStyle }) => hasStyle));

/** The server's base map, or a plain ground. */
async function ground(): Promise<ReturnType<typeof emptyStyle>> {
  const found = hasBase.peek() ? await baseStyle(base, theme.peek(), language.peek()) : null;
  inBase.value = new Set(found?.collections);
  return found?.style ?? emptyStyle(theme.peek() === 'dark');
}

/** Shows all until somebody chose where to look. */
function fitAll(own: MapView): void {
  let fitted: ReturnType<typeof union> = null;
  if (state.peek().view !== null) lookedBy.value = 'reader';
  own.map.on('movestart', ({ originalEvent }) => {
    if (originalEvent) lookedBy.value = 'reader';
  });
  effect(() => {
    const all = union(collections.value.filter(({ geometry, state: is }) => geometry !== null && is !== 'failed').map(({ bounds }) => bounds));
    if (lookedBy.peek() === 'reader' || all === null || same(all, fitted)) return;
    fitted = all;
    fit(own, all, false, 'page');
  });
}

function keepView(own: MapView): void {
  const keep = (): void => {
    box.value = boxOf(own);
    if (lookedBy.peek() !== 'nobody') change({ view: viewOf(own) }, 'replace');
  };
  own.map.on('moveend', keep);
  let seen = arrivals.peek();
  effect(() => {
    const here = state.peek().view;
    if (arrivals.value === seen || here === null) return;
    seen = arrivals.value;
    goTo(own, here, true);
  });
}

const toFound = ({ id, feature }: Hit): Found => {
  const properties = feature.properties as Record<string, unknown>;
  return { collection: id, feature: featureId(feature.id, properties, find(id)?.key ?? []), properties, geometry: feature.geometry };
};

/** A click or Enter opens what is there; elsewhere a click closes. */
function inspect(own: MapView, point: { x: number; y: number }, keyboard: boolean): void {
  if (state.peek().door !== 'map') return;
  const hits = featuresAt(own, point).map(toFound);
  if (hits.length === 0 && !keyboard && state.peek().chosen === null && found.peek().length === 0) return;
  byKeyboard.value = keyboard;
  found.value = hits;
  const [first] = hits;
  change({ chosen: first?.feature ? { collection: first.collection, feature: first.feature } : null });
}

function listen(own: MapView): void {
  const { map } = own;
  const canvas = map.getCanvas();
  map.on('click', ({ point }) => inspect(own, point, false));
  canvas.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') inspect(own, map.project(map.getCenter()), true);
  });
  let waiting = false;
  map.on('mousemove', ({ point }) => {
    if (waiting || map.isMoving() || state.peek().door !== 'map') return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      const [first] = featuresAt(own, point);
      canvas.style.cursor = first === undefined ? '' : 'pointer';
      const name = first === undefined ? '' : nameIn(first.feature.properties as Record<string, unknown>);
      hover.value = first === undefined ? null : { ...point, x: point.x, y: point.y, name, kind: find(first.id)?.title ?? first.id };
    });
  });
  map.on('mouseout', () => (hover.value = null));
  map.on('movestart', () => (hover.value = null));
}

/** What could not be read while the server was away is asked for again. */
function comeBack(own: MapView): void {
  let wasAway = false;
  effect(() => {
    if (!away.value && wasAway) refreshMap(own);
    wasAway = away.value;
  });
}

/** The pin of the place that was looked for. */
function showPin(own: MapView): void {
  let marker: Marker | null = null;
  effect(() => {
    const { pin } = state.value;
    marker?.remove();
    marker = null;
    if (pin === null) return;
    marker = new Marker({ color: '#d6006c' }).setLngLat([pin.lon, pin.lat]).addTo(own.map);
    marker.getElement().setAttribute('aria-label', pin.label);
    marker.getElement().setAttribute('role', 'img');
  });
}

/** Shows what has changed. */
export function showChanges(changes: Change[]): void {
  const own = view;
  if (own === null) return;
  const refresh = (): void => changes.forEach((one) => refreshChanged(own, one));
  refresh();
  if (own.map.getZoom() < lowZooms.below) window.setTimeout(refresh, lowZooms.every);
}

/** Says what goes wrong: that the worker cannot start, or what nobody else says. */
function watchFaults({ map }: MapView, failed: () => void): void {
  const isWorker = ({ message }: { message: string }): boolean => /worker failed/i.test(message);
  getGlobalDispatcher().on('error', ({ error }) => isWorker(error) && failed());
  map.on('error', ({ error }) => {
    if (isWorker(error)) failed();
    // What the server does not answer is said by the page.
    else if (!/fetch|network|AJAXError|abort/i.test(`${String(error)} ${error.message}`)) console.error(error);
  });
}

/** Makes the map in an element of the page. */
export async function startMap(container: HTMLElement): Promise<void> {
  let own: MapView;
  try {
    own = makeMap(container, base, spoken.peek(), emptyStyle(theme.peek() === 'dark'), state.peek().view);
  } catch {
    noMap.value = 'webgl';
    return;
  }
  window.veedelMap = own.map;
  forgetFailedTiles(own);
  askAgain(own.map, 1000);
  watchFaults(own, () => {
    if (noMap.peek() !== null) return;
    noMap.value = 'worker';
    [view, pilot.value, box.value] = [null, null, null];
    own.map.remove();
  });
  await own.map.once('load');
  if (noMap.peek() !== null) return;
  view = own;
  addSelection(own);
  keepView(own);
  fitAll(own);
  listen(own);
  showPin(own);
  comeBack(own);
  effect(() => speak(own, spoken.value));
  const turn = inTurn();
  const groundNow = (): string => `${hasBase.peek()} ${theme.peek()} ${hasBase.peek() ? language.peek() : ''}`;
  let shown = `false ${theme.peek()} `;
  effect(() => {
    // Read here, so that a change of any of these draws anew.
    void [state.value, collections.value, hidden.value, drawings.value, language.value, theme.value, hasBase.value, moved.value];
    turn(async () => {
      if (view === null) return;
      if (shown !== groundNow()) {
        const now = groundNow();
        // A server that is away comes back, and is asked again.
        const style = await ground().catch(() => null);
        if (style !== null) await setBase(own, style);
        if (style !== null) shown = now;
      }
      await sync(own);
      await readMarks();
    });
  });
  box.value = boxOf(own);
  pilot.value = {
    goTo: (to) => goTo(own, { ...viewOf(own), ...to }, true, true),
    fit: (bounds) => fit(own, bounds, true),
    mark: (geometries) => mark(own, geometries),
    focus: () => own.map.getCanvas().focus(),
  };
}
