import assert from 'node:assert/strict';
import { test } from 'node:test';
import { featureId, readBounds, readCatalogue, type Collection } from '../src/server/catalogue';

/** The first collection read from members like the server's. */
function read(members: object): Collection {
  const [first] = readCatalogue({ collections: [{ id: 'a', ...members }] }).collections;
  assert.ok(first);
  return first;
}

test('a collection is read with all its members', () => {
  const collection = read({
    title: 'A', extent: { spatial: { bbox: [[1, 2, 3, 4]] } }, 'veedel:geometry': 'line', 'veedel:count': 5,
    'veedel:state': 'failed', 'veedel:why': 'torn', 'veedel:minzoom': 3, 'veedel:maxzoom': 14, 'veedel:key': ['id'],
  });
  assert.deepEqual(collection.bounds, [1, 2, 3, 4]);
  assert.equal(collection.geometry, 'line');
  assert.deepEqual([collection.count, collection.state, collection.why], [5, 'failed', 'torn']);
  assert.deepEqual([collection.minzoom, collection.maxzoom, collection.key], [3, 14, ['id']]);
});

test('how far a collection is behind is said in whole seconds', () => {
  assert.deepEqual([0, 180, 1001].map((lag) => read({ 'veedel:lagMilliseconds': lag }).lag), [1, 1, 2]);
  assert.equal(read({}).lag, null);
  assert.deepEqual([read({ 'veedel:reloading': true }).reloading, read({}).reloading], [true, false]);
});

test('answers of any shape are read without throwing', () => {
  for (const odd of [null, 7, 'x', [], {}, { collections: 7 }, { collections: [null, { id: 3 }, { id: '' }], 'veedel:sources': [null] }]) {
    assert.deepEqual(readCatalogue(odd).collections, []);
  }
  const collection = read({ title: 4, extent: [], 'veedel:count': 'many', 'veedel:minzoom': -5, 'veedel:maxzoom': 1e9 });
  assert.deepEqual([collection.title, collection.bounds, collection.count, collection.minzoom, collection.maxzoom], ['a', null, null, 0, 24]);
});

test('a box with heights loses them; one upside down is none', () => {
  assert.deepEqual(readBounds([1, 2, 0, 3, 4, 99]), [1, 2, 3, 4]);
  assert.equal(readBounds([1, 5, 3, 4]), null);
  assert.equal(readBounds([1, 2, 3]), null);
});

test('a feature id comes from the tile or from the key columns', () => {
  assert.equal(featureId(7, {}, []), '7');
  assert.equal(featureId(0, {}, []), '0');
  assert.equal(featureId(undefined, { id: 'x' }, []), null);
  assert.equal(featureId(undefined, { id: 'x,y' }, ['id']), 'x,y');
  assert.equal(featureId(undefined, { a: 1, b: 'x,y%' }, ['a', 'b']), '1,x%2Cy%25');
  assert.equal(featureId(undefined, { a: 1 }, ['a', 'b']), null);
});

test('an id too large for a number is not guessed', () => {
  assert.equal(featureId(2 ** 60, {}, []), null);
});
