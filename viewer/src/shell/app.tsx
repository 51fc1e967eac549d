/** The page: head, panel, and the map that stays while doors change. */

import { signal } from '@preact/signals';
import type { ComponentType } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Card, close } from '../card/card';
import { LayersPanel } from '../layers/panel';
import { found, hover, noMap, pilot } from '../map/shared';
import { away, collections, follow, seenAs } from '../model';
import { change, odd, spoken, state } from '../state/store';
import { fill } from '../words/language';
import { Header } from './header';

/** How far the sheet of a telephone is up. */
const sheets = ['peek', 'half', 'full'] as const;
const sheet = signal<(typeof sheets)[number]>('half');

/** A part of the page whose script comes when it is wanted. */
function Later<Props extends object>({ load, props }: { load: () => Promise<ComponentType<Props>>; props: Props }) {
  const [part, set] = useState<{ Part: ComponentType<Props> } | 'failed' | null>(null);
  useEffect(() => {
    load().then((Part) => set({ Part }), () => set('failed'));
  }, []);
  const { words } = spoken.value;
  if (part === null) return <p class="status loading" role="status">{words.loading}</p>;
  if (part === 'failed') return <p class="notice" role="alert">{words.scriptFailed} <button type="button" class="plain" onClick={() => location.reload()}>{words.reload}</button></p>;
  return <part.Part {...props} />;
}

const questions = () => import('../questions/door').then(({ QuestionsPanel }) => QuestionsPanel);
const overMap = () => import('../questions/door').then(({ MapKey }) => MapKey);
const table = () => import('../table/pane').then(({ TablePane }) => TablePane);

/** Starts the map in its element, and follows what changes. */
function MapElement() {
  const container = useRef<HTMLDivElement>(null);
  useEffect(() => {
    import('../map/controller').then(({ startMap, showChanges }) => {
      follow(showChanges);
      return container.current === null ? undefined : startMap(container.current);
    }).catch(() => {
      noMap.value = 'script';
      follow(() => undefined);
    });
  }, []);
  return <div id="map" ref={container} hidden={noMap.value !== null} />;
}

/** Without a map the data are there all the same. */
function NoMap() {
  const { words } = spoken.value;
  const why = noMap.value;
  if (why === null) return null;
  return (
    <div class="nomap">
      <p role="alert">{{ webgl: words.noWebgl, worker: words.noWorker, script: words.scriptFailed }[why]}</p>
      <p>{words.tablesInstead}</p>
      <ul>{collections.value.map(({ id, title }) => <li key={id}><button type="button" class="plain" onClick={() => change({ table: id })}>{title}</button></li>)}</ul>
    </div>
  );
}

function Hover() {
  const at = hover.value;
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const own = element.current;
    if (at === null || own === null) return;
    // On the side of the pointer where there is room.
    const { clientWidth, clientHeight } = own.parentElement ?? document.body;
    const [left, top] = [at.x > clientWidth / 2, at.y > clientHeight * 0.7];
    own.style.transform = `translate(calc(${Math.round(at.x)}px ${left ? '- 100% - 12px' : '+ 12px'}), calc(${Math.round(at.y)}px ${top ? '- 100% - 12px' : '+ 12px'}))`;
  }, [at]);
  return <div class="hover" ref={element} hidden={at === null} aria-hidden="true"><div>{at !== null && <><strong dir="auto">{at.name || at.kind}</strong>{at.name !== '' && <span dir="auto">{at.kind}</span>}</>}</div></div>;
}

/** What should be known before all else: the server is away, the address says something odd. */
function Notices() {
  const { words } = spoken.value;
  return <div class="notices" aria-live="polite">
    {away.value && <p class="notice" data-notice="away">{words.serverAway}</p>}
    {odd.value.length > 0 && <p class="notice" data-notice="odd">
      <span>{fill(words.oddAddress, { names: odd.value.join(', ') })}</span>
      <button type="button" class="icon-btn" aria-label={words.close} onClick={() => { odd.value = []; change({}, 'replace'); }}><span class="kern-icon kern-icon--close" aria-hidden="true" /></button></p>}
  </div>;
}

function SheetHandle() {
  const { words } = spoken.value;
  const next = sheets[(sheets.indexOf(sheet.value) + 1) % sheets.length] ?? 'half';
  const label = { peek: words.sheetPeek, half: words.sheetHalf, full: words.sheetFull }[next];
  return <button type="button" class="handle" aria-label={label} aria-controls="panel" aria-expanded={sheet.value !== 'peek'} onClick={() => (sheet.value = next)}><span aria-hidden="true" /></button>;
}

/** What changes on the document itself. */
function useDocument(): void {
  const { words, language } = spoken.value;
  const { door, theme } = state.value;
  useEffect(() => {
    document.documentElement.lang = language;
    document.title = door === 'map' ? words.pageTitle : words.questionsTitle;
    if (theme === null) delete document.documentElement.dataset['kernTheme'];
    else document.documentElement.dataset['kernTheme'] = theme;
  }, [words, language, door, theme]);
}

export function App() {
  useDocument();
  const { words } = spoken.value;
  const { door, table: inTable } = state.value;
  useEffect(() => {
    const closes = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !event.defaultPrevented && (state.peek().chosen !== null || found.peek().length > 0)) close();
    };
    document.addEventListener('keydown', closes);
    return () => document.removeEventListener('keydown', closes);
  }, []);
  const skip = (event: MouseEvent) => {
    event.preventDefault();
    document.getElementById('panel')?.focus();
  };
  return <>
    <a class="skip" href="#panel" onClick={skip}>{words.skip}</a>
    <Header />
    <main class={`desk ${door}`} data-ready={pilot.value !== null || noMap.value !== null}>
      <section id="panel" class={`panel ${sheet.value}`} tabIndex={-1} aria-label={door === 'map' ? words.layers : words.doorQuestions}>
        <SheetHandle />
        <div class="body">
          <Notices />
          {seenAs.value !== '' && <p class="seen-as">{seenAs.value}</p>}
          {door === 'map' ? <LayersPanel /> : <Later load={questions} props={{}} />}
        </div>
      </section>
      <section class="stage" aria-label={words.map}>
        <MapElement />
        <NoMap />
        <Hover />
        {door === 'questions' && <Later load={overMap} props={{}} />}
        {door === 'map' && <Card />}
        {inTable !== null && door === 'map' && <Later key={inTable} load={table} props={{ id: inTable }} />}
      </section>
    </main>
  </>;
}
