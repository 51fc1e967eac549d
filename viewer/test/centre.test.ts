import assert from 'node:assert/strict';
import { test } from 'node:test';
import { centres } from '../src/centre';

const square = (west: number, east: number): GeoJSON.Polygon =>
  ({ type: 'Polygon', coordinates: [[[west, 0], [east, 0], [east, 2], [west, 2], [west, 0]]] });

test('pieces of one district get one name at their common centre', () => {
  const found = centres([{ id: '1', name: 'A', geometry: square(0, 2) }, { id: '1', name: 'A', geometry: square(2, 6) }]);
  assert.equal(found.length, 1);
  assert.deepEqual(found[0]?.geometry.coordinates, [3, 1]);
});

test('a piece without area has no centre', () => {
  assert.deepEqual(centres([{ id: '1', name: 'A', geometry: square(2, 2) }, { id: '2', name: 'B', geometry: { type: 'Point', coordinates: [0, 0] } }]), []);
});
