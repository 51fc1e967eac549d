/** The panel beside the map: layers by theme, with what they mean and what is shown of them. */

import { signal } from '@preact/signals';
import { catalogue, collections, drawings, hidden, marks, seenAs, unstyled } from '../model';
import { pilot } from '../map/shared';
import { tableAddress } from '../server/addresses';
import type { Collection, Refusal } from '../server/catalogue';
import { base, change, spoken, state } from '../state/store';
import { fill } from '../words/language';
import { AddressField } from './copy';
import { Details } from './details';
import { Legend } from './legend';
import { Swatch, Swatches, TableSwatch } from './mark';
import { setShown } from './shown';
import { groupFor, groups, type Group } from './themes';

/** Layers whose details are open; not in the address, as they change nothing that is shown. */
export const opened = signal<ReadonlySet<string>>(new Set());

function toggle(id: string): void {
  const next = new Set(opened.value);
  if (!next.delete(id)) next.add(id);
  opened.value = next;
}

function StateLine({ collection }: { collection: Collection }) {
  const { words } = spoken.value;
  if (collection.state === 'loading') return <p class="state loading">{words.loading}</p>;
  const { id, state: is, geometry, hasStyle } = collection;
  if (is === 'ready' && geometry !== null && (!hasStyle || unstyled.value.has(id))) return <p class="state">{words.noStyle}</p>;
  if (collection.state !== 'failed') return null;
  return <p class="state failed">{collection.why ? fill(words.failedWhy, { why: collection.why }) : words.failed}</p>;
}

function countTitle({ count, geometry }: Collection): string {
  const { words, number } = spoken.value;
  if (geometry === null) return fill(words.rows, { count: number(count ?? 0) });
  return count === 1 ? words.oneFeature : fill(words.features, { count: number(count ?? 0) });
}

function Row({ collection }: { collection: Collection }) {
  const { words, number } = spoken.value;
  const { id, title, geometry, count, state: is } = collection;
  const isTable = geometry === null;
  const isShown = !isTable && !hidden.value.has(id) && is !== 'failed';
  const drawn = drawings.value.get(id);
  const isOpen = opened.value.has(id);
  const isNarrowed = state.value.filters[id] !== undefined || state.value.off[id] !== undefined;
  const mark = drawn?.mark ?? marks.value.get(id);
  const swatch = isTable ? <TableSwatch /> : drawn && drawn.entries.length > 1 ? <Swatches entries={drawn.entries} /> : mark ? <Swatch mark={mark} /> : <span class="swatch" />;
  return (
    <li data-collection={id} class={`layer ${is} ${isShown ? 'shown' : ''}`}>
      <div class="row">
        {isTable
          ? <a class="name" href={tableAddress(base, id, null)} onClick={(event) => { event.preventDefault(); change({ table: id }); }}>{swatch}<span class="title" dir="auto">{title}</span></a>
          : <label class="name">
            <input type="checkbox" checked={isShown} disabled={is === 'failed'} onChange={(event) => setShown([id], event.currentTarget.checked)} />
            {swatch}<span class="title" dir="auto">{title}</span>
          </label>}
        {isNarrowed && <span class="badge" title={words.narrowedHelp}>{words.narrowed}</span>}
        {count !== null && is !== 'failed' && <span class="count" title={countTitle(collection)}>{number(count)}</span>}
        <button type="button" class="more" aria-expanded={isOpen} aria-controls={`details-${id}`} aria-label={fill(words.details, { title })} onClick={() => toggle(id)} />
      </div>
      <StateLine collection={collection} />
      {isShown && drawn && <Legend id={id} entries={drawn.entries} />}
      <div id={`details-${id}`} class="details" hidden={!isOpen}>{isOpen && <Details collection={collection} />}</div>
    </li>
  );
}

function Groups({ list }: { list: Collection[] }) {
  const { words } = spoken.value;
  const titles: Record<Group, string> = {
    education: words.groupEducation, health: words.groupHealth, traffic: words.groupTraffic, green: words.groupGreen, built: words.groupBuilt,
    areas: words.groupAreas, others: words.groupOthers, tables: words.tables,
  };
  const byTitle = [...list].sort((left, right) => left.title.localeCompare(right.title) || (left.id < right.id ? -1 : 1));
  const of = (group: Group) => byTitle.filter(({ id, title, geometry }) => groupFor([id, title], geometry === null) === group);
  return <>{groups.map((group) => of(group).length > 0 && (
    <section class="group" key={group} aria-labelledby={`group-${group}`}>
      <h3 id={`group-${group}`}>{titles[group]}</h3>
      <ul class="layers">{of(group).map((collection) => <Row key={collection.id} collection={collection} />)}</ul>
    </section>))}</>;
}

function Refusals({ all }: { all: Refusal[] }) {
  if (all.length === 0) return null;
  return (
    <details class="fold refused">
      <summary>{`${spoken.value.words.notServed} (${all.length})`}</summary>
      <ul>{all.map(({ name, why, hint }) => <li key={name}><strong>{name}</strong><p>{why}</p>{hint !== '' && <p class="quiet">{hint}</p>}</li>)}</ul>
    </details>
  );
}

function Empty() {
  const { words } = spoken.value;
  return (
    <section class="empty">
      <h3>{words.emptyTitle}</h3><p>{words.emptyText}</p>
      <pre><code>{words.emptyFolder}</code></pre><pre><code>{words.emptyPostgis}</code></pre>
      <p class="quiet">{words.emptyAgain}</p>
    </section>
  );
}

export function LayersPanel() {
  const { words, number } = spoken.value;
  const all = collections.value;
  const layers = all.filter(({ geometry }) => geometry !== null);
  const loading = all.filter(({ state: is }) => is === 'loading').length;
  const sources = catalogue.value?.sources ?? [];
  return (
    <div class="layers-panel">
      <div class="head">
        <h2>{words.layers}</h2>
        {layers.length > 1 && <>
          <button type="button" class="plain" data-all="show" onClick={() => setShown(layers.map(({ id }) => id), true)}>{words.showAll}</button>
          <button type="button" class="plain" data-all="hide" onClick={() => setShown(layers.map(({ id }) => id), false)}>{words.hideAll}</button>
        </>}
      </div>
      <p class="status" role="status">{catalogue.value === null ? words.loading : loading > 0 ? fill(words.loadingSome, { count: number(loading), total: number(all.length) }) : ''}</p>
      {seenAs.value !== '' && <p class="notice" data-seen-as>{seenAs.value}</p>}
      {sources.filter(({ away }) => away !== '').map(({ name, away }) => <p class="notice" key={name}>{fill(words.sourceAway, { name, why: away })}</p>)}
      {catalogue.value !== null && all.length === 0 ? <Empty /> : <Groups list={all} />}
      <Refusals all={sources.flatMap(({ notServed }) => notServed)} />
      <details class="fold elsewhere">
        <summary>{words.useElsewhere}</summary>
        <AddressField label={words.apiAddress} address={base} kind="landing" />
        <p class="quiet">{words.useElsewhereHelp}</p>
        <p class="links"><a href={`${base}collections?f=html`}>{words.allData}</a><a href={`${base}catalog?f=html`}>{words.catalog}</a><a href={`${base}api?f=html`}>{words.apiPage}</a></p>
      </details>
      <p class="foot"><a href={`${base}assets/licences.txt`}>{words.licences}</a></p>
      {pilot.value === null && <span class="sr-only" data-waiting="map" />}
    </div>
  );
}
