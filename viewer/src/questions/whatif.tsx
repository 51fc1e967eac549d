/** The scenario beside the map: new ones, closed ones, undo and redo; all of it without a mouse. */

import { useEffect, useState } from 'preact/hooks';
import { mapView } from '../map/controller';
import { pilot } from '../map/shared';
import { change, lastStep, spoken, state, step } from '../state/store';
import type { Shows } from '../state/state';
import { fill } from '../words/language';
import { answer, current, propose, question, words as wordsOf } from './asked';
import { canClose, facilityOf, findFacilities, lookUp, type Facility } from './known';
import { centreOf, placing } from './pins';
import type { Question } from './question';
import { isScenario, scenarioOf, withAdded, withMoved, withoutAdded, withScenario, withToggled } from './scenario';
import { closedName, newName, stepName } from './steps';

/** So many facilities are listed for closing. */
const listed = 8;

/** Goes a step back or forth, as the browser does. */
const undo = (): void => { if (step.peek() > 0) history.back(); };
const redo = (): void => { if (step.peek() < lastStep.peek()) history.forward(); };

/** Ctrl or ⌘ with Z, and with Shift and Z or with Y; where letters are typed they mean the text. */
function useShortcuts(): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      if (event.key === 'Escape' && placing.peek()) {
        placing.value = false;
        event.preventDefault();
      }
      const letter = event.key.toLowerCase();
      if (!(event.ctrlKey || event.metaKey) || event.altKey || (letter !== 'z' && letter !== 'y')) return;
      if (event.target instanceof Element && event.target.closest('input:not([type=radio]), textarea')) return;
      event.preventDefault();
      if (letter === 'y' || event.shiftKey) redo();
      else undo();
    };
    document.addEventListener('keydown', pressed);
    return () => document.removeEventListener('keydown', pressed);
  }, []);
}

function Remove({ label, run }: { label: string; run: () => void }) {
  return <button type="button" class="icon-btn" aria-label={label} title={label} onClick={run}><span class="kern-icon kern-icon--close" aria-hidden="true" /></button>;
}

/** Shows a place of the scenario in the middle of the map. */
const look = (place: [number, number]): void => pilot.value?.goTo({ lon: place[0], lat: place[1] });

function Steps({ own }: { own: Question }) {
  const words = wordsOf.value;
  const { added, closed } = scenarioOf(own);
  const ids = closed.join();
  useEffect(() => lookUp(own.facilities, closed), [own.facilities, ids]);
  const toCentre = (at: number) => {
    const view = mapView();
    if (view !== null) propose(withMoved(own, at, centreOf(view)));
  };
  return (
    <ol class="steps" aria-label={words.steps}>
      {added.map((place, at) => {
        const name = stepName(own, at);
        return <li key={`added ${at}`} data-step="added">
          <svg viewBox="0 0 30 40" width="15" height="20" aria-hidden="true"><path class="new" d="M15 39C10 29 1.5 23 1.5 14.5a13.5 13.5 0 0 1 27 0C28.5 23 20 29 15 39Z" /></svg>
          <button type="button" class="plain what" aria-label={fill(words.showOnMap, { step: name })} onClick={() => look(place)}>{name}</button>
          <span class="quiet">{`${place[1].toFixed(4)}° N, ${place[0].toFixed(4)}° O`.replace('° O', spoken.value.language === 'de' ? '° O' : '° E')}</span>
          {pilot.value !== null && <button type="button" class="plain" data-move aria-label={fill(words.toCentre, { step: name })} title={fill(words.toCentre, { step: name })} onClick={() => toCentre(at)}>⌖</button>}
          <Remove label={fill(words.remove, { step: name })} run={() => propose(withoutAdded(own, at))} />
        </li>;
      })}
      {closed.map((id) => {
        const name = closedName(own, id);
        const place = facilityOf(own, id)?.place ?? null;
        const said = fill(words.stepClosed, { name });
        return <li key={`closed ${id}`} data-step="closed">
          <svg viewBox="0 0 22 22" width="15" height="15" aria-hidden="true"><path class="closed" d="M4 4 18 18M18 4 4 18" /></svg>
          {place === null ? <span class="what" dir="auto">{said}</span> : <button type="button" class="plain what" dir="auto" onClick={() => look(place)}>{said}</button>}
          <Remove label={fill(words.reopen, { name })} run={() => propose(withToggled(own, id))} />
        </li>;
      })}
    </ol>
  );
}

/** The facilities by name, to close them without the map. */
function CloseList({ own }: { own: Question }) {
  const words = wordsOf.value;
  const [text, setText] = useState('');
  const [all, set] = useState<{ total: number; found: Facility[] } | null>(null);
  const { facilities, filter } = own;
  useEffect(() => {
    const pending = new AbortController();
    const timer = window.setTimeout(() => findFacilities(own, text, listed, pending.signal).then(set, () => undefined), text === '' ? 0 : 150);
    return () => {
      window.clearTimeout(timer);
      pending.abort();
    };
  }, [text, facilities, filter]);
  const { closed } = scenarioOf(own);
  return (
    <div class="closing">
      <label><span>{words.closeFind}</span><input type="search" class="field" value={text} onInput={(event) => setText(event.currentTarget.value)} /></label>
      <ul>{(all?.found ?? []).map(({ id, name }) => {
        const isClosed = closed.includes(id);
        return <li key={id}><button type="button" class="plain" dir="auto" data-close={id} aria-pressed={isClosed} onClick={() => propose(withToggled(own, id))}>
          {fill(isClosed ? words.reopen : words.close, { name })}</button></li>;
      })}</ul>
      <p class="quiet" role="status">{all === null ? '' : all.found.length === 0 ? words.closeNone : all.total > all.found.length ? fill(words.closeHelp, { count: String(all.found.length), total: spoken.value.number(all.total) }) : ''}</p>
    </div>
  );
}

export function ScenarioPanel() {
  const words = wordsOf.value;
  useShortcuts();
  const [isClosing, setClosing] = useState(false);
  const own = current.value;
  if (own === null || question.value?.kind !== 'coverage') return null;
  const name = newName(own);
  const isOn = isScenario(scenarioOf(own));
  const atCentre = () => {
    const view = mapView();
    if (view !== null) propose(withAdded(own, [centreOf(view)]));
  };
  return (
    <section class="scenario" aria-labelledby="scenario-title">
      <div class="head"><h3 id="scenario-title">{words.whatIf}</h3>
        <button type="button" class="icon-btn" data-undo aria-label={words.undo} title={`${words.undo} (Ctrl+Z)`} aria-keyshortcuts="Control+Z" disabled={step.value === 0} onClick={undo}>↶</button>
        <button type="button" class="icon-btn" data-redo aria-label={words.redo} title={`${words.redo} (Ctrl+Shift+Z)`} aria-keyshortcuts="Control+Shift+Z Control+Y" disabled={step.value >= lastStep.value} onClick={redo}>↷</button></div>
      {pilot.value !== null && <div class="actions">
        <button type="button" class="btn small" data-new aria-pressed={placing.value} onClick={() => (placing.value = !placing.value)}>{placing.value ? words.cancel : `+ ${name}`}</button>
        <button type="button" class="plain" data-centre onClick={atCentre}>{fill(words.atCentre, { new: name })}</button></div>}
      <p class={placing.value ? 'placing-help' : 'quiet'} role="status">{placing.value ? words.placing : isOn ? '' : words.whatIfHelp}</p>
      {isOn && <Steps own={own} />}
      <div class="actions">
        {canClose(own) && <details class="fold" open={isClosing} onToggle={(event) => setClosing(event.currentTarget.open)}><summary>{words.closeOne}</summary>{isClosing && <CloseList own={own} />}</details>}
        {isOn && <button type="button" class="plain" data-clear onClick={() => propose(withScenario(own, { added: [], closed: [] }))}>{words.clearAll}</button>}
      </div>
    </section>
  );
}

/** Which side of the scenario the map shows. */
export function ShowsSwitch() {
  const words = wordsOf.value;
  if (answer.value?.figures.change == null) return null;
  const sides: [Shows, string][] = [['before', words.before], ['after', words.after], ['difference', words.difference]];
  return (
    <fieldset class="shows"><legend class="sr-only">{words.shows}</legend>
      {sides.map(([side, title]) => <label key={side} class={state.value.shows === side ? 'on' : ''}>
        <input type="radio" name="shows" value={side} checked={state.value.shows === side} onChange={() => change({ shows: side })} /><span>{title}</span></label>)}
    </fieldset>
  );
}
