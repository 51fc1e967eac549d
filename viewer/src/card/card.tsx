/** The card of a feature: its values with titles, units and meanings, and what can be done with it. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { useColumns } from '../layers/details';
import { nameIn } from '../layers/names';
import { Swatch } from '../layers/mark';
import { choicesOf } from '../questions/choices';
import { boxAround } from '../map/extent';
import { byKeyboard, found, pilot, type Found } from '../map/shared';
import { drawings, find, moved } from '../model';
import { itemAddress } from '../server/addresses';
import { askJson, Refusal } from '../server/ask';
import type { Column } from '../server/schema';
import { base, change, language, spoken, state } from '../state/store';
import type { Chosen } from '../state/state';
import { fill, type Speech } from '../words/language';
import { shown } from './values';

/** So many other features of a place are listed. */
const mostOthers = 20;

interface Item { properties: Record<string, unknown>; geometry: GeoJSON.Geometry | null }
type Asked = { item: Item | null; fault: string | null };

/** The whole feature, asked for again when data have changed. */
function useItem(chosen: Chosen | null): Asked {
  const [asked, set] = useState<Asked>({ item: null, fault: null });
  const version = moved.value;
  useEffect(() => {
    if (chosen === null) return undefined;
    const pending = new AbortController();
    set((before) => ({ item: before.item, fault: null }));
    askJson(itemAddress(base, chosen.collection, chosen.feature, true), language.value, pending.signal).then((json) => {
      const { properties, geometry } = (json ?? {}) as Partial<Item>;
      set({ item: { properties: properties ?? {}, geometry: geometry ?? null }, fault: null });
    }, (fault: unknown) => {
      if (pending.signal.aborted) return;
      const { words } = spoken.value;
      set({ item: null, fault: fault instanceof Refusal && fault.status === 404 ? words.featureGone : words.moreFailed });
    });
    return () => pending.abort();
  }, [chosen?.collection, chosen?.feature, version]);
  useEffect(() => set({ item: null, fault: null }), [chosen?.collection, chosen?.feature]);
  return asked;
}

function ValueOf({ value, column, speech }: { value: unknown; column: Column | undefined; speech: Speech }) {
  const meant = column?.codes.get(String(value));
  if (meant !== undefined) return <>{meant}</>;
  if (typeof value === 'number' && column?.unit) return <>{`${speech.rounded(value)} ${column.unit}`}</>;
  if (typeof value === 'string' && column?.kind === 'date') return <>{speech.date(value)}</>;
  if (typeof value === 'string' && column?.kind === 'instant') return <>{speech.time(value)}</>;
  // A whole number may be a year or a key; any other is a quantity.
  if (typeof value === 'number' && !Number.isInteger(value)) return <>{speech.rounded(value)}</>;
  const { text, ...rest } = shown(value, speech);
  return 'href' in rest ? <a href={rest.href} rel="noopener noreferrer" target="_blank">{text}</a> : <>{text}</>;
}

/** Values in the order of the schema; the tile's, until all are there. */
function Values({ properties, columns }: { properties: Record<string, unknown>; columns: Column[] }) {
  const speech = spoken.value;
  const known = columns.filter(({ name }) => Object.hasOwn(properties, name));
  const others = Object.keys(properties).filter((name) => !columns.some((column) => column.name === name));
  const rows = [...known.map((column) => ({ name: column.name, column })), ...others.map((name) => ({ name, column: undefined }))];
  if (rows.length === 0) return <p class="quiet">{speech.words.noAttributes}</p>;
  return (
    <dl>{rows.map(({ name, column }) => {
      const value = properties[name];
      return (
        <div key={name} data-column={name} class={value === null || value === undefined ? 'none' : typeof value}>
          <dt title={column?.description || undefined}>{column?.title ?? name}</dt>
          <dd dir="auto"><ValueOf value={value} column={column} speech={speech} /></dd>
        </div>);
    })}</dl>
  );
}

/** Areas that the questions know have a profile. */
function ProfileLink({ chosen, title, properties }: { chosen: Chosen; title: string; properties: Record<string, unknown> }) {
  const [question, set] = useState<[string, string][] | null>(null);
  const name = nameIn(properties);
  useEffect(() => {
    let isCurrent = true;
    set(null);
    const ask = async (): Promise<void> => {
      const { levels } = await choicesOf();
      const level = levels.find(([known, called]) => known === chosen.collection || called === title)?.[0];
      if (level === undefined) return;
      const { areasOf } = await import('../questions/asked');
      const area = (await areasOf(level)).find(({ id, name: called }) => id === chosen.feature || called === name);
      if (isCurrent && area !== undefined) set([['area', area.id], ['level', level]]);
    };
    ask().catch(() => undefined);
    return () => { isCurrent = false; };
  }, [chosen.collection, chosen.feature, title, name]);
  if (question === null) return null;
  return <button type="button" class="btn small" onClick={() => change({ door: 'questions', asked: 'profile', question, area: null })}>{fill(spoken.value.words.profileOf, { name: name || chosen.feature })}</button>;
}

function Others({ all, current }: { all: Found[]; current: number }) {
  const { words } = spoken.value;
  if (all.length < 2) return null;
  return (
    <section class="others-here">
      <h3>{words.alsoHere}</h3>
      <ul>{all.slice(0, mostOthers).map((one, at) => at !== current && (
        <li key={at}><button type="button" class="plain" onClick={() => {
          found.value = [one, ...all.filter((_, other) => other !== at)];
          change({ chosen: one.feature === null ? null : { collection: one.collection, feature: one.feature } });
        }}><span dir="auto">{nameIn(one.properties) || one.feature || '–'}</span> <span class="quiet">{find(one.collection)?.title ?? one.collection}</span></button></li>))}</ul>
    </section>
  );
}

export function close(): void {
  found.value = [];
  change({ chosen: null });
  pilot.value?.mark([]);
  pilot.value?.focus();
}

export function Card() {
  const speech = spoken.value;
  const { words } = speech;
  const { chosen } = state.value;
  const all = found.value;
  const current = chosen === null ? 0 : all.findIndex((one) => one.collection === chosen.collection && one.feature === chosen.feature);
  const here = all[current];
  const { item, fault } = useItem(chosen);
  const id = chosen?.collection ?? here?.collection ?? '';
  const columns = useColumns(id);
  const heading = useRef<HTMLHeadingElement>(null);
  const geometry = item?.geometry ?? here?.geometry ?? null;
  const steer = pilot.value;
  useEffect(() => {
    steer?.mark(geometry === null ? [] : [geometry]);
  }, [geometry, steer]);
  useEffect(() => {
    if (byKeyboard.value && (chosen !== null || all.length > 0)) heading.current?.focus();
  }, [chosen?.collection, chosen?.feature, all]);
  const isEmpty = chosen === null && here === undefined;
  if (isEmpty && !byKeyboard.value) return null;
  const collection = find(id);
  const drawn = drawings.value.get(id);
  const properties = { ...here?.properties, ...item?.properties };
  const around = boxAround(geometry);
  if (isEmpty) return null;
  return (
    <section class="card" aria-label={words.attributes} data-feature-of={id} data-complete={item !== null}
      onKeyDown={(event) => { if (event.key === 'Escape') { event.stopPropagation(); close(); } }}>
      <header>
        <p class="kind">{drawn && <Swatch mark={drawn.mark} />}<span dir="auto">{collection?.title ?? id}</span></p>
        <button type="button" class="icon-btn close" aria-label={words.close} title={words.close} onClick={close}><span class="kern-icon kern-icon--close" aria-hidden="true" /></button>
      </header>
      <div class="entries">
        <h2 tabIndex={-1} ref={heading} dir="auto">{nameIn(properties) || (chosen !== null && item === null && fault === null ? '…' : chosen?.feature ?? '–')}</h2>
        {fault !== null && <p class="notice" role="alert">{fault}</p>}
        {columns === null || (chosen !== null && item === null && fault === null) ? <p class="quiet" role="status">{words.loadingMore}</p> : null}
        {columns !== null && <Values properties={properties} columns={columns} />}
        <p class="links">
          {around !== null && <button type="button" class="plain" onClick={() => steer?.fit(around)}>{words.zoomToFeature}</button>}
          {collection !== undefined && <button type="button" class="plain" onClick={() => change({ table: id })}>{words.inTable}</button>}
          {chosen !== null && <a href={itemAddress(base, id, chosen.feature, false)}>{words.openItem}</a>}
        </p>
        {chosen !== null && <ProfileLink chosen={chosen} title={collection?.title ?? ''} properties={properties} />}
        <Others all={all} current={current} />
      </div>
    </section>
  );
}
