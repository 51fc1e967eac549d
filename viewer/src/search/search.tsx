/** One field for all that has a name: a combobox by the WAI-ARIA pattern, with the list of hits below it. */

import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { find } from '../model';
import { found, pilot } from '../map/shared';
import { searchAddress } from '../server/addresses';
import { askJson } from '../server/ask';
import { base, change, language, spoken, state } from '../state/store';
import { fill } from '../words/language';
import { kindOf, placeOf, readHits, zoomOf, type Hit } from './read';

/** Letters come faster than answers are worth asking for, in milliseconds. */
const pause = 120;
const most = 10;

interface Answer { words: string; hits: Hit[]; fault: string | null }

/** The hits for some words; an older answer never replaces a newer one. */
function useHits(words: string): Answer | null {
  const [answer, set] = useState<Answer | null>(null);
  useEffect(() => {
    const sought = words.trim().slice(0, 200);
    if (sought === '') {
      set(null);
      return undefined;
    }
    const pending = new AbortController();
    const timer = window.setTimeout(() => {
      askJson(searchAddress(base, sought, most), language.value, pending.signal).then(
        (json) => set({ words: sought, hits: readHits(json), fault: null }),
        (fault: unknown) => !pending.signal.aborted && set({ words: sought, hits: [], fault: fault instanceof TypeError ? spoken.value.words.serverAway : String((fault as Error).message) }),
      );
    }, pause);
    return () => {
      window.clearTimeout(timer);
      pending.abort();
    };
  }, [words]);
  return answer;
}

/** Goes to a hit: a pin, and its card where it is a feature. */
function choose(hit: Hit): void {
  const isFeature = hit.id !== null && find(hit.of) !== undefined && hit.kind !== 'address';
  found.value = [];
  change({
    pin: { lon: hit.lon, lat: hit.lat, label: hit.name },
    chosen: isFeature && hit.id !== null ? { collection: hit.of, feature: hit.id } : null,
  });
  pilot.value?.goTo({ lon: hit.lon, lat: hit.lat, zoom: zoomOf(hit) });
}

export function Search() {
  const { words, number } = spoken.value;
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState('');
  const [isOpen, open] = useState(false);
  const [active, setActive] = useState(-1);
  const [taken, setTaken] = useState('');
  const answer = useHits(text);
  const hits = answer?.hits ?? [];
  useEffect(() => setActive(-1), [answer]);
  const take = (hit: Hit) => {
    setText(hit.name);
    open(false);
    setTaken(fill(words.searchTaken, { name: hit.name }));
    choose(hit);
  };
  const clear = () => {
    setText('');
    open(false);
    if (state.value.pin !== null) change({ pin: null });
  };
  const keys: Record<string, () => void> = {
    ArrowDown: () => { open(true); setActive((active + 1) % Math.max(1, hits.length)); },
    ArrowUp: () => { open(true); setActive((active <= 0 ? hits.length : active) - 1); },
    Home: () => setActive(0), End: () => setActive(hits.length - 1),
    Enter: () => { const hit = hits[active] ?? hits[0]; if (hit !== undefined) take(hit); },
    Escape: () => (isOpen ? open(false) : clear()),
  };
  const isListed = isOpen && answer !== null;
  const said = answer === null || !isOpen ? taken : answer.fault ?? (hits.length === 0 ? fill(words.searchNone, { words: answer.words }) : fill(words.searchSome, { count: number(hits.length) }));
  return (
    <form class="search" role="search" onSubmit={(event) => event.preventDefault()}
      onFocusOut={(event) => !event.currentTarget.contains(event.relatedTarget as Node | null) && open(false)}>
      <span class="kern-icon kern-icon--search" aria-hidden="true" />
      <input ref={input} type="text" role="combobox" autocomplete="off" spellcheck={false} enterkeyhint="search" maxLength={200}
        aria-label={words.searchLabel} placeholder={words.searchHint} aria-autocomplete="list" aria-expanded={isListed && hits.length > 0} aria-controls={`${id}-list`}
        aria-activedescendant={isListed && active >= 0 && active < hits.length ? `${id}-${active}` : undefined} value={text}
        onInput={(event) => { setText(event.currentTarget.value); setTaken(''); open(true); }} onFocus={() => open(text !== '')}
        onKeyDown={(event) => {
          if (event.isComposing || !Object.hasOwn(keys, event.key) || ((event.key === 'Home' || event.key === 'End') && !isListed)) return;
          event.preventDefault();
          keys[event.key]?.();
        }} />
      {text !== '' && <button type="button" class="icon-btn" aria-label={words.searchClear} title={words.searchClear} onClick={() => { clear(); input.current?.focus(); }}>
        <span class="kern-icon kern-icon--close" aria-hidden="true" /></button>}
      <ul id={`${id}-list`} role="listbox" aria-label={words.searchHits} class="hits" hidden={!isListed || hits.length === 0}>
        {hits.map((hit, at) => (
          <li key={at} id={`${id}-${at}`} role="option" aria-selected={at === active} onMouseDown={(event) => event.preventDefault()} onClick={() => take(hit)} onMouseMove={() => at !== active && setActive(at)}>
            <span class="name" dir="auto">{hit.name}</span>
            <span class="where"><span class="kind">{kindOf(hit, find(hit.of)?.title, words)}</span>{placeOf(hit) !== '' && ` · ${placeOf(hit)}`}</span>
          </li>))}
      </ul>
      {isListed && hits.length === 0 && <p class="hits none">{said}</p>}
      <span class="sr-only" role="status">{said}</span>
    </form>
  );
}
