// A small invented city for the development server: deterministic, of no real place.

/** A random number generator with a seed (mulberry32). */
function random(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296;
  };
}

const origin = [9.4, 51.3];
/** Metres east and north of the corner to degrees, near enough for play. */
const degrees = ([x, y]) => [+(origin[0] + x / 69600).toFixed(7), +(origin[1] + y / 111300).toFixed(7)];
const size = 6000;
const feature = (id, type, coordinates, properties) => ({ type: 'Feature', id, geometry: { type, coordinates }, properties });
const rectangle = (x, y, w, h) => [[[x, y], [x + w, y], [x + w, y + h], [x, y + h], [x, y]].map(degrees)];
const names = ['Altstadt', 'Mühlfeld', 'Am Hang', 'Neuhafen', 'Lindenau', 'Brückentor', 'Westend', 'Kirchberg', 'Südwiesen'];

/** Districts as a bent grid with shared corners. */
function cells(per, seed, name) {
  const next = random(seed);
  const step = size / per;
  const corner = Array.from({ length: per + 1 }, (_, row) => Array.from({ length: per + 1 }, (_, column) => [
    column * step + (column % per ? (next() - 0.5) * step * 0.4 : 0), row * step + (row % per ? (next() - 0.5) * step * 0.4 : 0)]));
  const found = [];
  for (let row = 0; row < per; row += 1) for (let column = 0; column < per; column += 1) {
    const ring = [[row, column], [row, column + 1], [row + 1, column + 1], [row + 1, column], [row, column]].map(([r, c]) => degrees(corner[r][c]));
    const id = found.length + 1;
    found.push(feature(id, 'Polygon', [ring], { nummer: id, name: name(id), einwohner: Math.round(2000 + next() * 15000) }));
  }
  return found;
}

function streets() {
  const found = [];
  for (let index = 1; index < 30; index += 1) {
    const at = index * 200;
    const bend = (t) => 40 * Math.sin(t / 700 + index);
    for (const [axis, stem] of [['x', 'gasse'], ['y', 'straße']]) {
      const line = Array.from({ length: 31 }, (_, step) => (axis === 'x' ? [step * 200, at + bend(step * 200)] : [at + bend(step * 200), step * 200]));
      found.push(feature(found.length + 1, 'LineString', line.map(degrees), { name: `${names[index % 9].split(' ').pop()}${stem} ${index}`, tempo: index % 5 ? 30 : 50, einbahn: index % 7 === 0 }));
    }
  }
  return found;
}

function buildings(next) {
  const found = [];
  for (let index = 0; index < 9000; index += 1) {
    const [column, row] = [Math.floor(next() * 60), Math.floor(next() * 60)];
    const [w, h] = [12 + next() * 25, 10 + next() * 18];
    found.push(feature(index + 1, 'Polygon', rectangle(column * 100 + 25 + next() * 40, row * 100 + 25 + next() * 40, w, h), {
      hoehe: Math.round(60 + next() * 150) / 10, nutzung: ['Wohnen', 'Gewerbe', 'Garage'][index % 3], baujahr: 1880 + Math.floor(next() * 140) }));
  }
  return found;
}

function points(next, count, properties, withId = true) {
  return Array.from({ length: count }, (_, index) =>
    feature(withId ? index + 1 : undefined, 'Point', degrees([next() * size, next() * size]), properties(index)));
}

function river() {
  const line = Array.from({ length: 61 }, (_, step) => degrees([step * 100, 2600 + 700 * Math.sin(step / 12)]));
  return [feature(1, 'LineString', line, { name: 'Elder', ordnung: 1 })];
}

const long = 'Ein langer Text, den die Kachel auslässt. '.repeat(20);

/** All collections: id, geometry and features, and what else the catalogue says. */
export function city() {
  const next = random(7);
  const parks = Array.from({ length: 25 }, (_, index) => feature(index + 1, 'Polygon', rectangle(next() * 5600, next() * 5600, 120 + next() * 300, 120 + next() * 250), { name: `Park ${index + 1}`, pflege: 'A' }));
  const footpaths = Array.from({ length: 160 }, (_, index) => {
    const [x, y] = [next() * 5800, next() * 5800];
    return feature(index + 1, 'LineString', [[x, y], [x + 90, y + 60], [x + 160, y + 190]].map(degrees), { belag: ['Kies', 'Asphalt'][index % 2] });
  });
  const mixed = [...points(next, 12, (index) => ({ art: 'Punkt', 'Länge/Breite': index })),
    feature(13, 'LineString', [[1000, 1000], [2000, 1500]].map(degrees), { art: 'Linie' }),
    feature(14, 'Polygon', rectangle(3000, 1000, 500, 400), { art: 'Fläche' })];
  const uuid = (index) => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
  return [
    { id: 'stadtbezirke', title: 'Stadtbezirke', geometry: 'polygon', features: cells(3, 3, (id) => names[id - 1]), description: 'Die neun Bezirke der erfundenen Stadt.' },
    { id: 'quartiere', title: 'Quartiere', geometry: 'polygon', features: cells(8, 5, (id) => `Quartier ${id}`) },
    { id: 'gebaeude', title: 'Gebäude', geometry: 'polygon', features: buildings(next), minzoom: 10, attribution: '© Vermessungsamt <Musterstadt>' },
    { id: 'gruenflaechen', title: 'Grünflächen', geometry: 'polygon', features: parks },
    { id: 'fluss', title: 'Flüsse und Bäche', geometry: 'line', features: river() },
    { id: 'strassen', title: 'Straßen', geometry: 'line', features: streets(), attribution: '© Tiefbauamt' },
    { id: 'fusswege', title: 'Fußwege', geometry: 'line', features: footpaths },
    { id: 'adressen', title: 'Adressen', geometry: 'point', features: points(next, 6000, (index) => ({ hausnummer: String(1 + (index % 80)), plz: '34999' })), minzoom: 11 },
    { id: 'schulen', title: 'Schulen', geometry: 'point', features: points(next, 24, (index) => ({ name: `Schule ${index + 1}`, plaetze: 200 + index * 13, web: 'https://schule.example/', geprueft: null, bericht: long })), large: ['bericht'] },
    { id: 'kitas', title: 'Kitas', geometry: 'point', features: points(next, 45, (index) => ({ id: uuid(index), name: `Kita ${index + 1}`, gruppen: [1, 2, 3], plan: { u3: 12 } }), false), key: ['id'], large: ['gruppen', 'plan'] },
    { id: 'spielplaetze', title: 'Spielplätze', geometry: 'point', features: points(next, 30, (index) => ({ name: `Spielplatz ${index + 1}` })), loadsFor: 3 },
    { id: 'lager, "a/b" {z}', title: 'Seltsamer Name, mit Komma', geometry: 'mixed', features: mixed },
    { id: 'bevoelkerung', title: 'Bevölkerung nach Alter', geometry: null, features: points(next, 320, (index) => ({ quartier: 1 + (index % 64), menschen: 100 })).map((row) => ({ ...row, geometry: null })) },
    { id: 'kaputt', title: 'Kaputte Datei', geometry: 'point', features: [], failed: 'kaputt.fgb ends at byte 812 of 4,096' },
  ];
}
