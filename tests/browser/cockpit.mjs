// What people do on the page beside looking and asking: search, filter, read as a table, go back, lose the server; in
// headless Chromium, on the embedded city.
//
//   node cockpit.mjs http://127.0.0.1:3000/ [--screenshots DIR]
//
// The last line is "N passed, N failed"; the exit code is 0 only if none failed.

import { axe, base, check, finish, hold, json, launch, picture, settledCatalogue, watch } from './harness.mjs';

await settledCatalogue();
const browser = await launch();
const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'de-DE', reducedMotion: 'reduce' });

async function open(path, own = context) {
  const page = await own.newPage();
  const wrong = watch(page);
  await page.goto(base + path);
  await page.locator('main[data-ready=true]').waitFor({ timeout: 20_000 });
  await page.locator('[data-collection]').first().waitFor();
  return { page, wrong };
}

/** The server's whole answer, not that nothing has changed. */
const fresh = (route) => route.fetch({ headers: { ...route.request().headers(), 'if-none-match': '' } });

const row = (page, id) => page.locator(`[data-collection=${JSON.stringify(id)}]`);
const idle = (page) => page.waitForFunction(() => window.veedelMap?.loaded() && window.veedelMap.areTilesLoaded(), null, { timeout: 15_000 });

/** The sources that tiles in view are missing of. */
const without = (page) => page.evaluate(() => Object.entries(window.veedelMap.style.tileManagers)
  .filter(([, manager]) => manager._inViewTiles.getAllTiles().some((tile) => tile.state !== 'loaded')).map(([source]) => source));

/** The features of a collection that the map draws, by id. */
const drawnIds = (page, id) => page.evaluate((wanted) => {
  const layers = window.veedelMap.getStyle().layers.filter((layer) => layer.metadata?.['veedel:collection'] === wanted && layer['source-layer']).map((layer) => layer.id);
  return layers.length === 0 ? [] : [...new Set(window.veedelMap.queryRenderedFeatures({ layers }).map((feature) => String(feature.id ?? JSON.stringify(feature.properties))))];
}, id);

const { page, wrong } = await open('');

await check('the search finds by keyboard, flies there, puts a pin and opens the card', async () => {
  const { features: [school] } = await json('collections/schulen/items?limit=1&f=json');
  const { name } = school.properties;
  const field = page.getByRole('combobox', { name: /suchen/ });
  await field.fill(name.slice(0, -2));
  const hit = page.getByRole('option').first();
  const hasSearch = await hit.waitFor({ timeout: 5000 }).then(() => true, () => false);
  // Without the roles of planning nothing is searched: then the page says so.
  if (!hasSearch) {
    hold((await page.locator('.hits.none').innerText()).length > 10, 'no hit and no sentence');
    await page.keyboard.press('Escape');
    return;
  }
  await page.keyboard.press('ArrowDown');
  hold(await field.getAttribute('aria-activedescendant') === await hit.getAttribute('id'), 'the option is not active');
  await page.keyboard.press('Enter');
  await page.locator('.card[data-complete=true] h2').waitFor({ timeout: 5000 });
  hold((await page.locator('.card h2').innerText()).startsWith(name.slice(0, 4)), 'another card');
  hold(await page.locator('.maplibregl-marker').count() === 1, 'no pin');
  await picture(page, 'search');
  await axe(page);
});

await check('an older answer of the search never replaces a newer one', async () => {
  await page.route('**/search?*', async (route) => {
    const words = new URL(route.request().url()).searchParams.get('q');
    await new Promise((resolve) => setTimeout(resolve, words === 'lang' ? 900 : 50));
    const features = [{ type: 'Feature', geometry: { type: 'Point', coordinates: [7.46, 50.74] }, properties: { name: words, kind: 'street', of: 'adressen', id: null, areas: [] } }];
    await route.fulfill({ json: { type: 'FeatureCollection', features } }).catch(() => undefined);
  });
  const field = page.getByRole('combobox', { name: /suchen/ });
  await field.fill('lang');
  await page.waitForTimeout(250);
  await field.fill('kurz');
  await page.waitForTimeout(1300);
  hold((await page.getByRole('option').first().locator('.name').innerText()) === 'kurz', 'the older answer stands there');
  await page.unroute('**/search?*');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
});

await check('a filter of the values that occur holds on the map and in the table, is in the address, and back undoes it', async () => {
  await page.goto(`${base}#hidden=adressen,gebaeude`);
  await page.reload();
  await page.locator('main[data-ready=true]').waitFor();
  await idle(page);
  const before = (await drawnIds(page, 'schulen')).length;
  const { groups } = await json('collections/schulen/aggregate?group-by=schulart&aggregate=count');
  const [{ group: { schulart }, values: { count } }] = groups.sort((left, right) => right.values.count - left.values.count);
  await row(page, 'schulen').locator('.more').click();
  await row(page, 'schulen').locator('[data-focus=add-filter]').click();
  await row(page, 'schulen').locator('.condition select').first().selectOption('schulart');
  const value = row(page, 'schulen').locator('.values label', { hasText: schulart });
  hold((await value.locator('.count').innerText()) === String(count), 'another count');
  await value.click();
  await page.waitForFunction(() => location.hash.includes('filter=schulen'), null, { timeout: 3000 });
  await idle(page);
  const after = (await drawnIds(page, 'schulen')).length;
  hold(after === count && after < before, `${after} of ${before} are drawn, not ${count}`);
  await row(page, 'schulen').locator('[data-focus=table]').click();
  // The table takes room from the map, and holds what is still in view.
  await idle(page);
  const inView = (await drawnIds(page, 'schulen')).length;
  hold(inView > 0 && inView <= count, `${inView} of ${count} are in view`);
  // A dot may reach into view although its place does not.
  await page.waitForFunction(([most, word]) => {
    const rows = [...document.querySelectorAll('.table-pane tbody tr')];
    return rows.length > 0 && rows.length <= most && rows.every((one) => one.textContent.includes(word));
  }, [inView, schulart], { timeout: 5000 });
  await row(page, 'schulen').locator('.cql summary').click();
  hold((await row(page, 'schulen').locator('.cql textarea').inputValue()).includes(schulart), 'no CQL2');
  await picture(page, 'filter');
  await axe(page);
  await page.goBack();
  await page.locator('.table-pane').waitFor({ state: 'detached', timeout: 3000 });
  await page.goBack();
  await page.waitForFunction(() => !location.hash.includes('filter='), null, { timeout: 3000 });
  await idle(page);
  hold((await drawnIds(page, 'schulen')).length === before, 'back does not bring all');
});

await check('a row of the table opens the card, which outlines the whole feature', async () => {
  await row(page, 'bezirke').locator('.more').click();
  await row(page, 'bezirke').locator('[data-focus=table]').click();
  await page.locator('.table-pane tbody button').first().click();
  await page.locator('.card[data-complete=true]').waitFor({ timeout: 5000 });
  const { geometry } = await json(`collections/bezirke/items/${encodeURIComponent(new URL(page.url()).hash.match(/feature=bezirke:([^&]*)/)[1])}?f=json`);
  const whole = JSON.stringify(geometry.coordinates).slice(0, 200);
  await page.waitForFunction((text) => JSON.stringify(window.veedelMap.getStyle().sources.selection.data).includes(text), whole, { timeout: 5000 });
  hold(await page.locator('.table-pane tr.chosen').count() === 1, 'no row is marked');
  await page.locator('.card .close').click();
  await page.keyboard.press('Escape');
});

await check('the time of features can be narrowed where they have one', async () => {
  await row(page, 'schulen').locator('.time').waitFor({ timeout: 5000 });
  const from = row(page, 'schulen').locator('.time input').first();
  await from.focus();
  await page.keyboard.press('PageUp');
  await page.waitForFunction(() => /filter=schulen:gegruendet/.test(location.hash), null, { timeout: 3000 });
  await row(page, 'schulen').getByRole('button', { name: 'Filter aufheben' }).click();
  hold(!page.url().includes('filter='), 'still filtered');
});

await check('a layer fades as far as a person says', async () => {
  const opacity = row(page, 'schulen').locator('.slider input');
  await opacity.focus();
  await page.keyboard.press('Home');
  await page.waitForFunction(() => location.hash.includes('opacity=schulen:10'), null, { timeout: 3000 });
  await page.keyboard.press('End');
  hold(!page.url().includes('opacity='), page.url());
});

await check('dark and light change the page and the map, and nothing on it is lost', async () => {
  await page.locator('.theme').click();
  await page.waitForFunction(() => document.documentElement.dataset.kernTheme === 'dark' && location.hash.includes('theme=dark'), null, { timeout: 3000 });
  await page.waitForTimeout(500);
  await idle(page);
  hold((await drawnIds(page, 'schulen')).length > 0, 'no layer in the dark');
  await picture(page, 'dark');
  await axe(page);
  await page.goBack();
  await page.waitForFunction(() => document.documentElement.dataset.kernTheme !== 'dark', null, { timeout: 3000 });
});

await check('the doors lead to and fro, and keep the map', async () => {
  const before = await page.evaluate(() => window.veedelMap.getZoom());
  await page.locator('[data-door=questions]').click();
  await page.waitForFunction(() => location.pathname.endsWith('/planung'), null, { timeout: 3000 });
  await page.locator('.panel [role=alert], .panel .sentence').first().waitFor({ timeout: 10_000 });
  await axe(page);
  await page.goBack();
  await row(page, 'schulen').waitFor();
  hold(Math.abs(await page.evaluate(() => window.veedelMap.getZoom()) - before) < 0.01, 'the map moved');
});

await check('nothing went wrong until here, and no other host was asked', () => {
  hold(wrong.console.length === 0, wrong.console.join('\n'));
  hold(wrong.hosts.length === 0, wrong.hosts.join('\n'));
});
await page.close();

await check('an address that says what is not known shows the rest, and a sentence', async () => {
  const { page: own, wrong: ownWrong } = await open('#map=1/2/999&theme=pink&hidden=schulen&<script>=1');
  const notice = await own.locator('[data-notice=odd]').innerText();
  hold(notice.includes('map') && notice.includes('theme') && notice.includes('<script>'), notice);
  hold(!await row(own, 'schulen').locator('label.name input').isChecked(), 'the rest is not shown');
  await axe(own);
  hold(ownWrong.console.length === 0, ownWrong.console.join('\n'));
  await own.close();
});

await check('names with markup, from right to left and of 500 letters are text, and break nothing', async () => {
  const names = ['<script>window.broken = 1</script><img src=x onerror="window.broken=1">', 'מפת העיר עם שכונות', 'Donaudampfschifffahrt'.repeat(24)];
  const own = await browser.newContext({ viewport: { width: 390, height: 844 }, locale: 'de-DE', reducedMotion: 'reduce' });
  await own.route((url) => url.pathname.endsWith('/collections'), async (route) => {
    const answer = await fresh(route);
    const catalogue = await answer.json();
    catalogue.collections.slice(0, 3).forEach((one, at) => Object.assign(one, { title: names[at], description: names[at], attribution: names[at] }));
    await route.fulfill({ response: answer, json: catalogue });
  });
  await own.route('**/collections/schulen/items/1?f=json', async (route) => {
    const answer = await fresh(route);
    const feature = await answer.json();
    feature.properties.name = names[2];
    feature.properties.traeger = names[0];
    await route.fulfill({ response: answer, json: feature });
  });
  const { page: one, wrong: ownWrong } = await open('#feature=schulen:1', own);
  await one.locator('.card[data-complete=true]').waitFor();
  for (const width of [390, 1280]) {
    await one.setViewportSize({ width, height: 844 });
    hold(await one.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `wider than ${width}`);
    const cut = await one.evaluate(() => [...document.querySelectorAll('.card, .panel')].filter((part) => part.scrollWidth > part.clientWidth + 1).map((part) => part.className));
    hold(cut.length === 0, `${cut} overflow at ${width}`);
    await picture(one, `names-${width}`);
  }
  hold(await one.evaluate(() => window.broken === undefined && document.querySelector('.panel script, .panel img, .card img') === null), 'a name became markup');
  await axe(one);
  hold(ownWrong.console.length === 0, ownWrong.console.join('\n'));
  await own.close();
});

await check('a server that goes away is said, and the page goes on by itself when it is back', async () => {
  const own = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'de-DE', reducedMotion: 'reduce' });
  // The page asks soon again while a collection loads.
  await own.route((url) => url.pathname.endsWith('/collections'), async (route) => {
    const answer = await fresh(route);
    const catalogue = await answer.json();
    Object.assign(catalogue.collections[0], { 'veedel:state': 'loading' });
    await route.fulfill({ response: answer, json: catalogue });
  });
  const { page: one } = await open('', own);
  await idle(one);
  await own.route('**/*', (route) => route.abort());
  await one.locator('[data-notice=away]').waitFor({ timeout: 30_000 });
  await axe(one);
  // Tiles that nobody answers for are asked for again, too.
  await one.evaluate(() => {
    const failed = new Promise((resolve) => window.veedelMap.on('error', ({ tile }) => tile && resolve()));
    window.veedelMap.jumpTo({ zoom: window.veedelMap.getZoom() + 1 });
    return failed;
  });
  await idle(one);
  await own.unroute('**/*');
  await one.locator('[data-notice=away]').waitFor({ state: 'detached', timeout: 30_000 });
  await idle(one);
  const missing = await without(one);
  hold(missing.length === 0, `${missing} have tiles that did not come back`);
  await own.unrouteAll({ behavior: 'ignoreErrors' });
  await own.close();
});

await check('what a busy server refuses at first is asked for again, and comes', async () => {
  const own = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'de-DE', reducedMotion: 'reduce' });
  const [refused, given] = [new Set(), new Set()];
  const isData = (url) => /\/(xyz|fonts|sprites|styles|collections|processes)\b/.test(url.pathname);
  await own.route(isData, async (route) => {
    const address = route.request().url();
    if (refused.has(address)) {
      given.add(address);
      return route.continue();
    }
    refused.add(address);
    return route.fulfill({ status: refused.size % 2 === 0 ? 429 : 503, headers: { 'retry-after': '1' }, json: { detail: 'zu viele' } });
  });
  const { page: one } = await open('', own);
  await one.waitForFunction(() => window.veedelMap?.queryRenderedFeatures().some(({ layer }) => layer.type === 'symbol'), null, { timeout: 20_000 });
  for (let round = 0; round < 100 && (await without(one)).length > 0; round += 1) await one.waitForTimeout(100);
  const missing = await without(one);
  hold(missing.length === 0, `${missing} have tiles that did not come`);
  const never = [...refused].filter((address) => !given.has(address) && !address.includes('/xyz/'));
  hold(never.length === 0, `not asked for again: ${never.join(' ')}`);
  hold(['/xyz/', '/fonts/', '/sprites/', '/styles/', '/collections'].every((part) => [...given].some((address) => address.includes(part))), [...given].join(' '));
  await picture(one, 'busy');
  await own.unrouteAll({ behavior: 'ignoreErrors' });
  await own.close();
});

await check('opening the map takes fewer than 100 requests, as the page for operators says', async () => {
  const own = await browser.newContext({ viewport: { width: 1920, height: 1080 }, locale: 'de-DE', reducedMotion: 'reduce' });
  let requests = 0;
  own.on('request', () => (requests += 1));
  const { page: one } = await open('', own);
  await idle(one);
  await one.waitForTimeout(500);
  console.log(`      ${requests} requests`);
  hold(requests > 50 && requests < 100, `${requests} requests`);
  await own.close();
});

await check('who is known is told as whom he sees the page, at both doors', async () => {
  const own = await browser.newContext({ viewport: { width: 390, height: 844 }, locale: 'de-DE', reducedMotion: 'reduce' });
  const sentence = 'Sie sehen, was die Rolle amt sieht.';
  await own.route((url) => url.searchParams.get('f') === 'json' && url.pathname === '/', async (route) => {
    const answer = await fresh(route);
    await route.fulfill({ response: answer, json: { ...(await answer.json()), 'veedel:seenAs': sentence } });
  });
  const { page: one } = await open('', own);
  await one.locator('.seen-as', { hasText: sentence }).waitFor({ timeout: 5000 });
  await axe(one);
  await picture(one, 'seen-as');
  await one.locator('[data-door=questions]').click();
  hold(await one.locator('.seen-as').innerText() === sentence, 'not beside the questions');
  await own.unrouteAll({ behavior: 'ignoreErrors' });
  const { page: other } = await open('', own);
  await idle(other);
  hold(await other.locator('.seen-as').count() === 0, 'everyone is told, too');
  await own.close();
});

await check('what the server has no style for is not drawn, and the list says why', async () => {
  const own = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'de-DE', reducedMotion: 'reduce' });
  await own.route((url) => url.pathname.endsWith('/collections'), async (route) => {
    const answer = await fresh(route);
    const catalogue = await answer.json();
    for (const one of catalogue.collections) if (one.id === 'kitas') one.links = one.links.filter(({ rel }) => !rel.endsWith('/styles'));
    await route.fulfill({ response: answer, json: catalogue });
  });
  const { page: one, wrong: ownWrong } = await open('', own);
  await idle(one);
  hold((await one.locator('[data-collection=kitas] .state').innerText()).includes('keinen Stil'), 'nothing is said');
  hold(await one.evaluate(() => window.veedelMap.getStyle().layers.every(({ metadata }) => metadata?.['veedel:collection'] !== 'kitas')), 'it is drawn');
  await axe(one);
  hold(ownWrong.console.length === 0, ownWrong.console.join('\n'));
  await own.unrouteAll({ behavior: 'ignoreErrors' });
  await own.close();
});

await check('without WebGL a sentence says so, and the tables are there', async () => {
  const own = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'de-DE', reducedMotion: 'reduce' });
  await own.addInitScript(() => {
    const get = HTMLCanvasElement.prototype.getContext;
    HTMLCanvasElement.prototype.getContext = function getContext(kind, ...rest) {
      return /webgl/.test(kind) ? null : get.call(this, kind, ...rest);
    };
  });
  const { page: one } = await open('', own);
  await one.locator('.nomap [role=alert]').waitFor({ timeout: 10_000 });
  await one.locator('.nomap button', { hasText: 'Schulen' }).click();
  await one.locator('.table-pane tbody tr').first().waitFor({ timeout: 15_000 });
  await axe(one);
  await picture(one, 'no-webgl');
  await own.close();
});

await check('a worker that cannot start is said, too', async () => {
  const own = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'de-DE', reducedMotion: 'reduce' });
  await own.route('**/assets/worker.js', (route) => route.abort());
  const { page: one } = await open('', own);
  await one.locator('.nomap [role=alert]').waitFor({ timeout: 15_000 });
  hold((await one.locator('.nomap').innerText()).includes('Hilfsprozess'), await one.locator('.nomap').innerText());
  await own.close();
});

await browser.close();
finish();
