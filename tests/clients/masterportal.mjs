// Masterportal's own code (@masterportal/masterportalapi, on OpenLayers) shows collections of a server in Chromium: as OGC API
// features in EPSG:25832 over several pages, and as vector tiles. OpenLayers itself shows the same tiles by OGC API – Tiles.
//   node masterportal.mjs BASE-URL COLLECTION COUNT X Y
// X and Y are the coordinates of the collection's feature 1 in EPSG:25832 (a point, or one on it).
import { withPage } from './chromium.mjs';

const [base, id, count, x, y] = process.argv.slice(2);
function hold(condition, message) {
  if (!condition) throw new Error(message);
}

const code = `
import oaf from '@masterportal/masterportalapi/src/layer/oaf.js';
import { createLayer as createTiles } from '@masterportal/masterportalapi/src/layer/vectorTile.js';
import crs from '@masterportal/masterportalapi/src/crs.js';
import Map from 'ol/Map.js';
import View from 'ol/View.js';
import { all } from 'ol/loadingstrategy.js';
import { Style, Fill, Stroke, Circle } from 'ol/style.js';
import VectorTileLayer from 'ol/layer/VectorTile.js';
import OGCVectorTile from 'ol/source/OGCVectorTile.js';
import MVT from 'ol/format/MVT.js';
crs.registerProjections();
window.features = (raw, extent) => new Promise((resolve, reject) => {
  const options = { loadingStrategy: extent === null ? all : undefined, onLoadingError: reject, loadingParams: {} };
  const source = oaf.createLayer(raw, { options }).getSource();
  source.once('featuresloadend', (event) => resolve(event.features.map((one) => [one.getId(), one.getGeometry().getExtent()])));
  source.loadFeatures(extent ?? [-Infinity, -Infinity, Infinity, Infinity], 1, 'EPSG:25832');
});
window.tiles = (raw, center, zoom) => drawn(createTiles(raw, {}), center, zoom);
window.tileset = async (url, collections, center, zoom) => {
  const source = new OGCVectorTile({ url, collections, format: new MVT() });
  await new Promise((resolve) => source.on('change', () => { if (source.getState() !== 'loading') resolve(); }));
  return drawn(new VectorTileLayer({ source }), center, zoom);
};
const drawn = (layer, center, zoom) => new Promise((resolve) => {
  document.getElementById('map').replaceChildren();
  const fill = new Fill({ color: '#c00' });
  layer.setStyle(new Style({ fill, stroke: new Stroke({ color: '#c00', width: 2 }), image: new Circle({ radius: 6, fill }) }));
  const map = new Map({ target: 'map', layers: [layer], view: new View({ center, zoom }), pixelRatio: 1 });
  map.once('rendercomplete', () => {
    const found = new Set();
    for (let left = 0; left < 500; left += 10) for (let top = 0; top < 500; top += 10)
      map.forEachFeatureAtPixel([left, top], (one) => { found.add(one.getId()); });
    resolve([...found]);
  });
});
`;
await withPage(code, 500, async (tab) => {
  const asked = [];
  tab.on('request', (request) => asked.push(decodeURIComponent(request.url())));
  const system = 'http://www.opengis.net/def/crs/EPSG/0/25832';
  const raw = { id: '1', url: base, collection: id, crs: system, bboxCrs: system, limit: 400 };
  const all = await tab.evaluate((raw) => window.features(raw, null), raw);
  hold(all.length === Number(count), `Masterportal reads ${all.length} features, not ${count}`);
  hold(asked.filter((url) => url.includes('/items?')).length === Math.ceil(Number(count) / 400), `it asks for ${asked}`);
  const [, extent] = all.find(([key]) => String(key) === '1');
  const [px, py] = [Number(x), Number(y)];
  hold(extent[0] <= px && px <= extent[2] && extent[1] <= py && py <= extent[3], `feature 1 is at ${extent}, not ${x} ${y}`);
  const around = [px - 400, py - 400, px + 400, py + 400];
  const near = await tab.evaluate(([raw, around]) => window.features(raw, around), [raw, around]);
  const expected = all.filter(([, e]) => e[0] <= around[2] && e[2] >= around[0] && e[1] <= around[3] && e[3] >= around[1]);
  const names = (list) => list.map(([key]) => String(key)).sort().join();
  hold(names(near) === names(expected) && near.length > 0, `${near.length} features in a box, not ${expected.length}`);
  const collection = await (await fetch(`${base}/collections/${id}`)).json();
  const [west, south, east, north] = collection.extent.spatial.bbox[0];
  const mercator = (lon, lat) => [lon * 111319.490793, Math.log(Math.tan((90 + lat) * Math.PI / 360)) * 6378137];
  const template = `${base}/xyz/${id}/{z}/{x}/{y}`;
  const tiled = { id: '2', name: id, url: template, epsg: 'EPSG:3857', maxZoom: 22 };
  const center = mercator((west + east) / 2, (south + north) / 2);
  const drawn = await tab.evaluate(([raw, center]) => window.tiles(raw, center, 14), [tiled, center]);
  const known = new Set(all.map(([key]) => String(key)));
  hold(drawn.length > 0 && drawn.every((key) => known.has(String(key))), `tiles draw ${drawn}`);
  for (const [url, chosen] of [[`${base}/collections/${id}/tiles/WebMercatorQuad`, undefined], [`${base}/tiles/WebMercatorQuad`, [id]]]) {
    const before = asked.length;
    const again = await tab.evaluate(([url, chosen, center]) => window.tileset(url, chosen, center, 14), [url, chosen, center]);
    // The tiles are of 256 pixels here and of 512 above, so a few features beside a sampled pixel differ.
    const common = again.filter((key) => drawn.includes(key)).length;
    hold(common > 0.9 * Math.max(again.length, drawn.length), `the tileset ${url} draws ${again}, not ${drawn}`);
    hold(asked.slice(before).some((one) => new RegExp('/tiles/WebMercatorQuad/14/\\d+/\\d+').test(one)), `it asks for ${asked.slice(before)}`);
  }
  console.log(`ok    masterportalapi: ${all.length} features of ${id} in pages of 400, ${near.length} in a box, ${drawn.length} drawn from tiles, by XYZ and by OGC API - Tiles`);
});
