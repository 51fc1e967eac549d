/** The answer in words and numbers: one number, one sentence, the ranking, what to take away, the evidence. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { change, language, state } from '../state/store';
import { fill } from '../words/language';
import { ask, choices, question as current, offered, words as wordsOf, type Answer } from './asked';
import { Evidence } from './evidence';
import { toParameters } from './question';
import { hasAdded, scenarioOf, withAdded, type Place } from './scenario';
import { facilitiesOf, numeric, type Figures, type RowOf, type Unit } from './figures';
import { behindOf } from './head';
import { TakeAway } from './take';
import { offBy, written } from './written';

/** So many rows stand there at first. */
const few = 10;

function Off({ margin, unit }: { margin: number | null; unit: Unit }) {
  return margin === null ? null : <span class="off">{offBy(margin, unit === 'change' ? 'persons' : unit)}</span>;
}

/** The share of a bar; drawn by an SVG, as the page's policy has no styles in attributes. */
function Bar({ share }: { share: number }) {
  return <svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"><rect width={Math.max(0, Math.min(100, share * 100))} height="6" rx="1" /></svg>;
}

function Cells({ row, figures, most }: { row: RowOf; figures: Figures; most: number }) {
  return <>{row.cells.map((value, at) => (
    <td key={at} class={figures.columns[at]?.unit}>
      {written(value, figures.columns[at]?.unit ?? 'plain')}<Off margin={row.margins ? row.margins[at] ?? null : at === 0 ? row.margin : null} unit={figures.columns[at]?.unit ?? 'plain'} />
      {at === 0 && most > 0 && numeric(value) !== null && <Bar share={(numeric(value) ?? 0) / most} />}
    </td>))}</>;
}

/** The areas, where it matters most first. One stop of the Tab key; the arrow keys go on. */
function Ranking({ answer }: { answer: Answer }) {
  const words = wordsOf.value;
  const { figures, kind } = answer;
  const { rows, columns, feet } = figures;
  const chosen = state.value.area;
  const [isWhole, showWhole] = useState(false);
  const [stop, setStop] = useState(0);
  const body = useRef<HTMLTableSectionElement>(null);
  const isLong = rows.length > few + 2;
  const at = chosen === null ? -1 : rows.findIndex(({ id }) => id === chosen);
  const shown = isLong && !isWhole && at < few ? rows.slice(0, few) : rows;
  useEffect(() => {
    if (at < 0) return;
    setStop(at);
    body.current?.querySelector(`tr[aria-selected="true"], tr.chosen`)?.scrollIntoView({ block: 'nearest' });
  }, [at]);
  if (rows.length === 0) return null;
  const most = rows.reduce((so, row) => Math.max(so, numeric(row.cells[0]) ?? 0), 0);
  const hasPlaces = rows.some(({ place }) => place !== undefined);
  const canChoose = rows.some(({ id }) => id !== '');
  const move = (to: number) => {
    const next = Math.max(0, Math.min(shown.length - 1, to));
    setStop(next);
    body.current?.querySelectorAll<HTMLButtonElement>('button.name')[next]?.focus();
  };
  const keys: Record<string, (from: number) => number> = { ArrowDown: (from) => from + 1, ArrowUp: (from) => from - 1, Home: () => 0, End: () => rows.length };
  return (
    <section class="ranking">
      <h3 id="ranking-title">{figures.change !== null ? words.rankingChange : words.ranking[kind]}</h3>
      {canChoose && <p class="sr-only" id="ranking-help">{words.arrows}</p>}
      <table aria-labelledby="ranking-title" aria-describedby={canChoose ? 'ranking-help' : undefined}>
        <thead><tr><th scope="col">{kind === 'profile' ? words.labels.ages : words.area}</th>{columns.map(({ title }) => <th key={title} scope="col">{title}</th>)}{hasPlaces && <th scope="col">{words.whatIfShort}</th>}</tr></thead>
        <tbody ref={body}>{shown.map((row, index) => (
          <tr key={row.id || row.name} data-id={row.id} class={row.id !== '' && row.id === chosen ? 'chosen' : ''}>
            <th scope="row">{row.id === '' ? <span dir="auto">{row.name}</span>
              : <button type="button" class="name" tabIndex={index === stop ? 0 : -1} aria-pressed={row.id === chosen} dir="auto"
                onClick={() => change({ area: row.id === chosen ? null : row.id })} onFocus={() => setStop(index)}
                onKeyDown={(event) => {
                  const to = Object.hasOwn(keys, event.key) ? keys[event.key]?.(index) : undefined;
                  if (to === undefined) return;
                  event.preventDefault();
                  move(to);
                }}>{row.name}</button>}</th>
            <Cells row={row} figures={figures} most={most} />
            {hasPlaces && <td class="take">{row.place && <Take place={row.place} name={row.name} />}</td>}
          </tr>))}</tbody>
        {feet.length > 0 && <tfoot>{feet.map((row) => <tr key={row.name}><th scope="row">{row.name}</th><Cells row={row} figures={figures} most={0} /></tr>)}</tfoot>}
      </table>
      {isLong && at < few && <button type="button" class="plain" data-focus="all" onClick={() => showWhole(!isWhole)}>{isWhole ? words.showFewer : fill(words.showAll, { count: String(rows.length) })}</button>}
    </section>
  );
}

/** Takes new sites into the scenario of the first question, which is seen when the reader goes there. */
function take(places: Place[]): void {
  const own = current.peek();
  if (own !== null) change({ question: toParameters(withAdded(own.question, places)) });
}

function Take({ place, name }: { place: Place; name: string }) {
  const words = wordsOf.value;
  const own = current.value;
  if (own !== null && hasAdded(own.question, place)) return <span class="taken">{words.taken}</span>;
  return <button type="button" class="plain" data-take aria-label={`${words.take}: ${name}`} onClick={() => take([place])}>{words.take}</button>;
}

function TakeAll({ answer }: { answer: Answer }) {
  const words = wordsOf.value;
  const own = current.value?.question;
  const places = answer.figures.rows.flatMap(({ place }) => (place ? [place] : []));
  if (own === undefined || places.length === 0) return null;
  const left = places.filter((place) => !hasAdded(own, place));
  const { added, closed } = scenarioOf(own);
  return (
    <p class="actions">
      {left.length > 0 && <button type="button" class="btn small" data-take-all onClick={() => take(left)}>{fill(words.takeAll, { count: String(left.length) })}</button>}
      {added.length + closed.length > 0 && <button type="button" class="btn small" data-scenario onClick={() => ask(own, 'coverage')}>{fill(words.toScenario, { count: String(added.length + closed.length) })}</button>}
    </p>
  );
}

/** The row that is marked on the map, and what more there is about it. */
function Marked({ answer }: { answer: Answer }) {
  const words = wordsOf.value;
  const row = answer.figures.rows.find(({ id }) => id !== '' && id === state.value.area);
  if (row === undefined) return null;
  if (row.place) return <p class="marked"><strong dir="auto">{row.name}</strong><Take place={row.place} name={row.name} /></p>;
  const go = () => ask({ ...answer.question, area: row.id, level: answer.question.by }, 'profile');
  return <p class="marked"><strong dir="auto">{row.name}</strong>
    <button type="button" class="btn small" onClick={go}>{fill(words.profileOf, { name: row.name })}</button></p>;
}

function Facilities({ json }: { json: unknown }) {
  const words = wordsOf.value;
  const all = facilitiesOf(json);
  if (all.length === 0) return null;
  return (
    <section class="ranking"><h3>{words.facilitiesHere}</h3>
      <table><thead><tr>{[words.facility, words.count, words.meanWay, words.meanWayCity].map((title) => <th key={title} scope="col">{title}</th>)}</tr></thead>
        <tbody>{all.map(({ title, count, meanWay, cityWay }) => (
          <tr key={title}><th scope="row">{title}</th><td>{written(count, 'plain')}</td><td>{written(meanWay, 'metres')}</td><td>{written(cityWay, 'metres')}</td></tr>))}</tbody></table></section>
  );
}

function Others({ answer }: { answer: Answer }) {
  const words = wordsOf.value;
  const all = offered.value.filter((kind) => kind !== answer.kind);
  return (
    <nav class="others" aria-label={words.others}><h3>{words.others}</h3>
      <ul>{all.map((kind) => <li key={kind}><button type="button" class="plain" data-kind={kind} onClick={() => ask(answer.question, kind)}>{words.kinds[kind]}</button></li>)}</ul></nav>
  );
}

export function AnswerView({ answer, isOld }: { answer: Answer; isOld: boolean }) {
  const words = wordsOf.value;
  const { figures, kind } = answer;
  const lang = language.value;
  const { change: changed } = figures;
  return (
    <div class={`answer ${kind} ${isOld ? 'old' : ''}`} aria-busy={isOld} data-trial={answer.isTrial} data-parameters={answer.parameters}>
      <p class="number"><strong>{written(figures.number, figures.unit)}</strong><span>{behindOf(answer)}</span></p>
      {changed !== null && <p class="changed"><span>{`${words.before} ${written(changed.before, 'persons')}`}</span> <strong>{`${written(changed.difference, 'change')}${offBy(changed.margin, 'persons')}`}</strong></p>}
      <p class="summary">{figures.summary[lang]}</p>
      {figures.warnings.length > 0 && <ul class="warnings" aria-label={words.warnings}>{figures.warnings.map((warning) => <li key={warning.code} data-code={warning.code}>{warning[lang]}</li>)}</ul>}
      <TakeAway answer={answer} />
      <Marked answer={answer} />
      {kind === 'siting' && <TakeAll answer={answer} />}
      <Ranking answer={answer} />
      {kind === 'profile' && <Facilities json={answer.json} />}
      <Others answer={answer} />
      <details class="fold evidence"><summary>{words.evidence}</summary><Evidence value={figures.evidence} labels={choices.value?.labels ?? {}} /></details>
      {figures.attributions.length > 0 && <p class="quiet sources">{`${words.sources}: ${figures.attributions.join('; ')}`}</p>}
      <p class="sr-only" role="status">{isOld ? words.asking : `${written(figures.number, figures.unit)} ${figures.behind}`}</p>
    </div>
  );
}

