import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labelField, nameIn } from '../src/layers/names';
import { union } from '../src/map/extent';
import { before } from '../src/map/stack';

test('a label is a text field with a speaking name', () => {
  assert.equal(labelField({ id: 'Number', NAME: 'String' }), 'NAME');
  assert.equal(labelField({ name: 'Number', titel: 'String' }), 'titel');
  assert.equal(labelField({ id: 'Number' }), null);
  assert.equal(labelField({ stt_nr: 'String', stt_name: 'String' }), 'stt_name');
  assert.equal(labelField({ vor_name: 'String', nach_name: 'String' }), null);
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
