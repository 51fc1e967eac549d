// Opens the pages about collections and the page to try the API in headless Chromium.
//
//   node pages.mjs http://127.0.0.1:3000/ [--screenshots DIR]
//
// The last line is "N passed, N failed"; the exit code is 0 only if none failed.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'];
const base = process.argv.slice(2).find((argument) => /^https?:/.test(argument));
const screenshots = process.argv.includes('--screenshots') ? process.argv[process.argv.indexOf('--screenshots') + 1] : null;
let [passed, failed] = [0, 0];

async function check(name, run) {
  try {
    await run();
    passed += 1;
    console.log(`ok    ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL  ${name}\n      ${String(error.message ?? error).split('\n').slice(0, 6).join('\n      ')}`);
  }
}

function hold(condition, message) {
  if (!condition) throw new Error(message);
}

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: flags });
const page = await browser.newPage({ viewport: { width: 1100, height: 900 }, locale: 'de-DE' });
const troubles = [];
page.on('pageerror', (error) => troubles.push(error.message));
page.on('console', (message) => message.type() === 'error' && troubles.push(message.text()));
page.on('request', (request) => request.url().startsWith(base) || request.url().startsWith('data:') || troubles.push(`asked ${request.url()}`));
const picture = (name) => screenshots && page.screenshot({ path: `${screenshots}/${name}.png` });

async function axe() {
  await page.evaluate(readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'));
  const { violations } = await page.evaluate(() => window.axe.run({ exclude: ['.maplibregl-map'] }));
  const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  hold(grave.length === 0, grave.map(({ id, nodes }) => `${id}: ${nodes[0].html}`).join('\n'));
}

await check('a page of features has a table, and a map of the same features', async () => {
  await page.goto(`${base}collections/spielplaetze/items?f=html`);
  hold((await page.locator('tbody tr').count()) === 22, 'not 22 rows');
  await page.locator('#items-map canvas').waitFor({ timeout: 20_000 });
  await page.waitForFunction(() => window.veedelTableMap?.loaded() && window.veedelTableMap.queryRenderedFeatures().length > 0, null, { timeout: 20_000 });
  const drawn = await page.evaluate(() => new Set(window.veedelTableMap.queryRenderedFeatures().map(({ id }) => id)).size);
  hold(drawn === 22, `${drawn} are drawn`);
  await page.locator('tbody tr').nth(3).hover();
  hold((await page.locator('tr.marked').count()) === 1, 'no row is marked');
  await picture('items');
  await axe();
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
  await picture('api');
  await axe();
});

await check('no other host was asked, and nothing failed', () => {
  hold(troubles.length === 0, troubles.join('\n'));
});

await browser.close();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
