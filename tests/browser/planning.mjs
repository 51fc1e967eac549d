// Asks questions behind the door to them in headless Chromium, and holds the page to the server's answers.
//
//   node planning.mjs http://127.0.0.1:3000/ [--screenshots DIR]
//
// The last line is "N passed, N failed"; the exit code is 0 only if none failed.

import { axe, base, check, finish, hold, launch, picture, watch } from './harness.mjs';

const browser = await launch();
const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, locale: 'de-DE', reducedMotion: 'reduce' });
const wrong = watch(page);

/** The answer of the server to the question that the page asked last. */
let asked = null;
page.on('response', (response) => {
  const url = new URL(response.url());
  if (/\/processes\/\w+\/execution$/.test(url.pathname) && url.searchParams.get('f') === 'json') asked = url;
});
async function served() {
  const answer = await fetch(asked);
  hold(answer.ok, `${answer.status} for ${asked}`);
  return answer.json();
}

const settled = () => page.locator('.answer[aria-busy=false]').waitFor({ timeout: 20_000 });
const whole = (value) => (typeof value === 'number' ? new Intl.NumberFormat('de', { maximumFractionDigits: 0 }).format(value) : value);
const drawn = (layer) => page.waitForFunction((id) => window.veedelMap?.getLayer(id) && window.veedelMap.queryRenderedFeatures({ layers: [id] }).length > 0, `answer:${layer}`, { timeout: 20_000 });

async function open(path) {
  await page.goto('about:blank');
  await page.goto(base + path);
  await settled();
}

/** Chooses in a blank, and waits for the answer to that. */
async function fill(blank, value) {
  const before = asked?.href;
  await page.locator(`select[name=${blank}]`).selectOption(value);
  for (let tries = 0; tries < 100 && asked?.href === before; tries += 1) await page.waitForTimeout(50);
  await settled();
}

await check('the first question is answered as the server answers it, in German', async () => {
  await open('planung');
  const answer = await served();
  hold((await page.locator('.sentence').innerText()).startsWith('Welche'), 'the sentence is not German');
  hold((await page.locator('.number strong').innerText()) === whole(answer.uncovered), 'another number');
  hold((await page.locator('.summary').innerText()) === answer.summary.de, 'another sentence');
  const rest = page.locator('[data-focus=all]');
  if (await rest.count() > 0) await rest.click();
  const rows = await page.locator('.ranking tbody tr').count();
  hold(rows === answer.areas.length, `${rows} rows for ${answer.areas.length} areas`);
});

await check('another blank is another question, its address reproduces it, and back undoes it', async () => {
  const [before, blank] = [await page.locator('.number').innerText(), await page.locator('select[name=within]').inputValue()];
  await fill('within', '500');
  const answer = await served();
  hold(new URL(page.url()).searchParams.get('distance') === '500', page.url());
  hold((await page.locator('.number strong').innerText()) === whole(answer.uncovered), 'another number');
  const number = await page.locator('.number').innerText();
  hold(number !== before, 'the same number');
  const again = await page.locator('a.link').getAttribute('href');
  await page.goBack();
  await page.waitForFunction((text) => document.querySelector('.answer[aria-busy=false] .number')?.innerText === text, before, { timeout: 10_000 });
  hold(await page.locator('select[name=within]').inputValue() === blank, 'the blank is not what it was');
  await page.goForward();
  await page.waitForFunction((text) => document.querySelector('.answer[aria-busy=false] .number')?.innerText === text, number, { timeout: 10_000 });
  await page.goto('about:blank');
  await page.goto(again);
  await settled();
  hold((await page.locator('.number').innerText()) === number, 'the link gives another answer');
});

await check('the map shows the areas, their names, the facilities and who says so; its key says what colours mean', async () => {
  await open('planung');
  const answer = await served();
  for (const layer of ['areas', 'names', 'facilities']) await drawn(layer);
  const ids = await page.evaluate(() => [...new Set(window.veedelMap.queryRenderedFeatures({ layers: ['answer:areas'] }).map(({ properties }) => properties.id))]);
  const known = new Set(answer.areas.map(({ id }) => id));
  hold(ids.length > 1 && ids.every((id) => known.has(id)), `areas ${ids}`);
  const key = await page.locator('.key').innerText();
  hold(/\d+ %/.test(key) && key.includes('Klassen'), `no key: ${key}`);
  const attribution = await page.locator('.maplibregl-ctrl-attrib').innerText();
  hold(attribution.includes(answer.evidence.population.attribution), `attribution ${attribution}`);
  await picture(page, 'planning');
});

await check('an area clicked on the map is marked in the ranking, and the other way round', async () => {
  const at = await page.evaluate(() => {
    const [{ geometry, properties }] = window.veedelMap.queryRenderedFeatures({ layers: ['answer:names'] }).slice(0, 1);
    const box = window.veedelMap.getCanvas().getBoundingClientRect();
    const point = window.veedelMap.project(geometry.coordinates);
    return { x: box.x + point.x, y: box.y + point.y, name: properties.name };
  });
  await page.mouse.click(at.x, at.y);
  await page.locator('.ranking tr.chosen').waitFor({ timeout: 5000 });
  hold((await page.locator('.ranking tr.chosen button').innerText()) === at.name, `not ${at.name}`);
  hold(new URL(page.url()).hash.includes('area='), 'not in the address');
  const other = page.locator('.ranking tr:not(.chosen) button.name').first();
  const name = await other.innerText();
  await other.click();
  await page.waitForFunction((text) => document.querySelector('.ranking tr.chosen button')?.innerText === text, name, { timeout: 5000 });
  hold((await page.locator('.marked').innerText()).includes(name), 'nothing is said of it');
});

await check('while the next answer is worked out the old one is dimmed, and an error takes it away', async () => {
  await open('planung');
  await page.route('**/execution?*', async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 700));
    await route.continue().catch(() => undefined);
  });
  await page.locator('select[name=within]').selectOption('2000');
  await page.locator('.answer[aria-busy=true]').waitFor({ timeout: 3000 });
  hold(await page.locator('.key.old').count() === 1 && await page.locator('canvas.old').count() === 1, 'the map is not dimmed');
  await settled();
  await page.unroute('**/execution?*');
  await page.goto(`${base}planung?facilities=schulen&distance=999&ages=1,4`);
  await page.getByRole('alert').waitFor();
  hold(await page.locator('.answer').count() === 0 && await page.locator('.key').count() === 0, 'an old answer under a new question');
  await page.waitForFunction(() => window.veedelMap?.loaded() && !window.veedelMap.getLayer('answer:areas'), null, { timeout: 10_000 });
});

await check('every question that is offered has a sentence, an answer and something on the map', async () => {
  await open('planung');
  const kinds = await page.locator('.kinds button').evaluateAll((all) => all.map((one) => one.dataset.kind));
  for (const kind of ['coverage', 'nearest', 'reach', 'siting', 'profile']) hold(kinds.includes(kind), `${kind} is not offered`);
  for (const kind of kinds.slice(1)) {
    const before = asked.href;
    await page.locator(`.kinds [data-kind=${kind}]`).click();
    for (let tries = 0; tries < 200 && asked.href === before; tries += 1) await page.waitForTimeout(50);
    await settled();
    hold(asked.pathname.includes(`/processes/${kind}/`), `${asked} for ${kind}`);
    const answer = await served();
    await page.waitForFunction((text) => document.querySelector('.summary')?.innerText === text, answer.summary.de, { timeout: 10_000 });
    await drawn({ nearest: 'areas', supply: 'areas', reach: 'areas', siting: 'sites', profile: 'borders' }[kind]);
    await axe(page);
    await picture(page, `planning-${kind}`);
  }
});

await check('the evidence is folded beneath, in German, and unfolds', async () => {
  await open('planung');
  const evidence = page.locator('details.evidence');
  hold((await evidence.getAttribute('open')) === null, 'unfolded');
  await evidence.locator('summary').first().click();
  const text = await evidence.innerText();
  hold(text.includes('Dijkstra') && text.includes('Wegenetz'), 'no method, or no German');
});

await check('who chooses by the keyboard stays at the blank, and few steps lead from the number to the next question', async () => {
  const within = page.locator('select[name=within]');
  await within.focus();
  await page.keyboard.press('ArrowDown');
  await page.waitForTimeout(300);
  await settled();
  const name = await page.evaluate(() => document.activeElement?.getAttribute('name'));
  hold(name === 'within', `the focus is at ${name}`);
  const reached = new Set();
  let stops = 0;
  for (; stops < 40 && !reached.has('others'); stops += 1) {
    await page.keyboard.press('Tab');
    const part = await page.evaluate(() => document.activeElement?.closest('.downloads, .ranking, .others')?.className);
    if (part) reached.add(part);
  }
  for (const part of ['downloads', 'ranking', 'others']) hold(reached.has(part), `${part} is not reached: ${[...reached]}`);
  hold(stops <= 25, `${stops} stops`);
  await page.locator('.ranking button.name').first().focus();
  await page.keyboard.press('ArrowDown');
  hold(await page.evaluate(() => document.activeElement === document.querySelectorAll('.ranking button.name')[1]), 'the arrow keys do not go through the areas');
});

await check('the answer comes as CSV and XLSX, and is kept', async () => {
  await page.locator('.takeaway > summary').click();
  for (const [name, type] of [['CSV', 'text/csv'], ['XLSX', 'spreadsheetml']]) {
    const address = await page.locator('.downloads').getByRole('link', { name, exact: true }).getAttribute('href');
    const answer = await fetch(new URL(address, base));
    hold(answer.ok && answer.headers.get('content-type').includes(type), `${answer.status} ${answer.headers.get('content-type')}`);
  }
  const kept = await fetch(await page.locator('a.kept').getAttribute('href'));
  hold(kept.ok, `${kept.status} for the kept answer`);
});

await check('the ranking is never cut, at any width', async () => {
  for (const width of [390, 768, 1280, 1440]) {
    await page.setViewportSize({ width, height: 844 });
    const [wide, right] = await page.evaluate(() => [document.documentElement.scrollWidth, Math.max(...[...document.querySelectorAll('.ranking td, .ranking th')].map((cell) => cell.getBoundingClientRect().right - document.querySelector('.panel').getBoundingClientRect().right))]);
    hold(wide <= width && right <= 0, `at ${width}: page ${wide}, cells reach ${right} px beyond the panel`);
    await axe(page);
  }
  await page.setViewportSize({ width: 1280, height: 800 });
});

await check('it speaks English to those who ask', async () => {
  await open('planung?lang=en');
  hold((await page.locator('.sentence').innerText()).startsWith('Which'), 'the sentence is not English');
  hold((await page.locator('html').getAttribute('lang')) === 'en', 'the page says another language');
  hold(await page.locator('.sentence select[name=within]').count() === 1, 'a word of the sentence became a blank');
});

await check('371 areas of which all are protected are grey, have stars, and break nothing', async () => {
  const withheld = (area) => ({ ...area, persons: '*', covered: '*', uncovered: '*', share: '*', uncoveredShare: '*', margin: undefined });
  const many = (list) => Array.from({ length: 371 }, (_, at) => ({ ...list[at % list.length], id: `${at}`, name: `Gebiet ${at + 1}` }));
  await page.route('**/processes/coverage/execution?*', async (route) => {
    const answer = await route.fetch({ headers: { ...route.request().headers(), 'if-none-match': '' } });
    const document = await answer.json();
    if (document.features === undefined) Object.assign(document, withheld(document), { areas: many(document.areas).map(withheld) });
    else {
      const areas = document.features.filter(({ properties }) => properties.part === 'area');
      document.features = Array.from({ length: 371 }, (_, at) => ({
        ...areas[at % areas.length], properties: { part: 'area', id: `${at}`, name: `Gebiet ${at + 1}`, persons: null, covered: null, uncovered: null, share: null, uncovered_share: null, suppressed: true },
      }));
    }
    await route.fulfill({ response: answer, json: document });
  });
  await open('planung');
  await drawn('areas');
  hold((await page.locator('.number strong').innerText()) === '*', await page.locator('.number strong').innerText());
  hold((await page.locator('.key').innerText()).includes('geschützt'), await page.locator('.key').innerText());
  const rest = page.locator('[data-focus=all]');
  if (await rest.count() > 0) await rest.click();
  hold(await page.locator('.ranking tbody tr').count() === 371, 'not all have a row');
  const cells = new Set(await page.locator('.ranking tbody td').evaluateAll((all) => all.slice(0, 300).map((cell) => cell.innerText.trim())));
  hold([...cells].every((text) => !/\d|NaN|undefined|null/.test(text)), `cells say ${[...cells]}`);
  const colours = await page.evaluate(() => [...new Set(window.veedelMap.queryRenderedFeatures({ layers: ['answer:unknown'] }).map(({ layer }) => `${layer.paint['fill-color']} ${layer.paint['fill-opacity']}`))]);
  hold(colours.length === 1 && colours[0].endsWith(' 1'), `${colours}`);
  await axe(page);
  await picture(page, 'all-protected');
  await page.unroute('**/processes/coverage/execution?*');
});

await check('axe finds nothing, in light and in dark', async () => {
  await open('planung#theme=dark');
  await axe(page);
  await open('planung#theme=light');
  await axe(page);
});

await check('no other host was asked, and nothing failed but what was meant to', () => {
  const unmeant = wrong.console.filter((text) => !text.includes('400'));
  hold(unmeant.length === 0, unmeant.join('\n'));
  hold(wrong.hosts.length === 0, wrong.hosts.join('\n'));
});

await browser.close();
finish();
