/**
 * The addresses of the server, all below the page's own base so that a path prefix behind a proxy is kept.
 */

/** An identifier as one path segment: everything that could end or split the segment is encoded. */
export function segment(id: string): string {
  return encodeURIComponent(id);
}

/** The base of the page without query and fragment, ending in a slash. */
export function pageBase(baseUri: string): string {
  return new URL('.', baseUri).href;
}

/** The list of collections. */
export function collectionsAddress(base: string): string {
  return `${base}collections?f=json`;
}

/** The page of a collection: HTML for a browser, JSON for others. */
export function collectionAddress(base: string, id: string): string {
  return `${base}collections/${segment(id)}`;
}

/** The features as a table (HTML), of a box or all of them. */
export function tableAddress(base: string, id: string, box: [number, number, number, number] | null): string {
  const within = box === null ? '' : `&bbox=${box.map((number) => number.toFixed(6)).join(',')}`;
  return `${base}collections/${segment(id)}/items?f=html${within}`;
}

/** One feature; `json` asks for GeoJSON, else the browser gets its page. */
export function itemAddress(base: string, id: string, feature: string, json: boolean): string {
  return `${base}collections/${segment(id)}/items/${segment(feature)}${json ? '?f=json' : ''}`;
}

/** The description of a collection's tiles (TileJSON). */
export function tileJsonAddress(base: string, id: string): string {
  return `${base}xyz/${segment(id)}.json`;
}

/** The tile template, as QGIS and MapLibre take it. */
export function tileTemplate(base: string, id: string): string {
  return `${base}xyz/${segment(id)}/{z}/{x}/{y}`;
}

/** The worker of MapLibre. */
export function workerAddress(base: string): string {
  return `${base}assets/worker.js`;
}

/** A style: the base map's by its theme, or a collection's for that base. */
export function styleAddress(base: string, id: string, theme: string | null): string {
  return `${base}styles/${segment(id)}${theme === 'dark' ? '?theme=dark' : ''}`;
}

/** What the marks of a style mean. */
export function legendAddress(base: string, id: string, theme: string): string {
  return `${base}styles/${segment(id)}/legend?f=json${theme === 'dark' ? '&theme=dark' : ''}`;
}

/** The columns of a collection, with titles, units and roles. */
export function schemaAddress(base: string, id: string): string {
  return `${base}collections/${segment(id)}/schema`;
}

/** Counts and the like of a collection's values. */
export function aggregateAddress(base: string, id: string, parameters: Record<string, string>): string {
  return `${base}collections/${segment(id)}/aggregate?${new URLSearchParams({ ...parameters, f: 'json' })}`;
}

/** Features, as GeoJSON or a page. */
export function itemsAddress(base: string, id: string, parameters: Record<string, string>): string {
  return `${base}collections/${segment(id)}/items?${new URLSearchParams(parameters)}`;
}

/** What is called like this. */
export function searchAddress(base: string, words: string, limit: number): string {
  return `${base}search?${new URLSearchParams({ q: words, limit: String(limit) })}`;
}
