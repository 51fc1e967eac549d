/** The state of the page, kept in step with the address: back and forward undo and redo. */

import { computed, signal, type ReadonlySignal } from '@preact/signals';
import { chooseLanguage, speech, type Speech } from '../words/language';
import { pageBase } from '../server/addresses';
import { addressOf, readAddress } from './address';
import { atFirst, type Language, type State, type Theme } from './state';

const current = signal<State>(atFirst);

/** What the page shows. */
export const state: ReadonlySignal<State> = current;

/** What of the address could not be read. */
export const odd = signal<string[]>([]);

/** Counts the states that came by back, forward or an address typed: then the map goes where the state says. */
export const arrivals = signal(0);

/** The page's own address without query and fragment, which all others begin with. */
export const base: string = typeof document === 'undefined' ? '/' : pageBase(document.baseURI);

const prefersDark = signal(false);

export const theme: ReadonlySignal<Theme> = computed(() => current.value.theme ?? (prefersDark.value ? 'dark' : 'light'));

/** The language of the reader: the address's, else the browser's first that we speak, else German. */
export const language: ReadonlySignal<Language> = computed(() => {
  const preferred = typeof navigator === 'undefined' ? [] : navigator.languages;
  return current.value.language ?? chooseLanguage('', preferred);
});

/** Words, numbers and times in the reader's language. */
export const spoken: ReadonlySignal<Speech> = computed(() => speech(language.value));

/** How many steps of the reader lie behind in the history, and how many were made at most: what can be undone and redone. */
export const step = signal(0);
export const lastStep = signal(0);

function stepOf(entry: unknown): number {
  const at = (entry as { step?: unknown } | null)?.step;
  return typeof at === 'number' ? at : 0;
}

function arrive(): void {
  step.value = stepOf(history.state);
  lastStep.value = Math.max(lastStep.peek(), step.peek());
  const read = readAddress(location);
  odd.value = read.odd;
  current.value = read.state;
  arrivals.value += 1;
}

/** Reads the address, now and whenever it changes. */
export function start(): void {
  const query = window.matchMedia('(prefers-color-scheme: dark)');
  prefersDark.value = query.matches;
  query.addEventListener('change', () => (prefersDark.value = query.matches));
  window.addEventListener('popstate', arrive);
  arrive();
}

/**
 * Changes the state. What a person did is a step to come back to (`push`); what follows of itself, or is still
 * under way, is part of the last one (`replace`).
 */
export function change(part: Partial<State>, how: 'push' | 'replace' = 'push'): void {
  const next = { ...current.value, ...part };
  const address = `${base}${addressOf(next)}`;
  current.value = next;
  if (address === location.href) return;
  if (how === 'push') {
    step.value += 1;
    lastStep.value = step.peek();
    history.pushState({ step: step.peek() }, '', address);
  }
  else history.replaceState(history.state, '', address);
}

/** The address of a state that differs from this one, for links. */
export function hrefOf(part: Partial<State>): string {
  return `${base}${addressOf({ ...current.value, ...part })}`;
}

/** A map of values by collection with one of them changed; null takes it out. */
export function withEntry<Value>(map: Record<string, Value>, key: string, value: Value | null): Record<string, Value> {
  const rest = Object.fromEntries(Object.entries(map).filter(([name]) => name !== key));
  return value === null ? rest : { ...rest, [key]: value };
}
