import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readValues } from '../src/layers/builder';
import { fromCql, toCql, together, without, type Condition, type Value } from '../src/layers/filter';

const text = fc.oneof(fc.string({ minLength: 1, maxLength: 10, unit: 'grapheme' }), fc.constantFrom("O'Neill", '50 %', 'a_b', '\\', "'' OR 1=1 --", 'name IN (1)', 'שלום', '"x"')).filter((one) => !one.includes('\n') && !one.includes('\r'));
const column = fc.oneof(fc.constantFrom('name', 'art', 'order', 'in', 'größe', 'a "b"', 'not'), text);
const value: fc.Arbitrary<Value> = fc.oneof(text, fc.integer(), fc.boolean(), fc.constantFrom({ date: '2024-01-31' }, { instant: '2024-01-31T00:00:00Z' }), fc.constantFrom(0.5, -1e-7, 12345.678));
const condition: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({ column, operator: fc.constantFrom('in' as const, 'not in' as const), values: fc.array(value, { minLength: 1, maxLength: 4 }) }),
  fc.record({ column, operator: fc.constantFrom('>=' as const, '<=' as const), values: value.map((one) => [one]) }),
  fc.record({ column, operator: fc.constant('contains' as const), values: text.map((one) => [one]) }),
  fc.record({ column, operator: fc.constantFrom('null' as const, 'not null' as const), values: fc.constant([] as Value[]) }),
);

test('conditions become CQL2 and come back', () => {
  fc.assert(fc.property(fc.array(condition, { minLength: 1, maxLength: 4 }), (conditions) => {
    const cql = toCql(conditions);
    assert.ok(cql !== null);
    assert.deepEqual(JSON.parse(JSON.stringify(fromCql(cql))), JSON.parse(JSON.stringify(conditions)), cql);
  }), { numRuns: 500 });
});

test('CQL2 is written as the server reads it', () => {
  assert.equal(toCql([{ column: 'schulart', operator: 'in', values: ['Grundschule'] }]), "schulart = 'Grundschule'");
  assert.equal(toCql([{ column: 'Größe', operator: '>=', values: [3] }, { column: 'name', operator: 'contains', values: ["50 % d'or"] }]), `"Größe" >= 3 AND CASEI(name) LIKE CASEI('%50 \\\\% d''or%')`);
  assert.equal(toCql([{ column: 'a', operator: 'in', values: [] }]), null);
});

test('any other filter is left as it is written', () => {
  for (const cql of ['a > 3', "a = 'x' OR b = 'y'", "NOT a = 'x'", 'S_INTERSECTS(geometry, POINT(1 2))', "a LIKE 'x%'", "a = 'x", 'a =', '', "CASEI(a) LIKE CASEI('%a%b%')"]) assert.equal(fromCql(cql), null, cql);
});

test('what the legend leaves out keeps what has no value', () => {
  assert.equal(without([]), null);
  assert.equal(without(["art = 'x'"]), "(NOT (art = 'x') OR art IS NULL)");
  assert.equal(together([null, "a = 'x'", null]), "a = 'x'");
  assert.equal(together(["a = 'x' OR b = 1", 'c = 2']), "(a = 'x' OR b = 1) AND (c = 2)");
});

test('values that occur are read from an aggregate', () => {
  const json = { groups: [{ group: { art: 'x' }, values: { count: 3 } }, { group: { art: null }, values: { count: 1 } }, null] };
  assert.deepEqual(readValues(json, 'art'), [{ value: 'x', count: 3 }, { value: null, count: 1 }, { value: null, count: 0 }]);
  for (const odd of [null, 7, {}, { groups: 3 }]) assert.deepEqual(readValues(odd, 'art'), []);
});
