import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasView, hiddenIn, withHidden } from '../src/fragment';

test('hidden ids come back as they went in, beside the view', () => {
  const ids = ['a,b', 'c/d&e=f', 'g'];
  const fragment = withHidden('#map=12/50/7', ids, false);
  assert.ok(fragment.startsWith('#map=12/50/7&hidden='));
  assert.deepEqual([...hiddenIn(fragment) ?? []].sort(), ids);
  assert.equal(withHidden(fragment, [], false), '#map=12/50/7');
  assert.equal(withHidden('', [], false), '');
});

test('a broken fragment hides what it says and throws nothing', () => {
  assert.deepEqual([...hiddenIn('#hidden=%E0%A4%A') ?? []], ['%E0%A4%A']);
  assert.equal(hiddenIn('#'), null);
});

test('that nothing is hidden can be said where the server would hide something', () => {
  const fragment = withHidden('#map=12/50/7', [], true);
  assert.equal(fragment, '#map=12/50/7&hidden=');
  assert.deepEqual([...hiddenIn(fragment) ?? ['nothing said']], []);
  assert.equal(hiddenIn('#map=12/50/7'), null);
});

test('a view is told from its absence', () => {
  assert.ok(hasView('#hidden=a&map=12/50/7'));
  assert.ok(!hasView('#hidden=map=1'));
  assert.ok(!hasView(''));
});
