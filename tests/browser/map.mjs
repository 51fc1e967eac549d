// Opens the map page of a running veedel in headless Chromium and holds it to what it promises.
//
//   node map.mjs http://127.0.0.1:3000/ [--screenshots DIR]
//
// The browser is /usr/bin/chromium or what CHROMIUM names. The last line is "N passed, N failed"; the exit
// code is 0 only if none failed.

import { VectorTile } from '@mapbox/vector-tile';
import Pbf from 'pbf';
import { axe, base, check, finish, hold, json, launch, picture, settledCatalogue, watch } from './harness.mjs';

/** Small, as every pixel is drawn by the processor; wide enough for the panel beside the map. */
const desk = { width: 1000, height: 640 };

const firstPosition = (coordinates) => (typeof coordinates[0] === 'number' ? coordinates : firstPosition(coordinates[0]));
const parts = (geometry) => (geometry.type === 'GeometryCollection' ? geometry.geometries : [geometry]);

/** A position on the geometry of one of the first features. */
async function positionIn(id) {
  const { features } = await json(`collections/${encodeURIComponent(id)}/items?limit=10&f=json`);
  const geometry = features.map((one) => one.geometry).filter(Boolean).flatMap(parts).find((one) => one.coordinates?.flat(9).length > 0);
  hold(geometry, `no feature of ${id} has a geometry`);
  return firstPosition(geometry.coordinates).slice(0, 2);
}

/** Moves the map and waits until all is drawn. Runs in the page. */
const moveTo = (page, center, zoom) => page.evaluate(([at, level]) => new Promise((resolve) => {
  window.veedelMap.jumpTo({ center: at, zoom: level, bearing: 0, pitch: 0 });
  window.veedelMap.once('idle', resolve);
  window.veedelMap.triggerRepaint();
}), [center, zoom]);

/** How many features of a collection are drawn now. */
const rendered = (page, id) => page.evaluate((wanted) => {
  const layers = window.veedelMap.getStyle().layers.filter((layer) => layer.metadata?.['veedel:collection'] === wanted && layer['source-layer']).map((layer) => layer.id);
  return layers.length === 0 ? 0 : window.veedelMap.queryRenderedFeatures({ layers }).length;
}, id);

/** How many different colours the canvas shows, read when a frame has just been drawn. */
const colours = (page) => page.evaluate(() => new Promise((resolve) => {
  const map = window.veedelMap;
  map.once('render', () => {
    const gl = map.getCanvas().getContext('webgl2');
    const { drawingBufferWidth: width, drawingBufferHeight: height } = gl;
    const pixels = new Uint8Array(width * height * 4);
    gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
    resolve(new Set(new Uint32Array(pixels.buffer)).size);
  });
  map.triggerRepaint();
}));

async function open(context, path, size) {
  const page = await context.newPage();
  await page.setViewportSize(size);
  const wrong = watch(page);
  await page.goto(base + path);
  await page.waitForFunction(() => window.veedelMap?.loaded(), null, { timeout: 20_000 });
  return { page, wrong };
}

/** Waits until every collection has its layers and the map is at rest. */
async function ready(page, ids) {
  await page.waitForFunction((wanted) => {
    const layers = window.veedelMap?.getStyle()?.layers ?? [];
    return wanted.every((id) => layers.some((layer) => layer.metadata?.['veedel:collection'] === id));
  }, ids, { timeout: 15_000 });
  await page.waitForFunction(() => window.veedelMap.areTilesLoaded(), null, { timeout: 15_000 });
}

const row = (page, id) => page.locator(`[data-collection=${JSON.stringify(id)}]`);

/** A zoom at which this collection's features are drawn one by one. */
const closeZoom = (collection) => Math.max(16, collection['veedel:minzoom'] ?? 0);

/** Looks at the view of all first; moves close only to what is not drawn there, as frames are dear without a GPU. */
async function checkLayers(page, collections) {
  for (const collection of collections) {
    await check(`${collection.id}: features are drawn`, async () => {
      if (await rendered(page, collection.id) > 0) return;
      await moveTo(page, await positionIn(collection.id), closeZoom(collection));
      hold(await rendered(page, collection.id) > 0, 'no rendered feature');
    });
  }
}

async function checkToggle(page, { id }) {
  await check(`${id}: the switch hides and shows it, and the address keeps it`, async () => {
    const before = await rendered(page, id);
    hold(before > 0, 'nothing to hide');
    await row(page, id).locator('label.name input').click();
    await page.waitForFunction((wanted) => {
      const layers = window.veedelMap.getStyle().layers.filter((layer) => layer.metadata?.['veedel:collection'] === wanted);
      return layers.length > 0 && layers.every((layer) => layer.layout?.visibility === 'none');
    }, id, { timeout: 5000 });
    hold(await rendered(page, id) === 0, 'still drawn');
    const hidden = /hidden=([^&]*)/.exec(page.url())?.[1].split(',') ?? [];
    hold(hidden.includes(encodeURIComponent(id)), `not in the address: ${page.url()}`);
    await row(page, id).locator('label.name input').click();
    hold(!page.url().includes('hidden='), `still in the address: ${page.url()}`);
    await page.waitForFunction(() => window.veedelMap.loaded(), null, { timeout: 10_000 });
    hold(await rendered(page, id) > 0, 'does not come back');
  });
}

/** Clicks where a feature of the collection is drawn, clear of the panel. */
async function checkClick(page, collection) {
  const { id } = collection;
  await check(`${id}: a click shows attributes, Esc closes them`, async () => {
    await moveTo(page, await positionIn(id), closeZoom(collection));
    const at = await page.evaluate(() => {
      const box = window.veedelMap.getCanvas().getBoundingClientRect();
      const point = window.veedelMap.project(window.veedelMap.getCenter());
      return { x: box.x + point.x, y: box.y + point.y };
    });
    await page.mouse.click(at.x, at.y);
    const entry = page.locator(`[data-feature-of=${JSON.stringify(id)}]`).first();
    await entry.waitFor({ timeout: 5000 });
    hold((await entry.locator('h2').innerText()).trim() !== '', 'no heading');
    const item = await entry.locator('.links a').count() > 0;
    if (item) await page.waitForFunction((wanted) => document.querySelector(`[data-feature-of=${JSON.stringify(wanted)}]`)?.dataset.complete === 'true', id, { timeout: 5000 });
    const names = await entry.locator('[data-column]').evaluateAll((all) => all.map((one) => one.dataset.column));
    const { features: [sample] } = await json(`collections/${encodeURIComponent(id)}/items?limit=1&f=json`);
    const expected = Object.entries(sample.properties ?? {}).filter(([, value]) => item || value !== null).map(([name]) => name);
    hold(expected.length === 0 || names.some((name) => expected.includes(name)), `shows ${names.join(', ')}, not ${expected.join(', ')}`);
    if (item) hold(expected.every((name) => names.includes(name)), `lacks ${expected.filter((name) => !names.includes(name)).join(', ')}`);
    await picture(page, `click-${id.replace(/\W+/g, '-')}`);
    await page.keyboard.press('Escape');
    hold(await page.locator('.card').count() === 0, 'Esc does not close');
  });
}

/** The map's middle lies where the last click was. */
async function checkKeyboard(page) {
  await check('Enter on the map shows what lies in the middle, and Esc gives the focus back', async () => {
    await page.locator('.maplibregl-canvas').focus();
    await page.keyboard.press('Enter');
    await page.locator('[data-feature-of]').first().waitFor({ timeout: 5000 });
    // The focus moves when the card has been drawn.
    const comes = (focus, what) => page.waitForFunction(focus, null, { timeout: 2000 }).catch(() => hold(false, `${what} has no focus`));
    await comes(() => document.querySelector('.card')?.contains(document.activeElement), 'the card');
    await page.keyboard.press('Escape');
    await comes(() => document.activeElement?.classList.contains('maplibregl-canvas'), 'the map');
  });
}

async function checkCopy(page, { id }) {
  await check(`${id}: the copied addresses work`, async () => {
    const more = row(page, id).locator('.more');
    if (await more.getAttribute('aria-expanded') !== 'true') await more.click();
    await row(page, id).locator('.addresses summary').click();
    const expected = { xyz: `${base}xyz/${encodeURIComponent(id)}/{z}/{x}/{y}`, tilejson: `${base}xyz/${encodeURIComponent(id)}.json`, api: base };
    for (const [kind, wanted] of Object.entries(expected)) {
      await row(page, id).locator(`[data-copy=${kind}]`).click();
      await page.waitForFunction((text) => navigator.clipboard.readText().then((found) => found === text), wanted, { timeout: 3000 });
    }
    const tileJson = await json(`xyz/${encodeURIComponent(id)}.json`);
    hold(tileJson.tilejson?.startsWith('3.'), 'no TileJSON 3');
    await more.click();
  });
}

async function checkTable(page, { id }) {
  await check(`${id}: the table beside the map holds what is in view, by keyboard alone`, async () => {
    const more = row(page, id).locator('.more');
    if (await more.getAttribute('aria-expanded') !== 'true') await more.press('Enter');
    const link = row(page, id).locator('[data-focus=table]');
    await link.focus();
    const [address, view] = await Promise.all([link.getAttribute('href'), page.evaluate(() => window.veedelMap.getBounds().toArray().flat())]);
    const box = new URL(address).searchParams.get('bbox').split(',').map(Number);
    hold(box.every((number, at) => Math.abs(number - view[at]) < 1e-5), `${box} is not ${view}`);
    const answer = await fetch(address);
    const text = await answer.text();
    hold(answer.ok && text.includes('<table') && text.includes('<th'), `${answer.status} without a table`);
    await more.press('Enter');
  });
}

/** Tile numbers of a position (Web Mercator quad). */
function tileAt([longitude, latitude], zoom) {
  const radians = (latitude * Math.PI) / 180;
  const count = 2 ** zoom;
  return [Math.floor(((longitude + 180) / 360) * count), Math.floor(((1 - Math.asinh(Math.tan(radians)) / Math.PI) / 2) * count)];
}

async function checkComposite(collections) {
  const pair = collections.slice(0, 2);
  await check(`a composite tile (${pair.map(({ id }) => id).join(' + ')}) decodes with a second decoder`, async () => {
    const zoom = Math.max(0, ...pair.map((one) => one['veedel:minzoom'] ?? 0));
    const ids = pair.map(({ id }) => encodeURIComponent(id)).join(',');
    const wanted = new Set(pair.map(({ id }) => id));
    for (let level = zoom; level <= Math.min(...pair.map((one) => one['veedel:maxzoom'] ?? 16)); level += 1) {
      const [x, y] = tileAt(await positionIn(pair[0].id), level);
      const answer = await fetch(`${base}xyz/${ids}/${level}/${x}/${y}`);
      hold(answer.status === 200 || answer.status === 204, `${answer.status} at zoom ${level}`);
      const tile = new VectorTile(new Pbf(new Uint8Array(await answer.arrayBuffer())));
      for (const [name, layer] of Object.entries(tile.layers)) {
        hold(wanted.has(name), `unexpected layer ${name}`);
        hold(layer.version === 2 && layer.length > 0, `layer ${name}: version ${layer.version}, ${layer.length} features`);
        for (let index = 0; index < layer.length; index += 1) {
          const one = layer.feature(index);
          hold(one.type >= 1 && one.type <= 3 && one.loadGeometry().length > 0, `layer ${name}, feature ${index}: type ${one.type}`);
        }
      }
      if (Object.keys(tile.layers).length === wanted.size) return;
    }
    hold(pair.length < 2, 'no tile held all layers');
  });
}

/** The server's answer, but one collection waits to be chosen. */
async function checkFirst(context, shown) {
  const { id } = shown[shown.length - 1];
  const isCatalogue = (url) => url.pathname.endsWith('/collections');
  await context.route(isCatalogue, async (route) => {
    const answer = await route.fetch();
    const catalogue = await answer.json();
    catalogue.collections.find((one) => one.id === id)['veedel:visibleAtFirst'] = false;
    await route.fulfill({ response: answer, json: catalogue });
  });
  await check(`${id}: is not shown at first where the server says so, and shown once chosen, after a reload too`, async () => {
    const { page } = await open(context, '?lang=en', desk);
    const ids = shown.map((one) => one.id);
    await ready(page, ids.filter((other) => other !== id));
    const box = row(page, id).locator('label.name input');
    hold(!await box.isChecked() && await rendered(page, id) === 0, 'shown at first');
    hold(!page.url().includes('hidden='), `nobody has chosen: ${page.url()}`);
    await box.click();
    hold(new URL(page.url()).hash.includes('hidden='), `the choice is not in the address: ${page.url()}`);
    await page.reload();
    await ready(page, ids);
    // Chosen anew, its layer may be drawn a moment after the others.
    for (let tries = 0; tries < 100 && await rendered(page, id) === 0; tries += 1) await page.waitForTimeout(100);
    hold(await box.isChecked() && await rendered(page, id) > 0, 'not shown although chosen');
    await page.close();
  });
  await context.unroute(isCatalogue);
}

async function checkLanguages(page) {
  for (const [language, heading, title] of [['de', 'Ebenen', 'veedel – Karte'], ['en', 'Layers', 'veedel – map']]) {
    await check(`the page speaks ${language}`, async () => {
      await page.locator(`[data-language=${language}]`).click();
      await page.locator('.head h2', { hasText: heading }).waitFor({ timeout: 20_000 });
      hold(await page.evaluate(() => document.documentElement.lang) === language, 'wrong lang');
      hold(await page.title() === title, 'wrong title');
      hold(new URL(page.url()).hash.includes('map='), 'the view is lost');
    });
  }
}

async function checkTelephone(context, ids) {
  await check('on a telephone the panel is a sheet that leaves the map room, and can be large or small', async () => {
    const { page, wrong } = await open(context, '?lang=en', { width: 390, height: 844 });
    await ready(page, ids);
    const height = () => page.locator('#panel').evaluate((panel) => panel.offsetHeight / innerHeight);
    hold(await height() < 0.6, 'the map has no room');
    await picture(page, 'telephone');
    await axe(page);
    await page.locator('.handle').click();
    await page.waitForFunction(() => document.getElementById('panel').offsetHeight > innerHeight * 0.6, null, { timeout: 3000 });
    await page.locator('.handle').click();
    await page.waitForFunction(() => document.getElementById('panel').offsetHeight < innerHeight * 0.2, null, { timeout: 3000 });
    hold(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'wider than the screen');
    await picture(page, 'telephone-panel');
    hold(wrong.console.length === 0, wrong.console.join('\n'));
    await page.close();
  });
}

async function checkAccessibility(page) {
  await check('axe finds nothing', () => axe(page));
}

async function run(context) {
  const all = await settledCatalogue();
  const shown = all.filter((one) => one['veedel:geometry'] && one['veedel:state'] === 'ready' && one['veedel:count'] !== 0);
  await check('the server has collections to show', () => hold(shown.length > 0, `${all.length} collections, none to draw`));
  if (shown.length === 0) return;
  const { page, wrong } = await open(context, '?lang=en', desk);
  // What the base map shows by itself waits to be chosen.
  await page.locator('[data-collection] input[type=checkbox]').first().waitFor();
  for (const one of [...shown]) if (!await row(page, one.id).locator('label.name input').isChecked()) shown.splice(shown.indexOf(one), 1);
  await check('every collection that is shown gets layers', () => ready(page, shown.map(({ id }) => id)));
  await check('the page fits itself to all collections', async () => {
    const boxes = shown.map((one) => one.extent?.spatial?.bbox?.[0]).filter(Boolean);
    const seen = await page.evaluate(() => window.veedelMap.getBounds().toArray().flat());
    for (const [west, south, east, north] of boxes.map((box) => (box.length === 6 ? [box[0], box[1], box[3], box[4]] : box))) {
      hold(seen[0] <= west && seen[1] <= south && seen[2] >= east && seen[3] >= north, `${[west, south, east, north]} is not within ${seen}`);
    }
  });
  await check('the canvas is not blank', async () => {
    const found = await colours(page);
    hold(found > 20, `${found} colours`);
  });
  await picture(page, 'start');
  await check('the legend lists every collection', async () => {
    for (const { id } of all) hold(await row(page, id).count() === 1, `${id} is missing`);
  });
  await checkAccessibility(page);
  await checkLayers(page, shown);
  await checkToggle(page, shown[shown.length - 1]);
  const kinds = ['point', 'line', 'polygon'].map((kind) => shown.find((one) => one['veedel:geometry'] === kind)).filter(Boolean);
  for (const collection of kinds) await checkClick(page, collection);
  if (kinds.length > 0) await checkKeyboard(page);
  await checkCopy(page, shown[0]);
  await checkTable(page, shown[0]);
  await checkComposite(shown);
  await checkFirst(context, shown);
  await checkLanguages(page);
  await checkTelephone(context, shown.map(({ id }) => id));
  await check('no console error', () => hold(wrong.console.length === 0, wrong.console.join('\n')));
  await check('no other host was asked', () => hold(wrong.hosts.length === 0, wrong.hosts.join('\n')));
}

const browser = await launch();
const context = await browser.newContext({ viewport: desk, locale: 'en-GB', reducedMotion: 'reduce', permissions: ['clipboard-read', 'clipboard-write'] });
await check('the test itself', () => run(context));
await browser.close();
finish();
