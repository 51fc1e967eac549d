import assert from 'node:assert/strict';
import { test } from 'node:test';
import { itemAddress, pageBase, segment, tableAddress, tileJsonAddress, tileTemplate } from '../src/server/addresses';

test('what could end or split a segment is encoded, and comes back the same', () => {
  for (const id of ['a,b', 'a/b', 'stadt.straßen', 'x?y#z', 'lager, "a/b" {z}', '100 %']) {
    assert.doesNotMatch(segment(id), /[,/?#{}" ]/);
    assert.equal(decodeURIComponent(segment(id)), id);
  }
});

test('a tile template keeps its own braces and no others', () => {
  assert.equal(tileTemplate('http://h/p/', '{z}'), 'http://h/p/xyz/%7Bz%7D/{z}/{x}/{y}');
  assert.equal(tileJsonAddress('http://h/p/', 'a,b'), 'http://h/p/xyz/a%2Cb.json');
});

test('a table is of a box or of everything', () => {
  assert.equal(tableAddress('http://h/p/', 'a,b', null), 'http://h/p/collections/a%2Cb/items?f=html');
  assert.equal(tableAddress('http://h/', 'a', [6.9, 50.9, 7, 51]), 'http://h/collections/a/items?f=html&bbox=6.900000,50.900000,7.000000,51.000000');
});

test('the base keeps a path prefix and drops query and fragment', () => {
  assert.equal(pageBase('https://h/maps/?lang=de#map=1/2/3'), 'https://h/maps/');
  assert.equal(pageBase('https://h/maps/index.html'), 'https://h/maps/');
});

test('an item is asked for as JSON or opened as a page', () => {
  assert.equal(itemAddress('http://h/', 'k', 'a,b%2C', true), 'http://h/collections/k/items/a%2Cb%252C?f=json');
  assert.equal(itemAddress('http://h/', 'k', '7', false), 'http://h/collections/k/items/7');
});
