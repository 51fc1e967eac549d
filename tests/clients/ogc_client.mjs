// @camptocamp/ogc-client (used by GeoNetwork's portals) reads the endpoint, a collection, its features and its tileset:
//   node ogc_client.mjs BASE-URL COLLECTION COUNT
import { OgcApiEndpoint } from '@camptocamp/ogc-client';

const [base, id, count] = process.argv.slice(2);
function hold(condition, message) {
  if (!condition) throw new Error(message);
}

const endpoint = new OgcApiEndpoint(`${base}/`);
hold((await endpoint.info).title === 'veedel', 'no title');
hold((await endpoint.featureCollections).includes(id), `${id} is no collection of features to it`);
hold(await endpoint.hasFeatures, 'it sees no features');
const collection = await endpoint.getCollectionInfo(id);
hold(collection.itemCount === Number(count), `it counts ${collection.itemCount}`);
hold(collection.itemFormats.includes('application/geo+json'), `it sees ${collection.itemFormats}`);
hold(collection.crs[0].endsWith('CRS84'), `the first system is ${collection.crs[0]}`);
const [west, south, east, north] = collection.extent.spatial.bbox[0];
hold(west < east && south < north, 'no extent');
const features = await endpoint.getCollectionItems(id, Number(count));
hold(features.length === Number(count), `it reads ${features.length} features`);
hold(collection.queryables.length > 0 && collection.sortables.length > 0, 'it sees no queryables or sortables');
hold(await endpoint.hasTiles, 'it sees no tiles');
hold((await endpoint.vectorTileCollections).includes(id), `${id} has no vector tiles to it`);
hold(String(await endpoint.tileMatrixSets) === 'WebMercatorQuad', 'it sees no tile matrix set');
hold(String(collection.supportedTileMatrixSets) === 'WebMercatorQuad', `the tiles are in ${collection.supportedTileMatrixSets}`);
hold(String(collection.vectorTileFormats) === 'application/vnd.mapbox-vector-tile', `the tiles are ${collection.vectorTileFormats}`);
const tileset = await (await fetch(await endpoint.getVectorTilesetUrl(id))).json();
hold(tileset.dataType === 'vector' && tileset.layers[0].id === id, 'its tileset is another');
console.log(`ok    ogc-client: ${features.length} features of ${id}, ${collection.queryables.length} queryables`);
