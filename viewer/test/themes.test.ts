import assert from 'node:assert/strict';
import { test } from 'node:test';
import { groupFor, themeOf } from '../src/layers/themes';

test('names speak of their themes, in German and English', () => {
  const expected = {
    stadtbezirke: 'border', Stadtviertel: 'border', districts: 'border', quarters: 'border', gebaeude: 'building', 'public.buildings': 'building',
    adressen: 'address', hausnummern: 'address', addresses: 'address', strassen: 'street', Straßenabschnitt: 'street', streets: 'street',
    fusswege: 'path', footpaths: 'path', fluss: 'water', gewaesser: 'water', gruenflaechen: 'green', parks: 'green', spielplaetze: 'playground',
    playgrounds: 'playground', kitas: 'kita', schulen: 'school', schools: 'school', haltestellen: 'stop', bahnhof: 'stop', gleise: 'rail', parkplaetze: 'other', sparkassen: 'other', trails: 'path', trees: 'green', autobahn: 'street', xyz: 'other',
  };
  for (const [name, theme] of Object.entries(expected)) assert.equal(themeOf(name), theme, name);
});

test('layers stand in groups by what they are about, whatever their source is called', () => {
  assert.equal(groupFor(['bibliotheken', 'Bibliotheken (OpenStreetMap)'], false), 'education');
  assert.equal(groupFor(['kitas', 'Kitas (OpenStreetMap)'], false), 'education');
  assert.equal(groupFor(['x1', 'Stadtteile'], false), 'areas');
  assert.equal(groupFor(['x1', 'Irgendwas'], false), 'others');
  assert.equal(groupFor(['schulen'], true), 'tables');
});
