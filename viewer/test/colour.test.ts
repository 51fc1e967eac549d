import assert from 'node:assert/strict';
import { test } from 'node:test';
import { groupFor, themeOf } from '../src/layers/themes';
import { allColours, darken, looks } from '../src/map/plain/colour';

/** Relative luminance by WCAG 2. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((start) => {
    const part = Number.parseInt(colour.slice(start, start + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

test('names speak of their themes, in German and English', () => {
  const expected = {
    stadtbezirke: 'border', Stadtviertel: 'border', districts: 'border', quarters: 'border', gebaeude: 'building', 'public.buildings': 'building',
    adressen: 'address', hausnummern: 'address', addresses: 'address', strassen: 'street', Straßenabschnitt: 'street', streets: 'street',
    fusswege: 'path', footpaths: 'path', fluss: 'water', gewaesser: 'water', gruenflaechen: 'green', parks: 'green', spielplaetze: 'playground',
    playgrounds: 'playground', kitas: 'kita', schulen: 'school', schools: 'school', haltestellen: 'stop', bahnhof: 'stop', gleise: 'rail', parkplaetze: 'other', sparkassen: 'other', trails: 'path', trees: 'green', autobahn: 'street', xyz: 'other',
  };
  for (const [name, theme] of Object.entries(expected)) assert.equal(themeOf(name), theme, name);
});

test('looks depend on the ids alone, not on their order', () => {
  const ids = ['b', 'schulen', 'a', 'schulen_neu', 'c'];
  assert.deepEqual([...looks(ids)].sort(), [...looks([...ids].reverse())].sort());
});

test('collections differ in colour as long as there are shades', () => {
  const found = looks(['a', 'b', 'c', 'd', 'e', 'f', 'schulen', 'schulen2', 'schulen3', 'gebaeude', 'kitas']);
  assert.equal(new Set([...found.values()].map(({ colour }) => colour)).size, found.size);
  assert.equal(looks(Array.from({ length: 100 }, (_, index) => `t${index}`)).size, 100);
});

test('every colour stands out from white by 3:1 (WCAG 1.4.11)', () => {
  for (const colour of allColours()) assert.ok(1.05 / (luminance(colour) + 0.05) >= 3, colour);
});

test('darkening mixes with black', () => {
  assert.equal(darken('#ff8000', 0.5), '#804000');
  assert.equal(darken('#123456', 0), '#123456');
});

test('layers stand in groups by what they are about, whatever their source is called', () => {
  assert.equal(groupFor(['bibliotheken', 'Bibliotheken (OpenStreetMap)'], false), 'education');
  assert.equal(groupFor(['kitas', 'Kitas (OpenStreetMap)'], false), 'education');
  assert.equal(groupFor(['x1', 'Stadtteile'], false), 'areas');
  assert.equal(groupFor(['x1', 'Irgendwas'], false), 'others');
  assert.equal(groupFor(['schulen'], true), 'tables');
});
