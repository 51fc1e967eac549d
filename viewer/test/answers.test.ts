import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { figuresOf, ranked, type RowOf } from '../src/questions/figures';
import { inside } from '../src/questions/place';
import { classes, classOf } from '../src/questions/scale';
import { questionWords } from '../src/questions/words';
import { readHits } from '../src/search/read';
import { collectionsOf, faded, filtered } from '../src/map/drawn';
import { readLegend } from '../src/map/styled';
import { readSchema, timeColumn } from '../src/server/schema';

const words = questionWords.de;

test('classes follow the data, hold every value, and are told by what they hold', () => {
  fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 5_000_000 }).map((value) => value / 1000), { minLength: 1, maxLength: 40 }), (values) => {
    const all = classes(values, 'light');
    assert.ok(all.length >= 1 && all.length <= 5);
    for (const value of values) {
      const own = classOf(all, value);
      assert.ok(own !== undefined && value >= own.from - 1e-6 * Math.abs(own.from) && value <= own.to * (1 + 1e-9), `${value} in ${JSON.stringify(all)}`);
    }
    assert.equal(new Set(all.map(({ colour }) => colour)).size, all.length);
  }));
  assert.deepEqual(classes([0, 0.21, 0.98], 'light').map(({ from, to }) => [from, to]), [[0, 0.2], [0.2, 0.4], [0.4, 0.6], [0.6, 0.8], [0.8, 1]]);
  const skew = classes([...Array.from({ length: 20 }, (_, at) => at / 20), 40], 'light');
  assert.ok(skew.length === 5 && (skew[0]?.to ?? 9) <= 0.25 && (skew[4]?.to ?? 0) >= 40, 'one giant leaves the others apart');
  assert.deepEqual(classes([], 'light'), []);
  assert.equal(classes([0, 0], 'light').length, 1);
});

test('protected numbers stay what they are, and stand last', () => {
  const rows: RowOf[] = [['a', '*'], ['b', 3], ['c', null], ['d', 7]].map(([id, value]) => ({ id: String(id), name: String(id), cells: [value ?? null], margin: null }));
  assert.deepEqual(ranked(rows, 0, false).map(({ id }) => id), ['d', 'b', 'a', 'c']);
  assert.deepEqual(ranked(rows, 0, true).map(({ id }) => id), ['b', 'd', 'a', 'c']);
});

test('an answer about coverage has its number, rows and city; what if, those after', () => {
  const split = (uncovered: number | string) => ({ persons: 10, covered: 5, uncovered, uncoveredShare: 0.5, share: 0.5 });
  const json = { ...split(5), areas: [{ id: 'x', name: 'X', ...split('*') }], inNoArea: split(1), margin: { uncovered: 2 }, summary: { de: 'Satz', en: 'Sentence' }, warnings: [{ code: 'c', de: 'd', en: 'e' }], result: { id: 'r' },
    evidence: { population: { attribution: 'Stadt' }, network: { attribution: 'Stadt' }, demand: { attribution: 'Land' } } };
  const figures = figuresOf('coverage', json, words);
  assert.deepEqual([figures.number, figures.margin, figures.result, figures.summary.de], [5, 2, 'r', 'Satz']);
  assert.deepEqual(figures.rows.map(({ id, cells }) => [id, cells]), [['x', ['*', 10, 0.5]]]);
  assert.deepEqual(figures.feet.map(({ name }) => name), ['in keinem Gebiet', 'Stadt']);
  assert.deepEqual(figures.attributions, ['Stadt', 'Land']);
  assert.equal(figuresOf('coverage', { after: split(3), areas: [] }, words).number, 3);
});

test('answers of any shape are read without throwing', () => {
  for (const kind of ['coverage', 'nearest', 'supply', 'reach', 'siting', 'profile'] as const) {
    for (const odd of [null, 7, 'x', [], {}, { areas: 3, supply: [null], sites: [7], warnings: [null], evidence: [null] }]) figuresOf(kind, odd, words);
  }
});

test('a name stands inside its area, in the largest part', () => {
  const square = (x: number, side: number): number[][] => [[x, 0], [x + side, 0], [x + side, side], [x, side], [x, 0]];
  const at = inside({ type: 'MultiPolygon', coordinates: [[square(0, 1)], [square(10, 4)]] });
  assert.ok(at !== null && at[0] > 11 && at[0] < 13 && at[1] > 1 && at[1] < 3, String(at));
  assert.equal(inside({ type: 'Point', coordinates: [1, 2] }), null);
});

test('hits without a place or a name are none', () => {
  const feature = { geometry: { coordinates: [7, 51] }, properties: { name: 'Neumarkt', kind: 'street', of: 'adressen', id: null, areas: [{ name: 'Stadt' }, { name: 'Altstadt' }] } };
  assert.deepEqual(readHits({ features: [feature, null, {}, { ...feature, geometry: null }] }).map(({ name, areas, id }) => [name, areas, id]), [['Neumarkt', ['Altstadt', 'Stadt'], null]]);
  for (const odd of [null, 7, { features: 'x' }]) assert.deepEqual(readHits(odd), []);
});

test('a filter narrows tiles and TileJSON, and sources tell their collections', () => {
  const source = { type: 'vector' as const, tiles: ['http://h/p/xyz/a%2Cb,c:labels/{z}/{x}/{y}?x=1'] };
  assert.deepEqual(collectionsOf(source), ['a,b', 'c']);
  assert.deepEqual(collectionsOf({ type: 'vector', url: 'http://h/xyz/schulen.json' }), ['schulen']);
  assert.deepEqual(filtered(source, "a = 'x'"), { type: 'vector', tiles: ["http://h/p/xyz/a%2Cb,c:labels/{z}/{x}/{y}?x=1&filter=a%20%3D%20'x'"] });
  assert.equal(filtered(source, null), source);
});

test('opacity keeps what interpolates over zooms', () => {
  assert.equal(faded(0.8, 0.5), 0.4);
  assert.deepEqual(faded(['interpolate', ['linear'], ['zoom'], 10, 0.5, 14, 1], 0.5), ['interpolate', ['linear'], ['zoom'], 10, 0.25, 14, 0.5]);
  assert.deepEqual(faded(['step', ['zoom'], 0.2, 14, 1], 0.5), ['step', ['zoom'], 0.1, 14, 0.5]);
  assert.deepEqual(faded(['get', 'x'], 0.5), ['*', 0.5, ['get', 'x']]);
});

test('a legend has the marks that stand for something, and what none of them names', () => {
  const symbol = { kind: 'circle', colour: '#123456', outline: null, icon: null, width: null };
  const { mark, entries } = readLegend({ entries: [{ title: 'Schulen', symbol: null }, { title: 'G', symbol, values: ['G'], filter: "art = 'G'" }, { title: 'Andere', symbol, values: null, filter: null }] });
  assert.equal(mark.colour, '#123456');
  assert.deepEqual(entries.map(({ key, filter }) => [key, filter]), [['G', "art = 'G'"], ['', "(NOT (art = 'G') OR art IS NULL)"]]);
  assert.deepEqual(readLegend(null).entries, []);
});

test('a schema gives titles, units, meanings, and the column of time', () => {
  const columns = readSchema({ properties: {
    geom: { format: 'geometry-point' }, b: { type: 'string', format: 'date', 'x-ogc-propertySeq': 2 }, a: { title: 'A', type: 'number', 'x-ogc-unit': 'm²', 'x-ogc-propertySeq': 1 },
    c: { type: 'string', oneOf: [{ const: 'x', title: 'Ix' }], 'x-ogc-propertySeq': 3 },
  } });
  assert.deepEqual(columns.map(({ name, kind, unit }) => [name, kind, unit]), [['a', 'number', 'm²'], ['b', 'date', ''], ['c', 'text', '']]);
  assert.equal(columns[2]?.codes.get('x'), 'Ix');
  assert.equal(timeColumn(columns)?.name, 'b');
  for (const odd of [null, 7, {}, { properties: 7 }]) assert.deepEqual(readSchema(odd), []);
});
