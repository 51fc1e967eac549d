// A development server: dist/ and canned answers of the shape the real server gives, or with --api those of one that runs.
//   node dev/server.mjs [--port 3100] [--prefix /maps/] [--empty] [--api http://127.0.0.1:3000]
import { createServer, request as ask } from 'node:http';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { GeoJSONVT } from '@maplibre/geojson-vt';
import { fromGeojsonVt } from '@maplibre/vt-pbf';
import { city } from './city.mjs';

const option = (name, otherwise) => {
  const at = process.argv.indexOf(name);
  return at < 0 ? otherwise : process.argv[at + 1];
};
const port = Number(option('--port', '3100'));
const prefix = option('--prefix', '/');
const api = option('--api', null);
const started = Date.now();
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; worker-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const types = { html: 'text/html; charset=utf-8', js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8', svg: 'image/svg+xml', txt: 'text/plain; charset=utf-8' };

const collections = process.argv.includes('--empty') ? [] : city().map((entry) => ({ ...entry, bounds: boundsOf(entry.features), index: indexOf(entry) }));
const find = (id) => collections.find((entry) => entry.id === id);

function boundsOf(features) {
  const positions = features.flatMap(({ geometry }) => (geometry === null ? [] : geometry.coordinates.flat(5)));
  const xs = positions.filter((_, at) => at % 2 === 0);
  const ys = positions.filter((_, at) => at % 2 === 1);
  const least = (list) => list.reduce((a, b) => Math.min(a, b), Infinity);
  const most = (list) => list.reduce((a, b) => Math.max(a, b), -Infinity);
  return xs.length === 0 ? null : [least(xs), least(ys), most(xs), most(ys)];
}

/** The tile index, of features without the attributes a tile leaves out. */
function indexOf({ geometry, features, large = [] }) {
  if (geometry === null || features.length === 0) return null;
  const slim = features.map((one) => ({ ...one, properties: Object.fromEntries(Object.entries(one.properties).filter(([name, value]) => !large.includes(name) && value !== null)) }));
  return new GeoJSONVT({ type: 'FeatureCollection', features: slim }, { maxZoom: 16, indexMaxZoom: 6, tolerance: 2, buffer: 64 });
}

function stateOf(entry) {
  if (entry.failed) return 'failed';
  return Date.now() - started < (entry.loadsFor ?? 0) * 1000 ? 'loading' : 'ready';
}

function describe(entry) {
  const state = stateOf(entry);
  return {
    id: entry.id, title: entry.title, description: entry.description, attribution: entry.attribution, itemType: 'feature',
    ...(entry.bounds ? { extent: { spatial: { bbox: [entry.bounds] } } } : {}),
    'veedel:geometry': entry.geometry, 'veedel:count': state === 'ready' ? entry.features.length : 0, 'veedel:state': state, 'veedel:why': entry.failed,
    'veedel:loadedAt': state === 'ready' ? new Date(started).toISOString() : undefined, 'veedel:freshness': 'file',
    'veedel:minzoom': entry.minzoom ?? 0, 'veedel:maxzoom': 16, 'veedel:key': entry.key,
    links: entry.geometry === null ? [] : [{ rel: 'http://www.opengis.net/def/rel/ogc/1.0/styles', href: `${prefix}styles/${encodeURIComponent(entry.id)}` }],
  };
}

const catalogue = () => ({
  collections: collections.map(describe), links: [],
  'veedel:sources': [{ name: 'fixtures/city', notServed: collections.length === 0 ? [] : [{ name: 'public.messwerte', why: 'the geometry column has no SRID', hint: 'SELECT UpdateGeometrySRID(\'messwerte\', \'geom\', 25832)' }] }],
});

function tileJson(ids, host) {
  const entries = ids.map(find);
  const fields = ({ features }) => Object.fromEntries(Object.entries(features[0].properties).map(([name, value]) => [name, typeof value === 'number' ? 'Number' : typeof value === 'boolean' ? 'Boolean' : 'String']));
  return {
    tilejson: '3.0.0', tiles: [`http://${host}${prefix}xyz/${ids.map(encodeURIComponent).join(',')}/{z}/{x}/{y}`], bounds: entries[0].bounds,
    minzoom: Math.min(...entries.map((entry) => entry.minzoom ?? 0)), maxzoom: 16, vector_layers: entries.map((entry) => ({ id: entry.id, fields: fields(entry) })),
  };
}

function tile(ids, [z, x, y]) {
  const layers = {};
  for (const entry of ids.map(find)) {
    const found = z >= (entry.minzoom ?? 0) ? entry.index?.getTile(z, x, y) : null;
    if (found && found.features.length > 0) layers[entry.id] = found;
  }
  return Object.keys(layers).length === 0 ? null : Buffer.from(fromGeojsonVt(layers, { version: 2, extent: 4096 }));
}

function featureOf(entry, id) {
  const found = entry.features.find((one) => String(one.id ?? one.properties[entry.key?.[0]]) === id);
  return found && { ...found, id };
}

const colours = ['#b84a27', '#00695c', '#3b5fc0', '#8a5a00', '#7a3b9c', '#5d6b00'];

/** A plain style of a collection: one colour for all of it. */
function style(entry, host) {
  const colour = colours[collections.indexOf(entry) % colours.length];
  const source = `collection:${entry.id}`;
  const layer = (part, type, filter, rank, paint) => ({ id: `${source}:${part}`, type, source, 'source-layer': entry.id, filter: ['==', ['geometry-type'], filter], paint,
    metadata: { 'veedel:collection': entry.id, 'veedel:rank': rank } });
  return { version: 8, sources: { [source]: { type: 'vector', tiles: tileJson([entry.id], host).tiles, maxzoom: 16 } }, layers: [
    layer('fill', 'fill', 'Polygon', 50, { 'fill-color': colour, 'fill-opacity': 0.3, 'fill-outline-color': colour }),
    layer('line', 'line', 'LineString', 60, { 'line-color': colour, 'line-width': 1.5 }), layer('point', 'circle', 'Point', 70, { 'circle-color': colour, 'circle-radius': 4 })] };
}

/** The base map, a ground; the style of a collection, or what its marks mean. */
function styleOrLegend([, name, part], host) {
  if (name === 'light' || name === 'dark') return json({ version: 8, sources: {}, layers: [{ id: 'background', type: 'background', paint: { 'background-color': name === 'dark' ? '#1b1e26' : '#f5f3ee' } }] });
  const entry = find(decodeURIComponent(name ?? ''));
  if (entry === undefined || entry.geometry === null) return missing;
  if (part !== 'legend') return json(style(entry, host));
  const kind = { line: 'line', polygon: 'fill' }[entry.geometry] ?? 'circle';
  return json({ title: entry.title, entries: [{ title: entry.title, symbol: { kind, colour: colours[collections.indexOf(entry) % colours.length] } }] });
}

const json = (value) => ({ status: 200, type: 'application/json', body: JSON.stringify(value) });
const missing = { status: 404, type: 'application/problem+json', body: '{"title":"not found"}' };

/** Ids of a composite: split first, then decoded, as a comma can be part of an id. */
const idsOf = (part) => {
  const ids = part.split(',').map(decodeURIComponent);
  return ids.every(find) ? ids : null;
};

const pages = { '': 'index.html', planung: 'index.html' };

/** A file of dist/ for its address; null for what is none. */
async function file(path) {
  const name = pages[path] ?? (/^assets\/[\w.-]+$/.test(path) ? path : null);
  const body = name && await readFile(fileURLToPath(new URL(`../dist/${name}`, import.meta.url))).catch(() => null);
  return body ? { status: 200, type: types[name.split('.').pop()], body } : null;
}

async function answer(path, host) {
  const parts = path.split('/');
  if (path === '') return json({ title: 'Rheinfurt', links: [] });
  if (path === 'collections') return json(catalogue());
  if (parts[0] === 'styles') return styleOrLegend(parts, host);
  if (parts[0] === 'xyz' && parts.length === 2 && path.endsWith('.json')) {
    const ids = idsOf(parts[1].slice(0, -5));
    return ids === null ? missing : json(tileJson(ids, host));
  }
  if (parts[0] === 'xyz' && parts.length === 5) {
    const ids = idsOf(parts[1]);
    const body = ids && tile(ids, parts.slice(2).map(Number));
    if (ids === null) return missing;
    return body === null ? { status: 204, body: '' } : { status: 200, type: 'application/vnd.mapbox-vector-tile', body };
  }
  const entry = parts[0] === 'collections' ? find(decodeURIComponent(parts[1] ?? '')) : undefined;
  if (entry === undefined) return missing;
  if (parts.length === 2) return json(describe(entry));
  if (parts[2] === 'schema') return json({ properties: Object.fromEntries(Object.keys(entry.features[0]?.properties ?? {}).map((name) => [name, { type: 'string' }])) });
  if (parts[2] === 'items' && parts.length === 3) return json({ type: 'FeatureCollection', features: entry.features.slice(0, 10) });
  const found = featureOf(entry, decodeURIComponent(parts[3] ?? ''));
  return found ? json(found) : missing;
}

/** Passes a request on to the server of --api; with the host as asked, as its answers hold addresses. */
function pass(request, response) {
  const { hostname, port: at } = new URL(api);
  const path = `/${request.url.slice(prefix.length)}`;
  const passed = ask({ hostname, port: at, path, method: request.method, headers: request.headers, agent: false }, (answered) => {
    response.writeHead(answered.statusCode, answered.headers);
    answered.pipe(response);
  });
  passed.on('error', () => response.writeHead(502).end());
  response.on('close', () => passed.destroy());
  request.pipe(passed);
}

createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://any');
  const path = pathname.startsWith(prefix) ? pathname.slice(prefix.length) : null;
  const own = path === null || searchParams.get('f') === 'json' ? null : await file(path);
  if (own === null && path !== null && api !== null) {
    pass(request, response);
    return;
  }
  const { status, type, body } = own ?? (path === null ? missing : await answer(path, request.headers.host));
  response.writeHead(status, { ...(type ? { 'content-type': type } : {}), 'content-security-policy': policy, 'x-content-type-options': 'nosniff', 'cache-control': 'no-cache' });
  response.end(body);
}).listen(port, '127.0.0.1', () => console.log(`http://127.0.0.1:${port}${prefix}`));
