import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressOf, operations, written } from '../src/api/document';

const document = {
  tags: [],
  paths: {
    '/collections/{collectionId}': {
      get: {
        parameters: [
          { name: 'collectionId', in: 'path' as const, required: true, schema: { type: 'string' } },
          { name: 'bbox', in: 'query' as const, schema: { type: 'array' } },
          { name: 'a b', in: 'query' as const, schema: { type: 'string' } },
        ],
      },
      post: { requestBody: { content: { 'application/json': { example: { a: 1 } } } } },
    },
  },
};

test('addresses are made of what was filled in, and nothing else', () => {
  const [get, post] = operations(document);
  assert.ok(get && post);
  const values = new Map([['collectionId', 'größe/1'], ['bbox', '6,50,8,52'], ['a b', '']]);
  assert.equal(addressOf('https://x/y/', get, values), 'https://x/y/collections/gr%C3%B6%C3%9Fe%2F1?bbox=6,50,8,52');
  assert.equal(addressOf('https://x/', get, new Map([['a b', '1&2']])), 'https://x/collections/?a%20b=1%262');
  assert.equal(post.body, '{\n  "a": 1\n}');
  assert.equal(get.body, null);
});

test('lists are written with commas', () => {
  assert.equal(written([1, 2]), '1,2');
  assert.equal(written(undefined), '');
});
