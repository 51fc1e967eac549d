/** What the marks of a collection mean; each can be switched off. */

import { useState } from 'preact/hooks';
import type { Entry } from '../map/drawn';
import { spoken, state } from '../state/store';
import { fill } from '../words/language';
import { Swatch } from './mark';
import { isOnlyEntry, setEntryShown, setOnlyEntry } from './shown';

/** Longer legends are folded at first. */
const longest = 8;

export function Legend({ id, entries }: { id: string; entries: Entry[] }) {
  const [isOpen, open] = useState(entries.length <= longest);
  if (entries.length < 2) return null;
  const off = state.value.off[id] ?? [];
  const { words } = spoken.value;
  return (
    <details class="legend" open={isOpen} onToggle={(event) => open(event.currentTarget.open)}>
      <summary>{words.legend}</summary>
      <ul>{entries.map(({ key, title, mark, filter }) => (
        <li key={key}>
          <label><input type="checkbox" checked={!off.includes(key)} disabled={filter === null} onChange={(event) => setEntryShown(id, key, event.currentTarget.checked)} />
            <Swatch mark={mark} /><span dir="auto">{title}</span></label>
          {filter !== null && <button type="button" class="plain only" aria-pressed={isOnlyEntry(id, key)} aria-label={fill(words.onlyThis, { title })}
            onClick={() => setOnlyEntry(id, key)}>{words.only}</button>}
        </li>))}</ul>
    </details>
  );
}
