import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCatalogue, readTileInfo, type Collection } from '../src/server/catalogue';
import { looks, type Look } from '../src/map/plain/colour';
import { labelField, nameIn } from '../src/layers/names';
import { drawing, isDistrict } from '../src/map/plain/drawing';
import { union } from '../src/map/extent';
import { before } from '../src/map/stack';

const make = (id: string, geometry: string | null, count: number, more: object = {}): Collection => {
  const [collection] = readCatalogue({
    collections: [{ id, title: id, 'veedel:geometry': geometry, 'veedel:count': count, extent: { spatial: { bbox: [[7, 50, 7.2, 50.2]] } }, ...more }],
  }).collections;
  assert.ok(collection);
  return collection;
};
const city = [
  make('gebaeude', 'polygon', 90000), make('stadtbezirke', 'polygon', 9), make('quartiere', 'polygon', 90), make('parks', 'polygon', 40),
  make('strassen', 'line', 4000), make('fluss', 'line', 3), make('adressen', 'point', 80000), make('schulen', 'point', 40),
  make('misch', 'mixed', 5), make('tabelle', null, 7), make('kaputt', 'point', 0, { 'veedel:state': 'failed' }),
];
const found = looks(city.map(({ id }) => id));
const lookOf = ({ id }: Collection): Look => found.get(id) ?? { theme: 'other', colour: '#000000' };
const drawn = (collection: Collection, fields: object = {}) =>
  drawing(collection, lookOf(collection), readTileInfo({ vector_layers: [{ id: 'inside', fields }] }, collection));

test('planes lie below lines, lines below points, points below labels', () => {
  const order = ['fill', 'line', 'circle', 'symbol'];
  const all = city.flatMap((collection) => drawn(collection, { name: 'String' }))
    .filter(({ layer }) => !layer.id.endsWith(':outline')).sort((left, right) => left.rank - right.rank);
  const types = all.map(({ layer }) => order.indexOf(layer.type));
  assert.deepEqual(types, [...types].sort());
});

test('buildings stand on parks, few points on many, broad borders on narrow ones', () => {
  const rank = (id: string, part: string) =>
    city.flatMap((collection) => drawn(collection)).find(({ layer }) => layer.id === `collection:${id}:${part}`)?.rank ?? NaN;
  assert.ok(rank('gebaeude', 'fill') > rank('parks', 'fill'));
  assert.ok(rank('parks', 'fill') > rank('stadtbezirke', 'fill'));
  assert.ok(rank('schulen', 'point') > rank('adressen', 'point'));
  assert.ok(rank('stadtbezirke', 'outline') > rank('quartiere', 'outline'));
});

test('every layer names its collection, its source and the layer inside the tiles', () => {
  for (const { layer } of drawn(make('a,b', 'mixed', 3))) {
    assert.deepEqual(layer.metadata, { 'veedel:collection': 'a,b' });
    assert.equal('source-layer' in layer && layer['source-layer'], 'inside');
    assert.equal('source' in layer && layer.source, 'collection:a,b');
  }
  assert.deepEqual(drawn(make('tabelle', null, 3)), []);
});

test('a district is known by name, or by few and large polygons', () => {
  const unknown = { theme: 'other', colour: '#000000' } as const;
  assert.ok(isDistrict(make('stadtteile', 'polygon', 86), { theme: 'border', colour: '#000000' }));
  assert.ok(isDistrict(make('x', 'polygon', 20), unknown));
  assert.ok(!isDistrict(make('x', 'polygon', 20000), unknown));
  assert.ok(!isDistrict(make('x', 'line', 20), unknown));
  assert.ok(!isDistrict(make('gebaeude', 'polygon', 20), { theme: 'building', colour: '#000000' }));
});

test('a label is a text field with a speaking name', () => {
  assert.equal(labelField({ id: 'Number', NAME: 'String' }), 'NAME');
  assert.equal(labelField({ name: 'Number', titel: 'String' }), 'titel');
  assert.equal(labelField({ id: 'Number' }), null);
  assert.equal(labelField({ stt_nr: 'String', stt_name: 'String' }), 'stt_name');
  assert.equal(labelField({ vor_name: 'String', nach_name: 'String' }), null);
});

test('a column colours planes, lines and points, and letters stand on points', () => {
  const categories = { column: 'kind', list: [{ values: ['x', 'y'], title: 'X', colour: '#112233', symbol: 'X' }] };
  const paint = (geometry: string, part: string, name: string) => {
    const layer = drawn(make('a', geometry, 3, { 'veedel:categories': categories }), { kind: 'String', name: 'String' })
      .find((one) => one.layer.id.endsWith(`:${part}`))?.layer as { paint?: Record<string, unknown>; layout?: Record<string, unknown> } | undefined;
    return JSON.stringify({ ...layer?.paint, ...layer?.layout }[name]);
  };
  for (const [geometry, part, name] of [['polygon', 'fill', 'fill-color'], ['line', 'line', 'line-color'], ['point', 'point', 'circle-color']] as const) {
    assert.match(paint(geometry, part, name), /\["match",\["to-string",\["get","kind"\]\],\["x","y"\],"#112233",/, geometry);
  }
  assert.match(paint('point', 'symbol', 'text-field'), /"X",""\]$/);
  assert.equal(drawn(make('a', 'point', 3), { name: 'String' }).some(({ layer }) => layer.id.endsWith(':symbol')), false);
});

test('what the legend says is not written on the map as well', () => {
  const categories = { column: 'name', list: [{ values: ['x'], colour: '#112233' }] };
  const layers = drawn(make('a', 'point', 3, { 'veedel:categories': categories }), { name: 'String' });
  assert.deepEqual(layers.map(({ layer }) => layer.id), ['collection:a:point']);
});

test('a feature is called by the column that names it', () => {
  assert.equal(nameIn({ id: 3, stt_name: 'Deutz', shape_area: 2.5 }), 'Deutz');
  assert.equal(nameIn({ id: 3, name: 7 }), '');
  assert.equal(nameIn({}), '');
});

test('a layer goes below the first of higher rank', () => {
  const ranks = new Map([['b', 10], ['c', 20], ['d', 30]]);
  assert.equal(before(['background', 'b', 'c', 'd'], ranks, 20), 'd');
  assert.equal(before(['background', 'b', 'c', 'd'], ranks, 5), 'b');
  assert.equal(before(['background'], ranks, 5), undefined);
});

test('the extent of all', () => {
  assert.deepEqual(union([[1, 2, 3, 4], null, [0, 3, 2, 9]]), [0, 2, 3, 9]);
  assert.deepEqual(union([[170, -90, -170, 90]]), [-180, -85.05, 180, 85.05]);
  assert.equal(union([null]), null);
});
