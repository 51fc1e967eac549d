import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { figuresOf } from '../src/questions/figures';
import { fromParameters, parametersOf, toParameters, type Question } from '../src/questions/question';
import { differenceClass, divergingClasses } from '../src/questions/scale';
import { fittedTo, hasAdded, isScenario, newOne, scenarioOf, withAdded, withMoved, withoutAdded, withScenario, withToggled } from '../src/questions/scenario';
import { questionWords } from '../src/questions/words';

const question: Question = {
  ages: '6,10', facilities: 'schulen', filter: '', type: '', within: '1000', profile: 'foot', by: 'stadtteil', date: '2012-12-31', others: [['rollup', 'true']],
  capacity: '', p: '5', area: '', level: 'stadtteil',
};

test('a scenario survives its address, and is asked with the parameters of the server', () => {
  const place = fc.tuple(fc.double({ min: -180, max: 180, noNaN: true }), fc.double({ min: -90, max: 90, noNaN: true })).map(([lon, lat]): [number, number] => [Number(lon.toFixed(5)), Number(lat.toFixed(5))]);
  const id = fc.string({ minLength: 1, maxLength: 8 }).filter((text) => text.trim() === text && !text.includes(','));
  fc.assert(fc.property(fc.array(place, { maxLength: 5 }), fc.uniqueArray(id, { maxLength: 4 }), (added, closed) => {
    const own = withScenario(question, { added, closed });
    const again = fromParameters(toParameters(own), question);
    assert.deepEqual(scenarioOf(again).closed, closed);
    assert.deepEqual(scenarioOf(again).added.map((one) => one.map((degrees) => degrees + 0)), added.map((one) => one.map((degrees) => degrees + 0)));
    assert.ok(again.others.some(([name]) => name === 'rollup'), 'the rest stays');
  }));
  const own = withToggled(withAdded(question, [[6.96, 50.94], [7, 51]]), '12');
  assert.equal(parametersOf('coverage', own).get('add'), '6.96,50.94;7,51');
  assert.equal(parametersOf('coverage', own).get('remove'), '12');
  assert.equal(parametersOf('siting', own).has('add'), false);
});

test('steps are made and taken back', () => {
  const one = withAdded(question, [[6.9, 50.9]]);
  assert.ok(isScenario(scenarioOf(one)) && hasAdded(one, [6.9000001, 50.9]));
  assert.deepEqual(withAdded(one, [[6.9, 50.9]]), one, 'no place twice');
  assert.deepEqual(scenarioOf(withMoved(one, 0, [7, 51])).added, [[7, 51]]);
  assert.deepEqual(withoutAdded(one, 0), question);
  assert.deepEqual(withToggled(withToggled(question, 'a'), 'a'), question);
  assert.deepEqual(withToggled(question, 'a,b'), question, 'an id that an address cannot say');
  assert.deepEqual(scenarioOf({ ...question, others: [['add', 'x;1,2,3;200,1;5,5'], ['remove', ' 7 ,,7']] }), { added: [[5, 5]], closed: ['7'] });
});

test('another kind of facilities has other ids', () => {
  const own = withToggled(withAdded(question, [[6.9, 50.9]]), '12');
  assert.deepEqual(scenarioOf(fittedTo({ ...own, facilities: 'kitas' }, own)), { added: [[6.9, 50.9]], closed: [] });
  assert.deepEqual(scenarioOf(fittedTo({ ...own, within: '500' }, own)).closed, ['12']);
});

test('new ones have the name of their kind', () => {
  assert.equal(newOne('Schulen: Grundschule', 'de', ''), 'Neue Grundschule');
  assert.equal(newOne('Spielplätze', 'de', ''), 'Neuer Spielplatz');
  assert.equal(newOne('Brunnen', 'de', 'Neuer Standort: {title}'), 'Neuer Standort: Brunnen');
});

test('before, after and difference are what the server says, and what is protected stays so', () => {
  const split = (uncovered: number | string, uncoveredShare: number | string = 0.5) => ({ persons: 100, uncovered, uncoveredShare, margin: { uncovered: 5 } });
  const json = {
    before: { ...split(60), areas: [{ id: 'a', name: 'A', ...split(40) }, { id: 'b', name: 'B', ...split('*', '*') }, { id: 'c', name: 'C', ...split(10) }, { id: 'd', name: 'D', ...split(5) }], inNoArea: split(5) },
    after: { ...split(35), areas: [{ id: 'a', name: 'A', ...split(40) }, { id: 'b', name: 'B', ...split('*', '*') }, { id: 'c', name: 'C', ...split(5) }, { id: 'd', name: 'D', ...split('*', '*') }], inNoArea: split(5) },
    // Not what one would work out: the page says what the server says.
    difference: { uncovered: -20, uncoveredShare: -0.2, margin: 15, areas: [{ id: 'c', name: 'C', uncovered: -10, uncoveredShare: -0.1, margin: 10 }, { id: 'd', name: 'D', uncovered: '*', uncoveredShare: '*' }] },
  };
  const figures = figuresOf('coverage', json, questionWords.de);
  assert.deepEqual(figures.change, { before: 60, difference: -20, margin: 15 });
  assert.deepEqual(figures.rows.map(({ id, cells }) => [id, ...cells.slice(0, 3)]), [['c', 10, 5, -10], ['a', 40, 40, 0], ['b', '*', '*', '*'], ['d', 5, '*', '*']]);
  assert.deepEqual(figures.feet.map(({ cells }) => cells[2]), [null, -20]);
  assert.deepEqual(figures.rows[0]?.margins, [5, 5, 10]);
  assert.equal(figures.rows.find(({ id }) => id === 'b')?.shades?.difference, '*');
});

test('differences have classes on both sides of nothing, and every one its class', () => {
  fc.assert(fc.property(fc.array(fc.integer({ min: -1000, max: 1000 }).map((value) => value / 1000), { minLength: 1, maxLength: 30 }), (values) => {
    const all = divergingClasses(values, 'light');
    for (const value of values) {
      const own = differenceClass(all, value);
      assert.ok(own !== undefined && value >= own.from - 1e-9 && value <= own.to + 1e-9 && Math.sign(own.from + own.to) === Math.sign(value), `${value} in ${JSON.stringify(all)}`);
    }
    assert.equal(new Set(all.map(({ colour }) => colour)).size, all.length);
  }));
  assert.equal(divergingClasses([0, 0], 'light').length, 1);
});
