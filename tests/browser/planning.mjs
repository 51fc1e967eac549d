// Asks a question on the page for planners in headless Chromium, and holds the page to the server's answer.
//
//   node planning.mjs http://127.0.0.1:3000/ [--screenshots DIR]
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
const page = await browser.newPage({ viewport: { width: 1200, height: 720 }, locale: 'de-DE' });
const troubles = [];
page.on('pageerror', (error) => troubles.push(error.message));
page.on('console', (message) => message.type() === 'error' && troubles.push(message.text()));
page.on('request', (request) => request.url().startsWith(base) || request.url().startsWith('data:') || troubles.push(`asked ${request.url()}`));

/** The answer of the server to the question in the page's address. */
async function served() {
  const parameters = new URL(page.url()).searchParams;
  parameters.delete('lang');
  const answer = await fetch(`${base}processes/coverage/execution?${parameters}`);
  hold(answer.ok, `${answer.status} for ${parameters}`);
  return answer.json();
}

const settled = () => page.locator('.answer').waitFor({ timeout: 20_000 });
const shown = (value, language = 'de') => (typeof value === 'number' ? new Intl.NumberFormat(language, { maximumFractionDigits: 0 }).format(value) : value);

await check('the first question is answered as the server answers it, in German', async () => {
  await page.goto(`${base}planung`);
  await settled();
  const answer = await served();
  hold((await page.locator('.sentence').innerText()).startsWith('Welche'), 'the sentence is not German');
  hold((await page.locator('.number strong').innerText()) === shown(answer.uncovered), 'another number');
  hold((await page.locator('.summary').innerText()) === answer.summary.de, 'another sentence');
  const rows = await page.locator('tbody tr').count();
  hold(rows === answer.areas.length, `${rows} rows for ${answer.areas.length} areas`);
});

await check('another blank is another question, and its address reproduces it', async () => {
  const before = await page.locator('.number').innerText();
  await page.locator('select[name=within]').selectOption('500');
  await page.waitForFunction((text) => document.querySelector('.number') !== null && document.querySelector('.number').innerText !== text, before);
  const answer = await served();
  hold(new URL(page.url()).searchParams.get('distance') === '500', page.url());
  hold((await page.locator('.number strong').innerText()) === shown(answer.uncovered), 'another number');
  const number = await page.locator('.number').innerText();
  const again = await page.locator('a.link').getAttribute('href');
  await page.goto('about:blank');
  await page.goto(again);
  await settled();
  hold((await page.locator('.number').innerText()) === number, 'the link gives another answer');
});

await check('the map shows the areas of the answer', async () => {
  const answer = await served();
  await page.waitForFunction(() => window.veedelPlanningMap?.loaded() && window.veedelPlanningMap.queryRenderedFeatures({ layers: ['areas'] }).length > 0, null, { timeout: 20_000 });
  const ids = await page.evaluate(() => [...new Set(window.veedelPlanningMap.queryRenderedFeatures({ layers: ['areas'] }).map(({ properties }) => properties.id))]);
  const known = new Set(answer.areas.map(({ id }) => id));
  hold(ids.length > 1 && ids.every((id) => known.has(id)), `areas ${ids}`);
});

await check('the evidence is folded beneath, and unfolds', async () => {
  const evidence = page.locator('details.evidence');
  hold((await evidence.getAttribute('open')) === null, 'unfolded');
  await evidence.locator('summary').first().click();
  hold((await evidence.innerText()).includes('Dijkstra'), 'no method');
});

await check('who chooses by the keyboard stays at the blank, and reaches all of the answer', async () => {
  const within = page.locator('select[name=within]');
  await within.focus();
  await page.keyboard.press('ArrowDown');
  await settled();
  const name = await page.evaluate(() => document.activeElement?.getAttribute('name'));
  hold(name === 'within', `the focus is at ${name}`);
  const reached = new Set();
  for (let i = 0; i < 60; i += 1) {
    await page.keyboard.press('Tab');
    const element = await page.evaluate(() => document.activeElement?.closest('.downloads, table, .others, .evidence')?.className || document.activeElement?.closest('table')?.tagName);
    if (element) reached.add(element.split(' ')[0]);
  }
  for (const part of ['downloads', 'TABLE', 'others', 'evidence']) hold(reached.has(part), `${part} is not reached: ${[...reached]}`);
});

await check('other questions about the same facilities have answers', async () => {
  const links = await page.locator('.others a').evaluateAll((all) => all.map((link) => link.href));
  hold(links.length >= 8, `${links.length} links`);
  for (const link of [...links, await page.locator('tbody a').first().getAttribute('href'), await page.locator('a.kept').getAttribute('href')]) {
    const answer = await fetch(new URL(link, base));
    hold(answer.ok, `${answer.status} for ${link}`);
  }
});

await check('the table comes as CSV and XLSX', async () => {
  for (const [name, type] of [['CSV', 'text/csv'], ['XLSX', 'spreadsheetml']]) {
    const address = await page.locator('.downloads').getByRole('link', { name, exact: true }).getAttribute('href');
    const answer = await fetch(new URL(address, base));
    hold(answer.ok && answer.headers.get('content-type').includes(type), `${answer.status} ${answer.headers.get('content-type')}`);
  }
});

await check('it speaks English to those who ask', async () => {
  await page.goto(`${base}planung?lang=en`);
  await settled();
  hold((await page.locator('.sentence').innerText()).startsWith('Which'), 'the sentence is not English');
  hold((await page.locator('html').getAttribute('lang')) === 'en', 'the page says another language');
});

await check('what cannot be answered is said', async () => {
  await page.goto(`${base}planung?facilities=schulen&distance=999&ages=1,4`);
  await page.getByRole('alert').waitFor();
});

await check('axe finds nothing serious', async () => {
  await page.goto(`${base}planung`);
  await settled();
  await page.evaluate(readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'));
  const { violations } = await page.evaluate(() => window.axe.run({ exclude: ['.maplibregl-map'] }));
  const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  hold(grave.length === 0, grave.map(({ id, nodes }) => `${id}: ${nodes[0].html}`).join('\n'));
});

await check('no other host was asked, and nothing failed but what was meant to', () => {
  const unmeant = troubles.filter((text) => !text.includes('400'));
  hold(unmeant.length === 0, unmeant.join('\n'));
});

if (screenshots !== null) await page.screenshot({ path: `${screenshots}/planning.png` });
await browser.close();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
