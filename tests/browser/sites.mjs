// Takes the best sites into the scenario of the first question, in headless Chromium.
//
//   node sites.mjs http://127.0.0.1:3000/ [--screenshots DIR]
//
// The last line is "N passed, N failed"; the exit code is 0 only if none failed.

import { axe, base, check, finish, hold, launch, picture, watch } from './harness.mjs';

const browser = await launch();
const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, locale: 'de-DE', reducedMotion: 'reduce' });
const wrong = watch(page);
const added = () => (new URL(page.url()).searchParams.get('add') ?? '').split(';').filter((one) => one !== '');
const settled = (kind) => page.locator(`.answer.${kind}[aria-busy=false][data-trial=false]`).waitFor({ timeout: 20_000 });
let sites = [];
page.on('response', async (response) => {
  if (/siting\/execution\?.*f=json/.test(response.url())) sites = (await response.json()).sites ?? [];
});

await check('the next five stand with rank and gain on the map and in the list', async () => {
  await page.goto(`${base}planung?ask=siting`);
  await settled('siting');
  hold(sites.length > 0, 'no sites');
  const rows = await page.locator('.ranking tbody tr').count();
  hold(rows === sites.length, `${rows} rows for ${sites.length} sites`);
  await page.waitForFunction(() => window.veedelMap?.getLayer('answer:siteGains') && window.veedelMap.queryRenderedFeatures({ layers: ['answer:siteGains'] }).length > 0, null, { timeout: 20_000 });
  const gains = await page.evaluate(() => JSON.stringify(window.veedelMap.getLayoutProperty('answer:siteGains', 'text-field')));
  hold(gains.includes(`+${new Intl.NumberFormat('de').format(sites[0].gain)}`), gains);
  await axe(page);
  await picture(page, 'sites');
});

await check('one click takes a site into the scenario, another all the others; the first question answers with them', async () => {
  await page.locator('[data-take]').first().click();
  await page.locator('.taken').first().waitFor();
  hold(added().length === 1, page.url());
  if (await page.locator('[data-take-all]').count() > 0) await page.locator('[data-take-all]').click();
  await page.waitForFunction((count) => document.querySelectorAll('.ranking .taken').length === count, sites.length);
  hold(added().length === sites.length && await page.locator('[data-take]').count() === 0, page.url());
  await axe(page);
  await page.locator('[data-scenario]').click();
  await settled('coverage');
  await page.locator('.changed').waitFor();
  hold(await page.locator('.pin.new').count() === sites.length, 'not all have a pin');
  await axe(page);
  await picture(page, 'sites-taken');
});

await check('a site clicked on the map can be taken from there; back takes it out again', async () => {
  await page.goto('about:blank');
  await page.goto(`${base}planung?ask=siting`);
  await settled('siting');
  await page.waitForFunction(() => window.veedelMap?.getLayer('answer:sites') && window.veedelMap.areTilesLoaded() && window.veedelMap.queryRenderedFeatures({ layers: ['answer:sites'] }).length > 0, null, { timeout: 20_000 });
  const at = await page.evaluate(() => {
    const { x, y } = window.veedelMap.getCanvas().getBoundingClientRect();
    const all = window.veedelMap.queryRenderedFeatures({ layers: ['answer:sites'] }).map(({ geometry }) => window.veedelMap.project(geometry.coordinates));
    return all.map((point) => ({ x: x + point.x, y: y + point.y })).find((point) => document.elementFromPoint(point.x, point.y) === window.veedelMap.getCanvas());
  });
  await page.mouse.click(at.x, at.y);
  await page.locator('.marked [data-take]').click();
  await page.locator('.marked .taken').waitFor();
  await page.goBack();
  await page.waitForFunction(() => !new URL(location.href).searchParams.has('add'));
});

await check('nothing failed', () => {
  hold(wrong.console.length === 0, wrong.console.join('\n'));
  hold(wrong.hosts.length === 0, wrong.hosts.join('\n'));
});

await browser.close();
finish();
