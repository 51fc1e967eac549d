/** A filter put together from columns, operators and the values that occur. */

import { useEffect, useId, useState } from 'preact/hooks';
import { aggregateAddress } from '../server/addresses';
import { askJson } from '../server/ask';
import type { Column } from '../server/schema';
import { base, language, spoken, state } from '../state/store';
import { fill, type Words } from '../words/language';
import { fromCql, toCql, type Condition, type Operator, type Value } from './filter';
import { setFilter } from './shown';

/** A list of values to tick holds no more. */
const mostValues = 200;

const operators: Record<Column['kind'], Operator[]> = {
  text: ['in', 'not in', 'contains', 'null', 'not null'],
  number: ['>=', '<=', 'in', 'not in', 'null', 'not null'],
  yes: ['in', 'null', 'not null'],
  date: ['>=', '<=', 'null', 'not null'],
  instant: ['>=', '<=', 'null', 'not null'],
  other: ['null', 'not null'],
};

const operatorWords = (words: Words): Record<Operator, string> => ({
  in: words.opIn, 'not in': words.opNotIn, '>=': words.opFrom, '<=': words.opTo, contains: words.opContains, null: words.opNull, 'not null': words.opNotNull,
});

interface Occurring { value: Value | null; count: number }

/** Reads an aggregate by one column. */
export function readValues(json: unknown, column: string): Occurring[] {
  const groups = (json as { groups?: unknown } | null)?.groups;
  return (Array.isArray(groups) ? groups : []).map((group): Occurring => {
    const { group: by, values } = (group ?? {}) as { group?: Record<string, Value | null>; values?: { count?: number } };
    return { value: by?.[column] ?? null, count: values?.count ?? 0 };
  });
}

/** The values of a column with how often they occur; a sentence where the server does not say. */
function useValues(id: string, column: string, others: string | null): Occurring[] | string | null {
  const [values, set] = useState<Occurring[] | string | null>(null);
  useEffect(() => {
    const pending = new AbortController();
    set(null);
    const address = aggregateAddress(base, id, { 'group-by': column, aggregate: 'count', ...(others === null ? {} : { filter: others }) });
    askJson(address, language.value, pending.signal).then(
      (json) => set(readValues(json, column).sort((left, right) => right.count - left.count)),
      (fault: unknown) => !pending.signal.aborted && set(fault instanceof Error ? fault.message : String(fault)),
    );
    return () => pending.abort();
  }, [id, column, others]);
  return values;
}

const written = (value: Value, column: Column, words: Words): string => {
  if (typeof value === 'boolean') return value ? words.yes : words.no;
  if (typeof value === 'object') return 'date' in value ? value.date : value.instant;
  return column.codes.get(String(value)) ?? String(value);
};

interface PartProps { column: Column; condition: Condition; changed: (condition: Condition) => void }

/** Values to tick, the most frequent first. */
function ValueList({ id, column, condition, others, changed }: PartProps & { id: string; others: string | null }) {
  const { words, number } = spoken.value;
  const values = useValues(id, column.name, others);
  const [sought, seek] = useState('');
  if (typeof values === 'string') return <p class="quiet">{fill(words.valuesUnknown, { why: values })}</p>;
  if (values === null) return <p class="quiet">{words.loading}</p>;
  const listed = values.filter((one): one is { value: Value; count: number } => one.value !== null);
  const missing = condition.values.filter((value) => !listed.some((one) => one.value === value)).map((value) => ({ value, count: 0 }));
  const fitting = [...missing, ...listed].filter(({ value }) => written(value, column, words).toLowerCase().includes(sought.toLowerCase()));
  const toggle = (value: Value, isOn: boolean) => {
    const rest = condition.values.filter((other) => other !== value);
    changed({ ...condition, values: isOn ? [...rest, value] : rest });
  };
  return <>
    {listed.length > 10 && <input type="search" class="field" value={sought} aria-label={words.seekValue} placeholder={words.seekValue} onInput={(event) => seek(event.currentTarget.value)} />}
    <ul class="values">{fitting.slice(0, mostValues).map(({ value, count }) => (
      <li key={String(value)}><label>
        <input type="checkbox" checked={condition.values.includes(value)} onChange={(event) => toggle(value, event.currentTarget.checked)} />
        <span class="value" dir="auto">{written(value, column, words)}</span><span class="count">{number(count)}</span></label></li>))}</ul>
    {fitting.length > mostValues && <p class="quiet">{fill(words.moreValues, { count: number(fitting.length - mostValues) })}</p>}
  </>;
}

/** A number, a date or a part of a text. */
function ValueField({ column, condition, changed }: PartProps) {
  const { words } = spoken.value;
  const [value] = condition.values;
  const text = value === undefined ? '' : typeof value === 'object' ? ('date' in value ? value.date : value.instant.slice(0, 10)) : String(value);
  const isText = condition.operator === 'contains';
  const type = isText ? 'text' : column.kind === 'number' ? 'number' : 'date';
  const set = (input: string) => {
    if (input === '') return changed({ ...condition, values: [] });
    if (isText) return changed({ ...condition, values: [input] });
    if (column.kind === 'number') return changed({ ...condition, values: [Number(input)] });
    const end = condition.operator === '<=' ? 'T23:59:59Z' : 'T00:00:00Z';
    return changed({ ...condition, values: [column.kind === 'date' ? { date: input } : { instant: `${input}${end}` }] });
  };
  const kind = { type } as { type: 'text' };
  return <label class="valuefield"><input class="field" {...kind} step="any" value={text} aria-label={`${column.title}, ${operatorWords(words)[condition.operator]}`}
    onChange={(event) => set(event.currentTarget.value)} />{column.unit}</label>;
}

function Part({ id, columns, condition, others, changed, removed }: {
  id: string; columns: Column[]; condition: Condition; others: string | null; changed: (condition: Condition) => void; removed: () => void;
}) {
  const { words } = spoken.value;
  const column = columns.find(({ name }) => name === condition.column);
  if (column === undefined) return null;
  const offered = operators[column.kind];
  const choose = (name: string) => {
    const next = columns.find((one) => one.name === name);
    changed({ column: name, operator: operators[next?.kind ?? 'other'][0] ?? 'not null', values: [] });
  };
  const hasList = condition.operator === 'in' || condition.operator === 'not in';
  return (
    <li class="condition">
      <div class="parts">
        <select class="field" aria-label={words.column} value={column.name} onChange={(event) => choose(event.currentTarget.value)}>
          {columns.map(({ name, title }) => <option key={name} value={name}>{title}</option>)}</select>
        <select class="field" aria-label={words.operator} value={condition.operator}
          onChange={(event) => {
            const operator = event.currentTarget.value as Operator;
            const keeps = (operator === 'in' || operator === 'not in') && hasList;
            changed({ ...condition, operator, values: keeps ? condition.values : [] });
          }}>
          {offered.map((operator) => <option key={operator} value={operator}>{operatorWords(words)[operator]}</option>)}</select>
        <button type="button" class="icon-btn" aria-label={words.removeCondition} title={words.removeCondition} onClick={removed}><span class="kern-icon kern-icon--close" aria-hidden="true" /></button>
      </div>
      {hasList && <ValueList id={id} column={column} condition={condition} others={others} changed={changed} />}
      {(condition.operator === '>=' || condition.operator === '<=' || condition.operator === 'contains') && <ValueField column={column} condition={condition} changed={changed} />}
    </li>
  );
}

/** The filter's text, for whoever wants to see or write it. */
function Text({ id, filter }: { id: string; filter: string }) {
  const { words } = spoken.value;
  const [text, set] = useState(filter);
  useEffect(() => set(filter), [filter]);
  return (
    <details class="fold cql">
      <summary>{words.cql}</summary>
      <form onSubmit={(event) => { event.preventDefault(); setFilter(id, text.trim() || null); }}>
        <textarea class="field" rows={3} spellcheck={false} value={text} aria-label={words.cql} onInput={(event) => set(event.currentTarget.value)} />
        <button class="btn small" disabled={text.trim() === filter}>{words.apply}</button>
      </form>
    </details>
  );
}

export function FilterBuilder({ id, columns }: { id: string; columns: Column[] }) {
  const { words } = spoken.value;
  const heading = useId();
  const filter = state.value.filters[id] ?? '';
  const read = filter === '' ? [] : fromCql(filter);
  const isOwn = read === null || read.some(({ column }) => !columns.some(({ name }) => name === column));
  const [rows, setRows] = useState<Condition[]>(isOwn ? [] : read);
  // Back, forward and the text change the filter too.
  useEffect(() => {
    if (!isOwn && (toCql(rows) ?? '') !== filter) setRows(read);
  }, [filter, isOwn]);
  const change = (next: Condition[]) => {
    setRows(next);
    const cql = toCql(next);
    if ((cql ?? '') !== filter) setFilter(id, cql);
  };
  const usable = columns.filter(({ role }) => role !== 'id');
  const add = () => {
    const column = usable.find(({ kind, name }) => kind === 'text' && !/name|titel|bezeichnung/i.test(name)) ?? usable[0] ?? columns[0];
    if (column !== undefined) change([...rows, { column: column.name, operator: operators[column.kind][0] ?? 'not null', values: [] }]);
  };
  return (
    <div class="filter" role="group" aria-labelledby={heading}>
      <h4 id={heading}>{words.filter}</h4>
      {isOwn ? <p class="quiet">{words.ownFilter}</p>
        : rows.length > 0 && <ul class="conditions">{rows.map((condition, at) => (
          <Part key={at} id={id} columns={columns} condition={condition} others={toCql(rows.filter((_, other) => other !== at))}
            changed={(next) => change(rows.map((row, other) => (other === at ? next : row)))} removed={() => change(rows.filter((_, other) => other !== at))} />))}</ul>}
      <div class="actions">
        {!isOwn && columns.length > 0 && <button type="button" class="btn small" data-focus="add-filter" onClick={add}>{rows.length === 0 ? words.addFilter : words.addCondition}</button>}
        {(filter !== '' || rows.length > 0) && <button type="button" class="plain" onClick={() => { setRows([]); setFilter(id, null); }}>{words.clearFilter}</button>}
      </div>
      {(filter !== '') && <Text id={id} filter={filter} />}
    </div>
  );
}
