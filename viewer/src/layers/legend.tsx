/** What the marks of a collection mean; each can be switched off. */

import { useState } from 'preact/hooks';
import type { Entry } from '../map/drawn';
import { spoken, state } from '../state/store';
import { Swatch } from './mark';
import { setEntryShown } from './shown';

/** Longer legends are folded at first. */
const longest = 8;

export function Legend({ id, entries }: { id: string; entries: Entry[] }) {
  const [isOpen, open] = useState(entries.length <= longest);
  if (entries.length < 2) return null;
  const off = state.value.off[id] ?? [];
  return (
    <details class="legend" open={isOpen} onToggle={(event) => open(event.currentTarget.open)}>
      <summary>{spoken.value.words.legend}</summary>
      <ul>{entries.map(({ key, title, mark, filter }) => (
        <li key={key}>
          <label><input type="checkbox" checked={!off.includes(key)} disabled={filter === null} onChange={(event) => setEntryShown(id, key, event.currentTarget.checked)} />
            <Swatch mark={mark} /><span dir="auto">{title}</span></label>
        </li>))}</ul>
    </details>
  );
}
