import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agesServed, byMeans, capacitiesOf, first, fitted, fromParameters, named, parametersOf, possible, readable, toParameters, withLimit, type Choices, type Question } from '../src/questions/question';

const question: Question = {
  ages: '6,10', facilities: 'schulen', filter: "schulart = 'Grundschule'", type: '', within: '1000', profile: 'foot', by: 'stadtteil', date: '2012-12-31', others: [],
  capacity: '', p: '5', area: '', level: 'stadtteil',
};
const choices: Choices = {
  facilities: [{ collection: 'schulen', title: 'Schulen', kinds: [], capacities: [] }, { collection: 'kitas', title: 'Kitas', kinds: [], capacities: ['plaetze'] }],
  types: [{ type: 'spielplatz', title: 'Spielplatz', origins: [] }],
  levels: [['stadtteil', 'Stadtteile']], dates: ['2012-12-31'], groups: [[6, 10]], profiles: ['foot', 'child', 'wheelchair'],
  profilesByDistance: ['foot', 'wheelchair'], speeds: { foot: 5, child: 3.6, wheelchair: 3.6 }, minutes: { foot: [6, 12, 18], child: [5, 15, 25], wheelchair: [15, 20] }, distances: [1000], rules: [], protected: false,
  labels: {},
};

test('a question survives its address, by collection and by type', () => {
  for (const one of [question, { ...question, facilities: '', filter: '', type: 'spielplatz', within: 'din-18034' }, { ...question, within: '10min' },
    { ...question, others: [['add', '6.9,50.9'], ['remove', '7']] as [string, string][] }]) {
    assert.deepEqual(fromParameters(toParameters(one), question), one);
  }
  assert.deepEqual(fromParameters(null, question), question);
  assert.deepEqual(fromParameters([['distance', '500']], question), { ...question, within: '500' });
});

test('a filter that is none of the choices is shown as people read it', () => {
  assert.equal(named(choices, question), 'Schulen: Grundschule');
  assert.equal(named(choices, { ...question, filter: '' }), 'Schulen');
  assert.equal(named(choices, { ...question, facilities: '', filter: '', type: 'spielplatz' }), 'Spielplatz');
  assert.equal(readable("name = 'Rat''s Garten'"), "Rat's Garten");
  assert.equal(readable('plaetze > 20'), 'plaetze > 20');
});

test('a means that makes no difference by metres is asked by minutes, and the other way round', () => {
  const asChild = byMeans(question, 'child', choices);
  assert.deepEqual([asChild.profile, asChild.within], ['child', '15min']);
  assert.deepEqual(withLimit(asChild, '1000', choices), question);
  assert.equal(byMeans(question, 'wheelchair', choices).within, '1000');
  assert.equal(byMeans({ ...asChild, within: '25min' }, 'foot', choices).within, '18min');
  assert.equal(withLimit(asChild, '50min', choices).profile, 'child');
  assert.equal(byMeans({ ...question, within: 'din-18034' }, 'child', choices).within, 'din-18034');
});

test('the first question is about facilities that fit its ages', () => {
  const [schools, daycare] = [{ ...choices.facilities[0]! }, { ...choices.facilities[1]! }];
  const groups: [number, number][] = [[0, 3], [3, 6], [6, 10]];
  const asked = (facilities: Choices['facilities']) => {
    const { ages, facilities: collection, filter } = first({ ...choices, groups, facilities });
    return [ages, collection, filter];
  };
  assert.deepEqual(asked([daycare, schools]), ['6,10', 'schulen', '']);
  assert.deepEqual(asked([daycare]), ['3,6', 'kitas', '']);
  assert.deepEqual(asked([{ ...daycare, collection: 'spielplaetze', title: 'Spielplätze' }]), ['', 'spielplaetze', '']);
  const typed = { ...schools, column: 'schulart', kinds: [['Gymnasium', 3], ['Grundschule', 5]] as [string, number][] };
  assert.deepEqual(asked([daycare, typed]), ['6,10', 'schulen', "schulart = 'Grundschule'"]);
});

test('the ages that facilities are for come from their type or their name', () => {
  const typed = { ...choices, types: [{ type: 'spielplatz', title: 'Spielplatz', ages: [0, 18] as [number, number], origins: [] }] };
  assert.deepEqual(agesServed(typed, { ...question, facilities: '', filter: '', type: 'spielplatz' }), [0, 18]);
  assert.deepEqual(agesServed(choices, question), [6, 10]);
  assert.equal(agesServed(choices, { ...question, facilities: '', filter: '', type: 'spielplatz' }), null);
});

test('only questions that can be answered here are offered', () => {
  assert.deepEqual(possible(choices, question, false), ['coverage', 'nearest', 'reach', 'siting', 'profile']);
  assert.deepEqual(possible(choices, { ...question, facilities: 'kitas' }, false), ['coverage', 'nearest', 'supply', 'reach', 'siting', 'profile']);
  assert.ok(possible(choices, question, true).includes('supply'), 'the size of areas counts');
  assert.ok(!possible({ ...choices, levels: [] }, question, false).includes('profile'));
  assert.deepEqual(capacitiesOf(choices, { ...question, facilities: 'kitas' }, true), ['plaetze', 'area']);
});

test('a question is asked with what it takes, and in the shape it can have', () => {
  assert.equal(parametersOf('siting', question).get('distance'), '1000');
  assert.equal(parametersOf('siting', question).get('p'), '5');
  assert.equal(parametersOf('nearest', question).has('distance'), false);
  assert.equal(parametersOf('supply', question).has('profile'), false);
  assert.equal(parametersOf('reach', question).get('merge'), 'true');
  const ruled = { ...question, within: 'din-18034' };
  assert.equal(fitted('coverage', ruled, choices, false).within, 'din-18034');
  assert.equal(fitted('siting', ruled, choices, false).within, '1000');
  assert.equal(fitted('supply', { ...question, facilities: 'kitas' }, choices, false).capacity, 'plaetze');
});
