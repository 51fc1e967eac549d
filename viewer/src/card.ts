/** The card with the attributes of the features under the pointer. */

import { itemAddress } from './address';
import { featureId, type Collection } from './catalogue';
import type { Look } from './colour';
import { labelField } from './drawing';
import { fill, type Speech } from './language';
import type { Hit } from './map';
import { make } from './page';
import { swatch } from './swatch';
import { shown } from './values';

/** So many features are shown; more lie under the pointer only where it cannot tell them apart. */
export const mostShown = 20;

export interface CardContext {
  base: string;
  speech: Speech;
  collection: (id: string) => Collection | undefined;
  look: (id: string) => Look;
  mark: (geometries: GeoJSON.Geometry[]) => void;
}

export interface Card {
  element: HTMLElement;
  close: () => void;
  isOpen: () => boolean;
  show: (hits: Hit[], takeFocus: boolean) => void;
}

type Properties = Record<string, unknown>;

function attributeList(properties: Properties, speech: Speech): HTMLElement {
  const entries = Object.entries(properties);
  if (entries.length === 0) return make('p', { class: 'quiet' }, speech.words.noAttributes);
  return make('dl', {}, ...entries.flatMap(([name, value]) => {
    const { kind, text, ...rest } = shown(value, speech);
    const inside = 'href' in rest
      ? make('a', { href: rest.href, rel: 'noopener noreferrer', target: '_blank' }, text) : text;
    return [make('dt', {}, name), make('dd', { class: kind }, inside)];
  }));
}

function headline(properties: Properties, feature: string | null): string {
  const field = labelField(Object.fromEntries(Object.keys(properties).map((name) => [name, ''])));
  const name = field === null ? '' : String(properties[field] ?? '');
  return name || feature || '–';
}

interface Item {
  properties: Properties;
  geometry: GeoJSON.Geometry | null;
}

async function fetchItem(address: string, signal: AbortSignal): Promise<Item> {
  const answer = await fetch(address, { signal, headers: { accept: 'application/geo+json' } });
  if (!answer.ok) throw new Error(String(answer.status));
  const json = (await answer.json()) as Partial<Item>;
  return { properties: json.properties ?? {}, geometry: json.geometry ?? null };
}

/** One feature: at once what the tile holds, then all that the item holds. */
function entry(hit: Hit, collection: Collection, context: CardContext, signal: AbortSignal) {
  const { speech, base } = context;
  const tile = hit.feature.properties as Properties;
  const feature = featureId(hit.feature.id, tile, collection.key);
  let geometry: GeoJSON.Geometry = hit.feature.geometry;
  let list = attributeList(tile, speech);
  const heading = make('h3', {}, headline(tile, feature));
  const note = make('p', { class: 'quiet', role: 'status' });
  const element = make('article', { 'data-feature-of': collection.id },
    make('p', { class: 'kind' }, swatch(collection, context.look(collection.id)), collection.title),
    heading, list, note,
    feature !== null && make('p', { class: 'links' }, make('a', { href: itemAddress(base, collection.id, feature, false) }, speech.words.openItem)));
  const marker = () => context.mark([geometry]);
  element.addEventListener('pointerenter', marker);
  element.addEventListener('focusin', marker);
  const complete = async () => {
    if (feature === null) return;
    try {
      note.textContent = speech.words.loadingMore;
      const item = await fetchItem(itemAddress(base, collection.id, feature, true), signal);
      const whole = attributeList({ ...tile, ...item.properties }, speech);
      list.replaceWith(whole);
      list = whole;
      heading.textContent = headline(item.properties, feature);
      geometry = item.geometry ?? geometry;
      note.textContent = '';
      element.dataset['complete'] = 'true';
    } catch {
      if (!signal.aborted) note.textContent = speech.words.moreFailed;
    }
  };
  return { element, marker, complete };
}

function countLine(count: number, { words, number }: Speech): string {
  if (count === 0) return words.foundNone;
  if (count === 1) return words.foundOne;
  if (count <= mostShown) return fill(words.found, { count: number(count) });
  return fill(words.foundMore, { count: number(count), shown: number(mostShown) });
}

/** Makes the card, closed. `onClose` gets the focus back to the map. */
export function makeCard(context: CardContext, onClose: () => void): Card {
  const { words } = context.speech;
  let pending = new AbortController();
  const title = make('h2', { tabindex: -1 });
  const list = make('div', { class: 'entries' });
  const closeButton = make('button', { type: 'button', class: 'close', 'aria-label': words.close, title: words.close });
  const element = make('section', { class: 'card', 'aria-label': words.attributes, hidden: true },
    make('header', {}, title, closeButton), list);

  const close = () => {
    if (element.hidden) return;
    pending.abort();
    const hadFocus = element.contains(document.activeElement);
    element.hidden = true;
    context.mark([]);
    if (hadFocus) onClose();
  };
  closeButton.addEventListener('click', close);

  const show = (hits: Hit[], takeFocus: boolean) => {
    pending.abort();
    pending = new AbortController();
    const entries = hits.slice(0, mostShown).flatMap((hit) => {
      const collection = context.collection(hit.id);
      return collection === undefined ? [] : [entry(hit, collection, context, pending.signal)];
    });
    title.textContent = countLine(hits.length, context.speech);
    list.replaceChildren(...entries.map(({ element: article }) => article));
    list.scrollTop = 0;
    element.hidden = false;
    if (takeFocus) title.focus();
    const [first] = entries;
    first?.marker();
    void Promise.all(entries.map(({ complete }) => complete())).then(() => {
      // The whole geometry instead of the tile's piece, if the reader has not gone elsewhere.
      if (!pending.signal.aborted && list.contains(first?.element ?? null) && !list.matches(':hover')) first?.marker();
    });
  };
  return { element, close, isOpen: () => !element.hidden, show };
}
