// Opens the pages about collections and the page to try the API in headless Chromium.
//
//   node pages.mjs http://127.0.0.1:3000/ [--screenshots DIR]
//
// The last line is "N passed, N failed"; the exit code is 0 only if none failed.

import { axe, base, check, finish, hold, launch, picture, watch } from './harness.mjs';

const browser = await launch();
const page = await browser.newPage({ viewport: { width: 1100, height: 900 }, locale: 'de-DE' });
const wrong = watch(page);
const wcag = ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'];

/** The map of the page shows its features, and nothing that it has asked for is still to come. */
async function mapped() {
  await page.waitForFunction(() => window.veedelTableMap?.getLayer('points') && window.veedelTableMap.loaded(), null, { timeout: 20_000 });
  await page.evaluate(() => new Promise((idle) => {
    window.veedelTableMap.once('idle', idle);
    window.veedelTableMap.triggerRepaint();
  }));
}

await check('a page of features has a table, and a map of the same features', async () => {
  await page.goto(`${base}collections/spielplaetze/items?f=html`);
  hold((await page.locator('tbody tr').count()) === 22, 'not 22 rows');
  await page.locator('#items-map canvas').waitFor({ timeout: 20_000 });
  await mapped();
  const drawn = await page.evaluate(() => new Set(window.veedelTableMap.queryRenderedFeatures({ layers: ['areas', 'lines', 'points'] }).map(({ id }) => id)).size);
  hold(drawn === 22, `${drawn} are drawn`);
  await page.locator('tbody tr').nth(3).hover();
  hold((await page.locator('tr.marked').count()) === 1, 'no row is marked');
  await picture(page, 'items');
  await axe(page, wcag);
});

await check('pages lead to the next, and to every format', async () => {
  await page.goto(`${base}collections/adressen/items?f=html&limit=20`);
  const first = await page.locator('tbody tr').first().innerText();
  await page.locator('a[rel=next]').click();
  hold((await page.locator('tbody tr').first().innerText()) !== first, 'the same page again');
  const address = await page.getByRole('link', { name: 'GeoJSON' }).first().getAttribute('href');
  const answer = await fetch(address);
  hold(answer.ok && answer.headers.get('content-type') === 'application/geo+json', `${answer.status} for ${address}`);
});

await check('a table without places has no map', async () => {
  await page.goto(`${base}collections/bevoelkerung/items?f=html`);
  hold((await page.locator('tbody tr').count()) === 50, 'not 50 rows');
  hold(await page.locator('#items-map').isHidden(), 'a map of nothing');
});

await check('an address can be tried', async () => {
  await page.goto(`${base}api?f=html`);
  const fold = page.locator('details', { hasText: '/collections/schulen/items ' }).first();
  await fold.locator('summary').click();
  await fold.locator('input[name=limit]').fill('3');
  await fold.getByRole('button').click();
  await fold.locator('pre').nth(1).waitFor({ timeout: 10_000 });
  const text = await fold.locator('pre').nth(1).innerText();
  hold(JSON.parse(text).numberReturned === 3, text.slice(0, 200));
  hold((await fold.locator('strong').innerText()).startsWith('200'), 'not 200');
  hold((await page.locator('html').getAttribute('lang')) === 'de', 'not German');
  await picture(page, 'api');
  await axe(page, wcag);
});

for (const colorScheme of ['light', 'dark']) {
  for (const width of [1440, 390]) {
    await check(`pages fit and can be read by all, ${colorScheme}, ${width} wide`, async () => {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      for (const path of ['collections', 'collections/schulen', 'collections/schulen/items', 'collections/schulen/items/1', 'catalog', 'collections/catalog/items/schulen', 'tiles', 'tiles/WebMercatorQuad', 'tileMatrixSets', 'api']) {
        await page.goto(`${base}${path}?f=html`);
        await page.locator('main h1').waitFor();
        await page.evaluate(() => document.querySelectorAll('details.fold').forEach((fold) => (fold.open = true)));
        const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        hold(over <= 0, `${path} is ${over} px too wide`);
        await axe(page, wcag);
      }
    });
  }
}

await check('the language is chosen in the header, and stays', async () => {
  await page.setViewportSize({ width: 1100, height: 900 });
  await page.goto(`${base}collections/schulen?f=html`);
  await page.locator('.languages a', { hasText: 'EN' }).click();
  await page.getByRole('link', { name: 'As a table' }).click();
  hold((await page.locator('html').getAttribute('lang')) === 'en', 'not English');
  await page.getByRole('link', { name: 'GeoJSON' }).first().waitFor();
  const address = await page.getByRole('link', { name: 'GeoJSON' }).first().getAttribute('href');
  hold(!address.includes('lang='), `data have no language: ${address}`);
});

await check('no other host was asked, and nothing failed', () => {
  hold(wrong.console.length === 0, wrong.console.join('\n'));
  hold(wrong.hosts.length === 0, wrong.hosts.join('\n'));
});

await browser.close();
finish();
