/** The features in view as a table beside the map: the equal way, with the same filter. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { together } from '../layers/filter';
import { nameIn } from '../layers/names';
import { useColumns } from '../layers/details';
import { categoriesOff } from '../layers/shown';
import { box, byKeyboard, found, pilot } from '../map/shared';
import { find, moved } from '../model';
import { itemsAddress } from '../server/addresses';
import { askJson } from '../server/ask';
import { featureId } from '../server/catalogue';
import type { Column } from '../server/schema';
import { shown } from '../card/values';
import { base, change, language, spoken, state } from '../state/store';
import { fill } from '../words/language';

const pageSize = 50;

interface Row { id: string | null; properties: Record<string, unknown> }
interface Page { rows: Row[]; matched: number | null; fault: string | null }

/** Reads a page of features. */
export function readPage(json: unknown, key: string[]): Page {
  const { features, numberMatched } = (json ?? {}) as { features?: unknown; numberMatched?: unknown };
  const rows = (Array.isArray(features) ? features : []).map((feature): Row => {
    const { id, properties } = (feature ?? {}) as { id?: unknown; properties?: Record<string, unknown> | null };
    return { id: featureId(id, properties ?? {}, key), properties: properties ?? {} };
  });
  return { rows, matched: typeof numberMatched === 'number' ? numberMatched : null, fault: null };
}

/** The parameters of the features in view, for the page and for links to it alike. */
function parametersOf(id: string, onMap: boolean): Record<string, string> {
  const filter = together([state.value.filters[id] ?? null, categoriesOff(id)]);
  const here = box.value;
  return {
    ...(onMap && here !== null ? { bbox: here.map((number) => number.toFixed(6)).join(',') } : {}),
    ...(filter === null ? {} : { filter }),
  };
}

function cell(value: unknown, column: Column): string {
  const speech = spoken.value;
  const meant = column.codes.get(String(value));
  if (meant !== undefined) return meant;
  if (value === null || value === undefined) return '';
  if (typeof value === 'string' && column.kind === 'date') return speech.date(value);
  if (typeof value === 'string' && column.kind === 'instant') return speech.time(value);
  if (typeof value === 'number' && column.unit !== '') return speech.rounded(value);
  const { text } = shown(value, speech);
  return text.length > 200 ? `${text.slice(0, 200)} …` : text;
}

export function TablePane({ id }: { id: string }) {
  const { words, number } = spoken.value;
  const collection = find(id);
  const columns = useColumns(id);
  const [page, setPage] = useState<Page | null>(null);
  const [offset, setOffset] = useState(0);
  const heading = useRef<HTMLHeadingElement>(null);
  const onMap = collection !== undefined && collection.geometry !== null;
  const parameters = parametersOf(id, onMap);
  const asked = JSON.stringify([id, parameters]);
  const version = moved.value;
  useEffect(() => setOffset(0), [asked]);
  useEffect(() => heading.current?.focus(), [id]);
  useEffect(() => {
    const pending = new AbortController();
    const address = itemsAddress(base, id, { ...parameters, f: 'json', limit: String(pageSize), offset: String(offset), 'skip-geometry': 'true' });
    askJson(address, language.value, pending.signal).then(
      (json) => setPage(readPage(json, collection?.key ?? [])),
      (fault: unknown) => !pending.signal.aborted && setPage({ rows: [], matched: null, fault: fault instanceof TypeError ? words.serverAway : String((fault as Error).message) }),
    );
    return () => pending.abort();
  }, [asked, offset, version]);
  const matched = page?.matched ?? null;
  const first = page === null || page.rows.length === 0 ? 0 : offset + 1;
  const range = fill(words.tableRange, { from: number(first), to: number(offset + (page?.rows.length ?? 0)), count: matched === null ? '?' : number(matched) });
  const open = (feature: string, keyboard: boolean) => {
    found.value = [];
    byKeyboard.value = keyboard;
    change({ chosen: { collection: id, feature } });
  };
  const hasMore = page !== null && (matched === null ? page.rows.length === pageSize : offset + pageSize < matched);
  return (
    <section class="table-pane" aria-labelledby="table-title" onKeyDown={(event) => event.key === 'Escape' && change({ table: null })}>
      <header>
        <h2 id="table-title" ref={heading} tabIndex={-1} dir="auto">{collection?.title ?? id}</h2>
        <p class="quiet" role="status">{page === null ? words.loading : `${range}${onMap && parameters['bbox'] ? ` ${words.inView}` : ''}${parameters['filter'] ? `, ${words.narrowed}` : ''}`}</p>
        <span class="pages">
          <button type="button" class="btn small" disabled={offset === 0} onClick={() => setOffset(Math.max(0, offset - pageSize))}>{words.back}</button>
          <button type="button" class="btn small" disabled={!hasMore} onClick={() => setOffset(offset + pageSize)}>{words.on}</button>
        </span>
        <a href={itemsAddress(base, id, { ...parameters, f: 'html' })}>{words.wholePage}</a>
        <a href={itemsAddress(base, id, { ...parameters, f: 'csv' })} download>{'CSV'}</a>
        <button type="button" class="icon-btn" aria-label={words.closeTable} title={words.closeTable} onClick={() => { change({ table: null }); pilot.value?.focus(); }}>
          <span class="kern-icon kern-icon--close" aria-hidden="true" /></button>
      </header>
      {page?.fault && <p class="notice" role="alert">{page.fault}</p>}
      {columns !== null && page !== null && page.fault === null && (
        <div class="scroll" role="group" tabIndex={0} aria-label={words.tableScroll}>
          <table>
            <thead><tr><th scope="col"><span class="sr-only">{words.show}</span></th>{columns.map(({ name, title, unit }) => <th key={name} scope="col">{unit === '' ? title : `${title} [${unit}]`}</th>)}</tr></thead>
            <tbody>{page.rows.map(({ id: feature, properties }, at) => {
              const isChosen = feature !== null && state.value.chosen?.collection === id && state.value.chosen.feature === feature;
              return (
                <tr key={feature ?? at} class={isChosen ? 'chosen' : ''} aria-current={isChosen ? 'true' : undefined}>
                  <td>{feature !== null && <button type="button" class="icon-btn" aria-label={`${words.show}: ${nameIn(properties) || feature}`} onClick={(event) => open(feature, event.detail === 0)}>
                    <span class="kern-icon kern-icon--visibility" aria-hidden="true" /></button>}</td>
                  {columns.map((column) => <td key={column.name} dir="auto" class={column.kind}>{cell(properties[column.name], column)}</td>)}
                </tr>);
            })}</tbody>
          </table>
          {page.rows.length === 0 && <p class="quiet">{parameters['filter'] || parameters['bbox'] ? words.nothingInView : words.nothingHere}</p>}
        </div>)}
    </section>
  );
}
