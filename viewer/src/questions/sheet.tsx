/** One page of paper: sentence, map, table, method, sources and link. It is seen only where the page is printed. */

import { useEffect, useRef } from 'preact/hooks';
import { mapView } from '../map/controller';
import { pilot } from '../map/shared';
import { language, spoken, state } from '../state/store';
import { fill } from '../words/language';
import { words as wordsOf, type Answer } from './asked';
import { headOf } from './head';
import { paint } from './picture';
import { closedPlaces, textsOf } from './take';
import { offBy, written } from './written';

/** So many rows fit beneath the map. */
const most = 10;

const object = (value: unknown): Record<string, unknown> => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {});

/** The method in three lines, from the evidence: how it is measured, the network and population, and what is beyond. */
function methodOf(evidence: unknown): string[] {
  const all = object(evidence);
  const both = (value: unknown): string => String(object(value)[language.value] ?? '');
  const about = ['facilities', 'network', 'population'].map((name) => {
    const { title, date, loadedAt } = object(all[name]);
    const when = typeof date === 'string' && date !== '' ? date : typeof loadedAt === 'string' ? loadedAt.slice(0, 10) : '';
    return typeof title === 'string' ? `${title}${when === '' ? '' : ` (${/^\d{4}-\d\d-\d\d$/.test(when) ? spoken.value.date(when) : when})`}` : '';
  }).filter((text) => text !== '');
  return [both(all['method']), about.join('; '), both(all['edge'])].filter((text) => text !== '');
}

export function Sheet({ answer }: { answer: Answer }) {
  const words = wordsOf.value;
  const { figures, kind } = answer;
  const canvas = useRef<HTMLCanvasElement>(null);
  void state.value; // The link is the address, which is another when the map has moved.
  useEffect(() => {
    const picture = (): void => {
      const view = mapView();
      if (view !== null && canvas.current !== null) paint(canvas.current, view, answer, null, closedPlaces(answer));
    };
    window.addEventListener('beforeprint', picture);
    return () => window.removeEventListener('beforeprint', picture);
  }, [answer]);
  const { sentence, sources, date } = textsOf(answer);
  const rows = figures.rows.slice(0, most);
  const cells = (row: typeof rows[number]) => row.cells.map((value, at) => (
    <td key={at}>{written(value, figures.columns[at]?.unit ?? 'plain')}{offBy((row.margins ? row.margins[at] : at === 0 ? row.margin : null) ?? null, 'persons')}</td>));
  return (
    <section class="sheet" aria-label={words.printSheet}>
      <h2>{headOf(answer)}</h2>
      <p>{sentence}</p>
      {pilot.value !== null && <canvas ref={canvas} />}
      {rows.length > 0 && <table>
        <thead><tr><th scope="col">{kind === 'profile' ? words.labels.ages : words.area}</th>{figures.columns.map(({ title }) => <th key={title} scope="col">{title}</th>)}</tr></thead>
        <tbody>{rows.map((row) => <tr key={row.id || row.name}><th scope="row" dir="auto">{row.name}</th>{cells(row)}</tr>)}
          {figures.rows.length > most && <tr class="rest"><th scope="row" colSpan={figures.columns.length + 1}>{fill(words.andMore, { count: String(figures.rows.length - most) })}</th></tr>}</tbody>
        {figures.feet.length > 0 && <tfoot>{figures.feet.map((row) => <tr key={row.name}><th scope="row">{row.name}</th>{cells(row)}</tr>)}</tfoot>}
      </table>}
      <div class="method"><strong>{words.method}</strong>{methodOf(figures.evidence).map((line) => <p key={line}>{line}</p>)}</div>
      <p class="small">{sources}</p>
      <p class="small">{date}<br />{location.href}</p>
    </section>
  );
}
