/** The key of the map of an answer: what colours mean, and what their scale is. */

import { language } from '../state/store';
import { answer, isAsking } from './asked';
import { keyOf, outlines, type KeyItem } from './keyitems';
import { Sheet } from './sheet';
import { ShowsSwitch } from './whatif';

function Sign({ sign, colour }: KeyItem) {
  if (sign === 'pin') return <svg viewBox="0 0 30 40" width="18" height="18" aria-hidden="true"><path class="new" d={outlines.pin} /></svg>;
  if (sign === 'cross') return <svg viewBox="0 0 22 22" width="18" height="16" aria-hidden="true"><path class="closed" d={outlines.cross} /></svg>;
  if (sign === 'disc') return <svg viewBox="0 0 18 18" width="18" height="18" aria-hidden="true"><circle cx="9" cy="9" r="8" fill={colour} /></svg>;
  if (sign === 'dot') return <svg viewBox="0 0 18 18" width="18" height="18" aria-hidden="true"><circle cx="9" cy="9" r="5" fill={colour} stroke="#fff" stroke-width="1.5" /></svg>;
  return <svg viewBox="0 0 18 14" width="18" height="14" aria-hidden="true">
    <rect x="1" y="1" width="16" height="12" rx="2" fill={sign === 'square' ? colour : 'none'} stroke={sign === 'outline' ? colour : 'none'} stroke-width="1.5" /></svg>;
}

export function MapKey() {
  const given = answer.value;
  void language.value;
  if (given === null) return null;
  // A telephone has room for the map or its key.
  const isNarrow = window.matchMedia('(max-width: 720px)').matches;
  const { title, items, notes } = keyOf(given);
  return <>
    <ShowsSwitch />
    <details class={`key ${isAsking.value ? 'old' : ''}`} open={!isNarrow}>
      <summary>{title}</summary>
      <ul>{items.map((item) => <li key={item.text}><Sign {...item} /><span dir="auto">{item.text}</span></li>)}</ul>
      {notes.map((note) => <p class="quiet" key={note}>{note}</p>)}
    </details>
    <Sheet answer={given} />
  </>;
}
