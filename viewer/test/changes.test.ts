import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readChange, tilesUnder } from '../src/server/changes';

test('an event is read, and what is none is not', () => {
  assert.deepEqual(readChange('{"collection":"a","version":3,"boxes":[[1,2,3,4]]}'), { collection: 'a', boxes: [[1, 2, 3, 4]] });
  assert.deepEqual(readChange('{"collection":"a","boxes":null}'), { collection: 'a', boxes: null });
  assert.deepEqual(readChange('{"collection":"a","boxes":[[1,2,"x",4]]}'), { collection: 'a', boxes: null });
  for (const text of ['', '{', '3', 'null', '{"boxes":[]}']) assert.equal(readChange(text), null);
});

test('the tiles under a box are asked for at every zoom down to the one shown', () => {
  const view: [number, number, number, number] = [6.8, 50.8, 7.2, 51.2];
  const tiles = tilesUnder([[6.95, 50.93, 6.96, 50.94]], view, 12);
  assert.ok(tiles !== null && tiles.some(({ z, x, y }) => z === 12 && x === 2127 && y === 1372), JSON.stringify(tiles));
  assert.deepEqual(tiles?.filter(({ z }) => z === 0), [{ z: 0, x: 0, y: 0 }]);
  assert.deepEqual(tilesUnder([[10, 10, 11, 11]], view, 12), []);
  assert.equal(tilesUnder(null, view, 12), null);
  assert.equal(tilesUnder([[-180, -90, 180, 90]], [-180, -90, 180, 90], 12), null);
});
