/** From when to when: two handles over the years that occur. They are conditions of the layer's filter like others. */

import { useEffect, useState } from 'preact/hooks';
import { aggregateAddress } from '../server/addresses';
import { askJson } from '../server/ask';
import type { Column } from '../server/schema';
import { base, language, spoken, state } from '../state/store';
import { fill } from '../words/language';
import { fromCql, toCql, type Condition, type Value } from './filter';
import { setFilter } from './shown';

/** The first and the last day, as days since 1970. */
interface Span { first: number; last: number }

const day = 86_400_000;
const isoOf = (days: number): string => new Date(days * day).toISOString().slice(0, 10);
const daysOf = (text: unknown): number => (typeof text === 'string' ? Math.floor(Date.parse(text) / day) : NaN);

const textOf = (value: Value | undefined): string | null =>
  (typeof value === 'object' ? ('date' in value ? value.date : value.instant.slice(0, 10)) : null);

function useSpan(id: string, column: Column): Span | null {
  const [span, set] = useState<Span | null>(null);
  useEffect(() => {
    const pending = new AbortController();
    const [least, most] = [`min(${column.name})`, `max(${column.name})`];
    askJson(aggregateAddress(base, id, { aggregate: `${least},${most}` }), language.value, pending.signal).then((json) => {
      const values = (json as { groups?: { values?: Record<string, unknown> }[] }).groups?.[0]?.values ?? {};
      const found = { first: daysOf(values[least]), last: daysOf(values[most]) };
      set(found.first < found.last ? found : null);
    }, () => undefined);
    return () => pending.abort();
  }, [id, column.name]);
  return span;
}

export function TimeSlider({ id, column }: { id: string; column: Column }) {
  const { words, date } = spoken.value;
  const span = useSpan(id, column);
  const [isDragging, drag] = useState(false);
  const filter = state.value.filters[id];
  const read = filter === undefined ? [] : fromCql(filter);
  if (span === null || read === null) return null;
  const at = (operator: '>=' | '<='): string | null => textOf(read.find((one) => one.column === column.name && one.operator === operator)?.values[0]);
  const from = Math.max(span.first, daysOf(at('>=') ?? isoOf(span.first)));
  const to = Math.min(span.last, daysOf(at('<=') ?? isoOf(span.last)));
  const set = (first: number, last: number) => {
    const others = read.filter((one) => one.column !== column.name || (one.operator !== '>=' && one.operator !== '<='));
    const value = (days: number, end: string): Value => (column.kind === 'date' ? { date: isoOf(days) } : { instant: `${isoOf(days)}${end}` });
    const next: Condition[] = [...others];
    if (first > span.first) next.push({ column: column.name, operator: '>=', values: [value(first, 'T00:00:00Z')] });
    if (last < span.last) next.push({ column: column.name, operator: '<=', values: [value(last, 'T23:59:59Z')] });
    setFilter(id, toCql(next), isDragging ? 'replace' : 'push');
    drag(true);
  };
  const handle = (label: string, value: number, changed: (days: number) => void) => (
    <input type="range" min={span.first} max={span.last} value={value} aria-label={label} aria-valuetext={date(isoOf(value))}
      onInput={(event) => changed(event.currentTarget.valueAsNumber)} onChange={() => drag(false)} />);
  return (
    <fieldset class="time">
      <legend>{column.title}</legend>
      {handle(fill(words.timeFrom, { column: column.title }), from, (days) => set(Math.min(days, to), to))}
      {handle(fill(words.timeTo, { column: column.title }), to, (days) => set(from, Math.max(days, from)))}
      <p class="quiet">{`${date(isoOf(from))} – ${date(isoOf(to))}`}</p>
    </fieldset>
  );
}
