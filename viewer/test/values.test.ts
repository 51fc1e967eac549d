import assert from 'node:assert/strict';
import { test } from 'node:test';
import { speech } from '../src/words/language';
import { longest, shown } from '../src/card/values';

const german = speech('de');

test('values are shown in words, numbers with their own digits', () => {
  assert.deepEqual(shown(true, german), { kind: 'text', text: 'ja' });
  assert.deepEqual(shown(2024, german), { kind: 'text', text: '2024' });
  assert.deepEqual(shown(null, german), { kind: 'none', text: 'kein Wert' });
  assert.deepEqual(shown({ mo: ['08:00', '16:00'], zu: false }, german), { kind: 'json', text: 'mo: 08:00, 16:00\nzu: nein' });
  assert.deepEqual(shown(['Wald', 'Integration'], german), { kind: 'text', text: 'Wald, Integration' });
  assert.equal(shown({ a: [1] }, german).kind, 'json');
});

test('only web addresses become links', () => {
  assert.equal(shown('https://stadt.example/a', german).kind, 'link');
  for (const text of ['javascript:alert(1)', 'http://', 'see https://a', 'data:text/html,x']) {
    assert.equal(shown(text, german).kind, 'text', text);
  }
});

test('long values are cut', () => {
  assert.equal(shown('x'.repeat(longest + 50), german).text.length, longest + 2);
});
