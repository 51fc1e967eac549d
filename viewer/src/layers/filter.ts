/** Filters as rows of column, operator and values, and as the CQL2 that the server takes. */

export type Operator = 'in' | 'not in' | '>=' | '<=' | 'contains' | 'null' | 'not null';

/** A value, by the literal that stands for it. */
export type Value = string | number | boolean | { date: string } | { instant: string };

export interface Condition {
  column: string;
  operator: Operator;
  values: Value[];
}

/** A text between quotes; quotes and backslashes are doubled. */
export function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

/** A column's name, in quotes where it is more than a plain word. */
export function named(column: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(column) && !/^(and|or|not|in|is|null|like|between|true|false|casei|accenti|date|timestamp|interval)$/i.test(column)
    ? column : `"${column.replaceAll('"', '""')}"`;
}

function literal(value: Value): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'object') return 'date' in value ? `DATE(${quoted(value.date)})` : `TIMESTAMP(${quoted(value.instant)})`;
  return typeof value === 'boolean' ? (value ? 'TRUE' : 'FALSE') : String(value);
}

/** Signs of a pattern stand for themselves. */
const pattern = (text: string): string => text.replace(/[\\%_]/g, (sign) => `\\${sign}`);

/** One condition; empty while it has no value. */
function written({ column, operator, values }: Condition): string {
  const name = named(column);
  const [first] = values;
  if (operator === 'null') return `${name} IS NULL`;
  if (operator === 'not null') return `${name} IS NOT NULL`;
  if (first === undefined) return '';
  if (operator === 'contains') return `CASEI(${name}) LIKE CASEI(${quoted(`%${pattern(String(first))}%`)})`;
  if (operator === '>=' || operator === '<=') return `${name} ${operator} ${literal(first)}`;
  if (values.length === 1) return `${name} ${operator === 'in' ? '=' : '<>'} ${literal(first)}`;
  return `${name} ${operator === 'in' ? 'IN' : 'NOT IN'} (${values.map(literal).join(', ')})`;
}

/** All conditions together; null where none says anything. */
export function toCql(conditions: Condition[]): string | null {
  const all = conditions.map(written).filter((text) => text !== '');
  return all.length === 0 ? null : all.join(' AND ');
}

/** Filters together; null where there is none. What is not one comparison gets brackets. */
export function together(filters: (string | null)[]): string | null {
  const all = filters.filter((filter): filter is string => filter !== null && filter !== '');
  if (all.length < 2) return all[0] ?? null;
  return all.map((filter) => `(${filter})`).join(' AND ');
}

type Token = { kind: 'word' | 'name' | 'text' | 'number' | 'sign'; text: string };

function tokens(cql: string): Token[] | null {
  const found: Token[] = [];
  const part = /\s*(?:("(?:[^"]|"")+")|('(?:[^'\\]|''|\\\\|\\[%_])*')|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|([\p{L}_][\p{L}\p{N}_.]*)|(<>|>=|<=|[=(),]))/uy;
  while (part.lastIndex < cql.trimEnd().length) {
    const match = part.exec(cql);
    if (match === null) return null;
    const [, name, text, number, word, sign] = match;
    if (name !== undefined) found.push({ kind: 'name', text: name.slice(1, -1).replaceAll('""', '"') });
    else if (text !== undefined) found.push({ kind: 'text', text: text.slice(1, -1).replaceAll("''", "'").replaceAll('\\\\', '\\') });
    else if (number !== undefined) found.push({ kind: 'number', text: number });
    else if (word !== undefined) found.push({ kind: 'word', text: word });
    else found.push({ kind: 'sign', text: sign ?? '' });
  }
  return found;
}

/** Reads what `toCql` writes; null for any other filter. */
export function fromCql(cql: string): Condition[] | null {
  const all = tokens(cql);
  if (all === null) return null;
  let at = 0;
  const is = (text: string): boolean => {
    const token = all[at];
    if (token === undefined || token.kind === 'name' || token.kind === 'text' || token.text.toUpperCase() !== text) return false;
    at += 1;
    return true;
  };
  const take = (kind: Token['kind']): string | null => {
    const token = all[at];
    if (token?.kind !== kind) return null;
    at += 1;
    return token.text;
  };
  const inBrackets = (kind: Token['kind']): string | null => {
    const text = is('(') ? take(kind) : null;
    return text !== null && is(')') ? text : null;
  };
  const value = (): Value | null => {
    if (is('TRUE')) return true;
    if (is('FALSE')) return false;
    for (const [word, member] of [['DATE', 'date'], ['TIMESTAMP', 'instant']] as const) {
      if (!is(word)) continue;
      const text = inBrackets('text');
      return text === null ? null : ({ [member]: text } as { date: string } | { instant: string });
    }
    const number = take('number');
    return number === null ? take('text') : Number(number);
  };
  const values = (): Value[] | null => {
    const found: Value[] = [];
    if (!is('(')) return null;
    do {
      const next = value();
      if (next === null) return null;
      found.push(next);
    } while (is(','));
    return is(')') ? found : null;
  };
  const contains = (): Condition | null => {
    const column = is('(') ? take('name') ?? take('word') : null;
    if (column === null || !is(')') || !is('LIKE') || !is('CASEI')) return null;
    const text = inBrackets('text');
    const inner = text === null ? null : /^%(.*)%$/s.exec(text)?.[1];
    return inner === null || inner === undefined || /(^|[^\\])(\\\\)*[%_]/.test(inner) ? null
      : { column, operator: 'contains', values: [inner.replace(/\\([\\%_])/g, '$1')] };
  };
  const condition = (): Condition | null => {
    if (is('CASEI')) return contains();
    const column = take('name') ?? take('word');
    if (column === null) return null;
    if (is('IS')) {
      const isNot = is('NOT');
      return is('NULL') ? { column, operator: isNot ? 'not null' : 'null', values: [] } : null;
    }
    const isNot = is('NOT');
    if (is('IN')) {
      const list = values();
      return list && { column, operator: isNot ? 'not in' : 'in', values: list };
    }
    const sign = take('sign');
    const operator = ({ '=': 'in', '<>': 'not in', '>=': '>=', '<=': '<=' } as Record<string, Operator>)[sign ?? ''];
    const only = operator === undefined || isNot ? null : value();
    return only === null || operator === undefined ? null : { column, operator, values: [only] };
  };
  const conditions: Condition[] = [];
  do {
    const next = condition();
    if (next === null) return null;
    conditions.push(next);
  } while (is('AND'));
  return at === all.length ? conditions : null;
}

/** What is left where some of the entries of a legend are off: the others, and what has no value. */
export function without(filters: string[]): string | null {
  const parts = filters.map((filter) => {
    const [only, ...more] = fromCql(filter) ?? [];
    const mayBeNull = only !== undefined && more.length === 0 && (only.operator === 'in' || only.operator === '>=' || only.operator === '<=');
    return mayBeNull ? `(NOT (${filter}) OR ${named(only.column)} IS NULL)` : `NOT (${filter})`;
  });
  return parts.length === 0 ? null : parts.join(' AND ');
}
