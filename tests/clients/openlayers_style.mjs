// OpenLayers draws a style of the server in Chromium, loaded by its address (ol-mapbox-style), and the colours at places that the
// classes of the base map cover are those of the style.
//   node openlayers_style.mjs BASE-URL THEME CLASS=COLLECTION …
import { withPage } from './chromium.mjs';

const [base, theme, ...pairs] = process.argv.slice(2);
function hold(condition, message) {
  if (!condition) throw new Error(message);
}
const address = `${base}/styles/${theme}`;
const style = await (await fetch(address)).json();

const code = `
import { apply } from 'ol-mapbox-style';
import { fromLonLat } from 'ol/proj.js';
import Map from 'ol/Map.js';
import View from 'ol/View.js';
window.draw = async (address, center, zoom) => {
  document.getElementById('map').replaceChildren();
  const map = new Map({ target: 'map', pixelRatio: 1, view: new View({ center: fromLonLat(center), zoom }), controls: [] });
  const drawn = new Promise((resolve) => map.once('rendercomplete', resolve));
  await apply(map, address);
  map.getView().setCenter(fromLonLat(center));
  map.getView().setZoom(zoom);
  await drawn;
  await new Promise((resolve) => { map.once('rendercomplete', resolve); map.render(); });
  const all = document.createElement('canvas');
  [all.width, all.height] = [400, 400];
  const pen = all.getContext('2d');
  for (const canvas of document.querySelectorAll('#map canvas')) pen.drawImage(canvas, 0, 0);
  const counts = {};
  const { data } = pen.getImageData(0, 0, 400, 400);
  for (let at = 0; at < data.length; at += 4) {
    const key = [data[at], data[at + 1], data[at + 2]].map((value) => value.toString(16).padStart(2, '0')).join('');
    counts['#' + key] = (counts['#' + key] ?? 0) + 1;
  }
  return { counts, middle: [...pen.getImageData(200, 200, 1, 1).data].slice(0, 3) };
};
`;

/** Places inside the largest features that a layer paints: the middles of their boxes, where these lie inside. */
async function placesOf(layer, collection) {
  const { features } = await (await fetch(`${base}/collections/${collection}/items?f=json&limit=1000`)).json();
  // The style's filter is ["match", ["get", column], values, true, false]; without one, all are painted so.
  const values = layer.filter === undefined ? null : [layer.filter[2]].flat();
  const fitting = features.filter(({ properties }) => values === null || values.includes(properties[layer.filter[1][1]]));
  const area = (ring) => Math.abs(ring.reduce((sum, [x, y], at) => sum + x * ring[(at + 1) % ring.length][1] - ring[(at + 1) % ring.length][0] * y, 0));
  const inside = ([px, py], ring) => ring.reduce((is, [x, y], at) => {
    const [nx, ny] = ring[(at + 1) % ring.length];
    return (y > py) !== (ny > py) && px < ((nx - x) * (py - y)) / (ny - y) + x ? !is : is;
  }, false);
  const outer = fitting.map(({ geometry }) => (geometry.type === 'Polygon' ? geometry.coordinates : geometry.coordinates[0])[0]);
  return outer.sort((left, right) => area(right) - area(left)).map((ring) => {
    const [xs, ys] = [ring.map(([x]) => x), ring.map(([, y]) => y)];
    const middle = [(Math.min(...xs) + Math.max(...xs)) / 2, (Math.min(...ys) + Math.max(...ys)) / 2];
    return inside(middle, ring) ? middle : null;
  }).filter((middle) => middle !== null).slice(0, 6);
}

await withPage(code, 400, async (tab) => {
  for (const pair of pairs) {
    const [name, collection] = pair.split('=');
    const layer = style.layers.find(({ id, type }) => id === `${name}:${collection}` && type === 'fill');
    hold(layer, `${address} has no layer ${name}:${collection}`);
    const colour = layer.paint['fill-color'];
    let found = 0;
    for (const place of await placesOf(layer, collection)) {
      const { counts } = await tab.evaluate(([address, place]) => window.draw(address, place, 16), [address, place]);
      found = Math.max(found, counts[colour] ?? 0);
      if (found > 400) break;
    }
    hold(found > 400, `${name} is ${colour} in the style, and OpenLayers draws ${found} pixels so`);
  }
  console.log(`ok    OpenLayers draws ${pairs.length} classes of ${address} in the style's colours`);
});
