/** The columns of a collection as its schema describes them. */

export interface Column {
  name: string;
  title: string;
  description: string;
  kind: 'text' | 'number' | 'yes' | 'date' | 'instant' | 'other';
  unit: string;
  /** What values mean, where the configuration says so. */
  codes: Map<string, string>;
  /** The primary date or instant of a feature, or its id. */
  role: string;
}

type Json = Record<string, unknown>;

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

function kindOf({ type, format, oneOf }: Json): Column['kind'] {
  if (format === 'date') return 'date';
  if (format === 'date-time') return 'instant';
  if (type === 'integer' || type === 'number') return 'number';
  if (type === 'boolean') return 'yes';
  return type === 'string' || Array.isArray(oneOf) ? 'text' : 'other';
}

function codesOf(value: unknown): Map<string, string> {
  const all = Array.isArray(value) ? (value as Json[]) : [];
  return new Map(all.map((code) => [String(code['const']), text(code['title'])] as const).filter(([, title]) => title !== ''));
}

/** Reads a schema; geometries are no columns for people. */
export function readSchema(value: unknown): Column[] {
  const properties = ((value ?? {}) as Json)['properties'];
  if (typeof properties !== 'object' || properties === null) return [];
  return Object.entries(properties as Record<string, Json>)
    .filter(([, property]) => !text(property['format']).startsWith('geometry'))
    .sort(([, left], [, right]) => Number(left['x-ogc-propertySeq'] ?? 0) - Number(right['x-ogc-propertySeq'] ?? 0))
    .map(([name, property]) => ({
      name, title: text(property['title']) || name, description: text(property['description']), kind: kindOf(property),
      unit: text(property['x-ogc-unit']), codes: codesOf(property['oneOf']), role: text(property['x-ogc-role']),
    }));
}

/** The column by which features have a time. */
export function timeColumn(columns: Column[]): Column | null {
  const times = columns.filter(({ kind }) => kind === 'date' || kind === 'instant');
  return times.find(({ role }) => role.startsWith('primary')) ?? times[0] ?? null;
}
