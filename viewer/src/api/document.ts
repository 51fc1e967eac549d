/** What the page reads of an OpenAPI document, and the addresses it makes of it. */

export interface Parameter {
  name: string;
  in: 'query' | 'path';
  required?: boolean;
  description?: string;
  example?: unknown;
  schema: { type?: string; enum?: string[]; default?: unknown; minimum?: number; maximum?: number };
}

export interface Operation {
  verb: string;
  path: string;
  summary: string;
  tag: string;
  parameters: Parameter[];
  /** An example of the body, where there is one. */
  body: string | null;
}

interface Written {
  summary?: string;
  tags?: string[];
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { example?: unknown }> };
}

export interface OpenApi {
  tags: { name: string }[];
  paths: Record<string, Record<string, Written>>;
}

/** All operations, in the order of the document. */
export function operations(document: OpenApi): Operation[] {
  return Object.entries(document.paths).flatMap(([path, verbs]) => Object.entries(verbs).map(([verb, written]) => ({
    verb: verb.toUpperCase(),
    path,
    summary: written.summary ?? '',
    tag: written.tags?.[0] ?? '',
    parameters: written.parameters ?? [],
    body: written.requestBody === undefined ? null : bodyOf(written.requestBody.content),
  })));
}

function bodyOf(content: Record<string, { example?: unknown }>): string {
  const first = Object.values(content)[0];
  return JSON.stringify(first?.example ?? {}, null, 2);
}

/** A value as it is written into an address. */
export function written(value: unknown): string {
  if (value === undefined || value === null) return '';
  return Array.isArray(value) ? value.join(',') : String(value);
}

/** The address of an operation with these values below `base`, which ends in a slash; empty ones are left out. */
export function addressOf(base: string, operation: Operation, values: Map<string, string>): string {
  let path = operation.path.slice(1);
  const query: string[] = [];
  for (const parameter of operation.parameters) {
    const value = values.get(parameter.name) ?? '';
    if (parameter.in === 'path') {
      path = path.replaceAll(`{${parameter.name}}`, encodeURIComponent(value).replaceAll('%2C', ','));
    } else if (value !== '') {
      query.push(`${encodeURIComponent(parameter.name)}=${encodeURIComponent(value).replaceAll('%2C', ',')}`);
    }
  }
  return `${base}${path}${query.length === 0 ? '' : `?${query.join('&')}`}`;
}
