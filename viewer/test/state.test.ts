import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addressOf, parameters, readAddress, readView, viewText } from '../src/state/address';
import { atFirst, questionKinds, type State } from '../src/state/state';

const read = (address: string) => readAddress(new URL(address, 'http://stadt.example/karten/'));

const encodable = (text: string): boolean => {
  try {
    return encodeURIComponent(text) !== '';
  } catch {
    return false;
  }
};
const word = fc.oneof(fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' }), fc.constantFrom('a,b', 'x:y;z', '-', '%', '&=#?/', '__proto__', 'constructor', '<script>', 'שלום', "O'Neill"))
  .filter((text) => text.trim() === text && encodable(text));
const words = fc.uniqueArray(word, { maxLength: 4 });
const view = fc.record({
  zoom: fc.double({ min: 0, max: 21, noNaN: true }), lat: fc.double({ min: -85, max: 85, noNaN: true }), lon: fc.double({ min: -180, max: 180, noNaN: true }),
  bearing: fc.constantFrom(0, 12.5, -90), pitch: fc.constantFrom(0, 30),
}).map((one) => readView(viewText(one)));

const states: fc.Arbitrary<State> = fc.record({
  door: fc.constantFrom('map' as const, 'questions' as const),
  view: fc.option(view),
  hidden: fc.option(words.map((list) => [...list].sort())),
  off: fc.dictionary(word, fc.uniqueArray(fc.oneof(word, fc.constant('')), { minLength: 1, maxLength: 3 }), { maxKeys: 3 }).map((map) => ({ ...map })),
  opacity: fc.dictionary(word, fc.integer({ min: 5, max: 95 }), { maxKeys: 3 }).map((map) => ({ ...map })),
  filters: fc.dictionary(word, word, { maxKeys: 3 }).map((map) => ({ ...map })),
  chosen: fc.option(fc.record({ collection: word, feature: word })),
  pin: fc.option(fc.record({ lon: fc.constantFrom(6.95, -3, 0), lat: fc.constantFrom(50.9, -89), label: fc.oneof(word, fc.constant('')) })),
  table: fc.option(word),
  question: fc.option(fc.array(fc.tuple(fc.constantFrom(...parameters), word), { minLength: 1, maxLength: 5 })),
  asked: fc.constantFrom(...questionKinds),
  area: fc.option(word),
  shows: fc.constantFrom('before' as const, 'after' as const, 'difference' as const),
  language: fc.constantFrom('de' as const, 'en' as const, null),
  theme: fc.constantFrom('light' as const, 'dark' as const, null),
});

const plain = (state: State): unknown => JSON.parse(JSON.stringify(state));

test('every state has an address that gives it back', () => {
  fc.assert(fc.property(states, (state) => {
    const { state: again, odd } = read(addressOf(state));
    assert.deepEqual(plain(again), plain(state), addressOf(state));
    assert.deepEqual(odd, []);
  }), { numRuns: 500 });
});

test('an address of a state is the same after a second turn', () => {
  fc.assert(fc.property(states, (state) => {
    const address = addressOf(state);
    assert.equal(addressOf(read(address).state), address);
  }));
});

test('whatever an address says, it is read, and what is odd is named', () => {
  const path = fc.constantFrom('', 'planung', 'index.html');
  fc.assert(fc.property(path, fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (pathname, search, hash) => {
    const { state, odd } = readAddress({ pathname: `/${pathname}`, search: search && `?${search}`, hash: hash && `#${hash}` });
    addressOf(state);
    assert.ok(Array.isArray(odd));
  }), { numRuns: 500 });
});

test('hostile parts give what is there at first, and a name for the sentence', () => {
  const hostile: [string, string][] = [
    ['#map=99/91/200', 'map'], ['#map=1/NaN/2', 'map'], ['#map=//', 'map'], ['#opacity=a:999', 'opacity'], ['#opacity=x', 'opacity'], ['#theme=pink', 'theme'],
    ['#feature=schulen', 'feature'], ['#pin=999/1:x', 'pin'], ['#__proto__=1', '__proto__'], ['#constructor=1', 'constructor'], ['#unknown', 'unknown'], ['?lang=fr', 'lang'], ['#filter=:x', 'filter'],
    ['planung?ask=evil', 'ask'], ['planung?evil=1', 'evil'],
  ];
  for (const [address, name] of hostile) {
    const { state, odd } = read(address);
    assert.deepEqual(odd, [name], address);
    assert.deepEqual(plain(state), plain({ ...atFirst, door: address.startsWith('planung') ? 'questions' : 'map' }), address);
  }
  assert.deepEqual(read(`#hidden=${'a,'.repeat(20_000)}`), { state: atFirst, odd: ['…'] });
});

test('old links open what they opened', () => {
  const map = read('?lang=en#map=14.21/50.9312/6.9583&hidden=adressen,stadt%2Cteil').state;
  assert.deepEqual([map.door, map.language, map.hidden, map.view?.zoom, map.view?.lon], ['map', 'en', ['adressen', 'stadt,teil'], 14.21, 6.9583]);
  const asked = read("planung?ages=6%2C10&facilities=schulen&filter=schulart+%3D+%27Grundschule%27&profile=foot&by=stadtteil&date=2012-12-31&distance=1000&lang=de#map=11/50.93/6.96");
  assert.deepEqual(asked.odd, []);
  assert.equal(asked.state.door, 'questions');
  assert.equal(new URLSearchParams(asked.state.question ?? []).get('filter'), "schulart = 'Grundschule'");
  assert.deepEqual(read('#map=12/50/7&hidden=').state.hidden, [], 'that nothing is hidden can be said');
  assert.equal(read('#map=12/50/7').state.hidden, null);
  assert.deepEqual(read('#hidden=%E0%A4%A').state.hidden, ['%E0%A4%A']);
});
