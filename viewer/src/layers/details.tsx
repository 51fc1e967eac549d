/** What one layer holds, how much of it is shown, and where else it can be had. */

import { useEffect, useState } from 'preact/hooks';
import { box, pilot } from '../map/shared';
import { union } from '../map/extent';
import { columnsOf } from '../model';
import { collectionAddress, tableAddress, tileJsonAddress, tileTemplate } from '../server/addresses';
import type { Collection } from '../server/catalogue';
import { timeColumn, type Column } from '../server/schema';
import { base, change, language, spoken, state } from '../state/store';
import { fill, type Speech } from '../words/language';
import { AddressField } from './copy';
import { FilterBuilder } from './builder';
import { setOpacity } from './shown';
import { TimeSlider } from './time';

function freshness({ freshness: kind, lag }: Collection, { words, number }: Speech): string {
  const known: Record<string, string> = {
    feed: fill(words.freshnessFeed, { seconds: number(lag ?? 1) }),
    watched: words.freshnessWatched, timed: words.freshnessTimed, file: words.freshnessFile, embedded: words.freshnessEmbedded, direct: words.freshnessDirect,
  };
  return known[kind] ?? '';
}

/** The columns of a collection once they are there; null until then. */
export function useColumns(id: string): Column[] | null {
  const [columns, set] = useState<Column[] | null>(null);
  const spokenIn = language.value;
  useEffect(() => {
    if (id === '') return undefined;
    let isCurrent = true;
    void columnsOf(id).then((found) => isCurrent && set(found), () => isCurrent && set([]));
    return () => { isCurrent = false; };
  }, [id, spokenIn]);
  return columns;
}

function Opacity({ id }: { id: string }) {
  const { words } = spoken.value;
  const value = state.value.opacity[id] ?? 100;
  const [isDragging, drag] = useState(false);
  const set = (percent: number) => {
    setOpacity(id, percent, isDragging ? 'replace' : 'push');
    drag(true);
  };
  return (
    <label class="slider"><span>{words.opacity}</span>
      <input type="range" min={10} max={100} step={5} value={value} onInput={(event) => set(event.currentTarget.valueAsNumber)} onChange={() => drag(false)} />
      <output>{`${value} %`}</output></label>
  );
}

/** What is on the map as a table, which needs no eyes and no mouse. The link also works in a tab of its own. */
function TableLink({ collection }: { collection: Collection }) {
  const { words } = spoken.value;
  const onMap = collection.geometry !== null;
  return <a href={tableAddress(base, collection.id, onMap ? box.value : null)} data-focus="table" onClick={(event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    change({ table: collection.id });
  }}>{onMap ? words.tableOfView : words.asTable}</a>;
}

export function Details({ collection }: { collection: Collection }) {
  const speech = spoken.value;
  const { words } = speech;
  const { id, description, loadedAt, reloading, geometry, minzoom, bounds } = collection;
  const onMap = geometry !== null;
  const columns = useColumns(id);
  const time = columns === null ? null : timeColumn(columns);
  const age = [loadedAt && fill(words.loadedAt, { time: speech.time(loadedAt) }), freshness(collection, speech), reloading && words.reloading].filter(Boolean).join(', ');
  const all = union([bounds]);
  return <>
    {description !== '' && <p dir="auto">{description}</p>}
    {onMap && <Opacity id={id} />}
    {columns !== null && onMap && <FilterBuilder id={id} columns={columns} />}
    {time !== null && onMap && <TimeSlider id={id} column={time} />}
    <p class="links">
      <TableLink collection={collection} />
      {onMap && all !== null && <button type="button" class="plain" onClick={() => pilot.value?.fit(all)}>{words.zoomTo}</button>}
      <a href={collectionAddress(base, id)}>{words.apiPage}</a>
    </p>
    {age !== '' && <p class="quiet">{age}</p>}
    {onMap && minzoom > 0 && <p class="quiet">{fill(words.fromZoom, { zoom: String(minzoom) })}</p>}
    <details class="fold addresses"><summary>{words.addresses}</summary>
      {onMap && <AddressField label={words.tilesAddress} address={tileTemplate(base, id)} kind="xyz" />}
      {onMap && <AddressField label={words.tileJsonAddress} address={tileJsonAddress(base, id)} kind="tilejson" />}
      <AddressField label={words.apiAddress} address={base} kind="api" />
    </details>
  </>;
}
