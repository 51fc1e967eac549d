// Makes a scenario on the map of the first question in headless Chromium: sets, drags, closes, undoes, compares.
//
//   node scenario.mjs http://127.0.0.1:3000/ [--screenshots DIR] [--least ANSWERS_A_SECOND]
//
// The last line is "N passed, N failed"; the exit code is 0 only if none failed.

import { axe, base, check, finish, hold, launch, picture, watch } from './harness.mjs';

/** So many answers a second must follow a drag; none by default, as a slow machine draws slowly. */
const least = process.argv.includes('--least') ? Number(process.argv[process.argv.indexOf('--least') + 1]) : 0;

const browser = await launch();
const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, locale: 'de-DE', reducedMotion: 'reduce' });
const wrong = watch(page);

const execution = /\/processes\/coverage\/execution$/;
/** What the page asked, and what is under way. */
let [asked, underWay, mostUnderWay] = [[], new Set(), 0];
page.on('request', (request) => {
  const url = new URL(request.url());
  if (!execution.test(url.pathname)) return;
  asked.push(url);
  underWay.add(request);
  mostUnderWay = Math.max(mostUnderWay, underWay.size);
});
for (const event of ['requestfinished', 'requestfailed']) page.on(event, (request) => underWay.delete(request));

const settled = () => page.locator('.answer[aria-busy=false]').waitFor({ timeout: 20_000 });
const quiet = async (own = page) => {
  await own.locator('.answer[aria-busy=false]').waitFor({ timeout: 20_000 });
  await own.waitForFunction(() => document.querySelector('.answer')?.dataset.trial === 'false', null, { timeout: 20_000 });
};
const whole = (value) => (typeof value === 'number' ? new Intl.NumberFormat('de', { maximumFractionDigits: 0 }).format(value) : value);
const signed = (value) => (typeof value === 'number' ? new Intl.NumberFormat('de', { maximumFractionDigits: 0, signDisplay: 'exceptZero' }).format(value).replace('-', '−') : value);
const parameter = (name, own = page) => new URL(own.url()).searchParams.get(name);

async function open(path, own = page) {
  await own.goto('about:blank');
  await own.goto(base + path);
  await quiet(own);
  await own.waitForFunction(() => window.veedelMap?.getLayer('answer:areas') && window.veedelMap.areTilesLoaded(), null, { timeout: 30_000 });
}

/** The server's answer to the question in the address. */
async function served(own = page) {
  const query = new URLSearchParams(new URL(own.url()).search);
  query.delete('ask');
  for (const name of ['level', 'capacity', 'p', 'area', 'lang']) query.delete(name);
  const answer = await fetch(`${base}processes/coverage/execution?${query}&f=json&lang=de`);
  hold(answer.ok, `${answer.status} for ${query}`);
  return answer.json();
}

/** Holds the page to the server: number, change, sentence, every row. */
async function holdAnswer(own = page) {
  const answer = await served(own);
  const said = await own.evaluate(() => ({
    number: document.querySelector('.number strong').innerText, change: document.querySelector('.changed')?.innerText ?? null, summary: document.querySelector('.summary').innerText,
  }));
  hold(said.number === whole((answer.after ?? answer).uncovered), `number ${said.number}`);
  hold(said.summary === answer.summary.de, `sentence ${said.summary}`);
  if (answer.after === undefined) {
    hold(said.change === null, 'a change without a scenario');
    return answer;
  }
  hold(said.change.includes(signed(answer.difference.uncovered)), `change ${said.change}`);
  const rest = own.locator('[data-focus=all]');
  if (await rest.count() > 0 && /\d/.test(await rest.innerText())) await rest.click();
  const rows = await own.locator('.ranking tbody tr').evaluateAll((all) => all.map((one) => [one.dataset.id, ...[...one.querySelectorAll('td')].map((cell) => cell.firstChild.nodeValue)]));
  const byId = (part) => new Map(part.areas.map((area) => [area.id, area]));
  const [before, after, difference] = [byId(answer.before), byId(answer.after), byId(answer.difference)];
  hold(rows.length === after.size, `${rows.length} rows for ${after.size} areas`);
  for (const [id, was, is, change] of rows) {
    const other = difference.get(id) ?? { uncovered: before.get(id).uncovered === '*' ? '*' : 0 };
    const wanted = [whole(before.get(id).uncovered), whole(after.get(id).uncovered), signed(other.uncovered)].map((value) => value ?? '–');
    hold([was, is, change].join('|') === wanted.join('|'), `${id}: ${[was, is, change]} for ${wanted}`);
  }
  return answer;
}

/** A point of the map, as the page's pointer has it; far from any facility. */
const emptyPlace = (own = page) => own.evaluate(() => {
  const map = window.veedelMap;
  const { x, y, width, height } = map.getCanvas().getBoundingClientRect();
  const layers = ['answer:facilities', 'answer:facilityAreas'].filter((id) => map.getLayer(id));
  const panel = document.getElementById('panel').getBoundingClientRect();
  for (let tries = 0; tries < 400; tries += 1) {
    const [px, py] = [width * (0.3 + 0.4 * ((tries * 0.618) % 1)), height * (0.25 + 0.3 * ((tries * 0.414) % 1))];
    const isUnder = px + x < panel.right && px + x > panel.left && py + y > panel.top;
    if (!isUnder && map.queryRenderedFeatures([[px - 9, py - 9], [px + 9, py + 9]], { layers }).length === 0 && document.elementFromPoint(px + x, py + y) === map.getCanvas()) return { x: px + x, y: py + y };
  }
  return null;
});

await check('a new one is set by a click, and the answer is the server\'s: before, after, difference', async () => {
  await open('planung');
  hold((await page.locator('[data-new]').innerText()).startsWith('+ Neue'), await page.locator('[data-new]').innerText());
  await page.locator('[data-new]').click();
  const at = await emptyPlace();
  await page.mouse.click(at.x, at.y);
  await page.locator('.pin.new').waitFor();
  await quiet();
  hold(/^-?\d+\.\d+,-?\d+\.\d+$/.test(parameter('add') ?? ''), page.url());
  await holdAnswer();
  await axe(page);
  await picture(page, 'scenario-new');
});

await check('number, sentence, ranking, colours and key follow while the pin is dragged; one question at a time; one step in the history', async () => {
  const pin = await page.locator('.pin.new').boundingBox();
  const [x, y] = [pin.x + pin.width / 2, pin.y + pin.height / 2];
  const length = await page.evaluate(() => history.length);
  await page.evaluate(() => {
    window.seen = [];
    new MutationObserver(() => {
      const answer = document.querySelector('.answer');
      if (answer?.getAttribute('aria-busy') !== 'false' || answer.dataset.trial !== 'true') return;
      const parameters = answer.dataset.parameters;
      if (window.seen.at(-1)?.parameters !== parameters) window.seen.push({ parameters, at: performance.now(), number: document.querySelector('.number strong').innerText, summary: document.querySelector('.summary').innerText });
    }).observe(document.querySelector('.given'), { subtree: true, childList: true, attributes: true, characterData: true });
  });
  // What a slow drag leaves out must be there again after it.
  const looks = () => page.evaluate(() => {
    const map = window.veedelMap;
    const opacity = { fill: 'fill-opacity', line: 'line-opacity' };
    const of = (id, type) => (opacity[type] ? [[id, map.getPaintProperty(id, opacity[type]) ?? null]] : []);
    return JSON.stringify([map.getPixelRatio(), map.getLayersOrder().flatMap((id) => of(id, map.getLayer(id).type))]);
  });
  const before = await looks();
  await page.mouse.move(x, y);
  await page.mouse.down();
  [asked, mostUnderWay] = [[], 0];
  const began = Date.now();
  for (let turn = 0; Date.now() - began < 4000; turn += 1) {
    await page.mouse.move(x + Math.sin(turn / 14) * 120, y + 30 + Math.cos(turn / 14) * 70);
    await page.waitForTimeout(16);
  }
  const seconds = (Date.now() - began) / 1000;
  const most = mostUnderWay;
  hold(parameter('add') !== null && asked.length > 3, `${asked.length} questions`);
  hold(await page.locator('.answer').getAttribute('data-trial') === 'true', 'the answer does not follow');
  const meanwhile = await looks();
  await page.mouse.up();
  await quiet();
  hold(await looks() === before, `the map looks otherwise after the drag: ${before} and ${await looks()}`);
  console.log(`      ${meanwhile === before ? 'all was drawn' : 'less was drawn'} while dragging`);
  const seen = await page.evaluate(() => window.seen);
  const rate = seen.length / seconds;
  console.log(`      ${rate.toFixed(1)} answers a second while dragging (${seen.length} in ${seconds.toFixed(1)} s, of ${asked.length} questions)`);
  hold(most === 1, `${most} questions at a time`);
  hold(rate >= least, `${rate} answers a second, at least ${least}`);
  // Each answer stood under its own question.
  for (const one of [seen[0], seen[Math.floor(seen.length / 2)], seen.at(-1)]) {
    const answer = await (await fetch(`${base}processes/coverage/execution?${one.parameters}&f=json&lang=de`)).json();
    hold(answer.summary.de === one.summary && whole(answer.after.uncovered) === one.number, `an answer under another question: ${one.parameters}`);
  }
  const now = await page.evaluate(() => history.length);
  hold(now === length + 1, `a drag is ${now - length} steps`);
  await holdAnswer();
});

await check('colours are those of the answer: before, after, and the difference with a key of its own', async () => {
  for (const side of ['before', 'difference', 'after']) {
    await page.locator(`.shows input[value=${side}]`).check();
    await page.waitForFunction((wanted) => (wanted === 'after' ? !location.hash.includes('shows=') : location.hash.includes(`shows=${wanted}`)), side);
    await page.waitForTimeout(300);
    const key = await page.locator('.key').innerText();
    if (side === 'difference') hold(key.includes('Prozentpunkten') && key.includes('kein Unterschied'), `key: ${key}`);
    else hold(key.includes(side === 'before' ? 'Vorher' : 'Nachher'), `key: ${key}`);
    const colours = await page.evaluate(() => [...new Set(window.veedelMap.queryRenderedFeatures({ layers: ['answer:areas'] }).map(({ id, state }) => `${id} ${state.colour}`))]);
    hold(colours.length > 1 && colours.every((one) => !one.includes('undefined')), `colours ${colours.slice(0, 3)}`);
    await axe(page);
    await picture(page, `scenario-${side}`);
  }
});

await check('a facility clicked on the map is closed, and clicked again it is open', async () => {
  await open('planung');
  const at = await page.evaluate(() => {
    const map = window.veedelMap;
    const { x, y, width, height } = map.getCanvas().getBoundingClientRect();
    const layers = ['answer:facilities', 'answer:facilityAreas'].filter((id) => map.getLayer(id));
    for (const { geometry } of map.queryRenderedFeatures({ layers })) {
      const point = map.project(geometry.type === 'Point' ? geometry.coordinates : geometry.coordinates.flat(5).slice(0, 2));
      const [px, py] = [point.x + x, point.y + y];
      if (point.x > 60 && point.x < width - 60 && point.y > 60 && point.y < height - 120 && document.elementFromPoint(px, py) === map.getCanvas()) return { x: px, y: py };
    }
    return null;
  });
  await page.mouse.click(at.x, at.y);
  await page.locator('.steps [data-step=closed]').waitFor();
  await quiet();
  hold((parameter('remove') ?? '') !== '', page.url());
  await page.locator('.pin.closed').waitFor();
  await holdAnswer();
  await picture(page, 'scenario-closed');
  await page.mouse.click(at.x, at.y);
  await page.waitForFunction(() => !new URL(location.href).searchParams.has('remove'));
  await quiet();
  hold(await page.locator('.pin.closed').count() === 0 && await page.locator('.changed').count() === 0, 'still closed');
});

await check('back, forward, buttons and shortcuts undo and redo; the link reproduces the scenario', async () => {
  await open('planung');
  const first = await page.locator('.number').innerText();
  hold(await page.locator('[data-undo]').isDisabled(), 'something to undo at first');
  await page.locator('[data-centre]').click();
  await page.locator('.steps [data-step=added]').waitFor();
  await quiet();
  const [second, add] = [await page.locator('.summary').innerText(), parameter('add')];
  for (const [back, forth] of [
    [() => page.goBack(), () => page.goForward()],
    [() => page.locator('[data-undo]').click(), () => page.locator('[data-redo]').click()],
    [() => page.keyboard.press('Control+z'), () => page.keyboard.press('Control+Shift+z')],
  ]) {
    await back();
    await page.waitForFunction((text) => document.querySelector('.answer[aria-busy=false] .number')?.innerText === text && !document.querySelector('.pin.new'), first, { timeout: 10_000 });
    await forth();
    await page.waitForFunction((text) => document.querySelector('.answer[aria-busy=false] .summary')?.innerText === text && document.querySelector('.pin.new'), second, { timeout: 10_000 });
  }
  const link = page.url();
  await open('planung');
  await page.goto('about:blank');
  await page.goto(link);
  await quiet();
  hold(parameter('add') === add && (await page.locator('.summary').innerText()) === second, 'the link gives another scenario');
});

await check('by keyboard alone: set at the centre, moved, closed from the list, reopened, removed', async () => {
  await open('planung');
  const press = async (selector, key = 'Enter') => {
    const [length] = [asked.length];
    await page.locator(selector).first().focus();
    await page.keyboard.press(key);
    for (let tries = 0; tries < 40 && asked.length === length; tries += 1) await page.waitForTimeout(25);
    await quiet();
  };
  await press('[data-centre]');
  const before = parameter('add');
  await page.evaluate(() => window.veedelMap.panBy([80, 40], { duration: 0 }));
  await press('.steps [data-move]');
  hold(parameter('add') !== before && parameter('add') !== null, 'not moved');
  await page.locator('.scenario summary').focus();
  await page.keyboard.press('Enter');
  await page.locator('[data-close]').first().waitFor();
  await axe(page);
  await press('[data-close]', 'Space');
  hold((parameter('remove') ?? '') !== '', 'not closed');
  await holdAnswer();
  await press('.steps [data-step=closed] .icon-btn');
  hold(parameter('remove') === null, 'not opened');
  await press('.steps [data-step=added] .icon-btn');
  hold(parameter('add') === null && await page.locator('.pin').count() === 0, 'not removed');
});

await check('what is wrong in a link is said, and another kind of facilities forgets what was closed', async () => {
  await page.goto('about:blank');
  await page.goto(`${base}planung?facilities=schulen&distance=1000&remove=gibtsnicht`);
  await page.getByRole('alert').waitFor();
  hold(await page.locator('.answer').count() === 0, 'an answer to a question that has none');
  await page.locator('.steps [data-step=closed] .icon-btn').click();
  await quiet();
  const [id] = await page.evaluate(async () => (await (await fetch('collections/schulen/items?f=json&limit=1')).json()).features.map((one) => String(one.id)));
  await open(`planung?facilities=schulen&distance=1000&remove=${id}`);
  const other = await page.locator('select[name=facilities] option').evaluateAll((all) => all.map(({ value }) => value).find((value) => value.includes('kitas')));
  await page.locator('select[name=facilities]').selectOption(other);
  await page.waitForFunction(() => !new URL(location.href).searchParams.has('remove'));
  await quiet();
});

await check('on a telephone: set by a tap, in English and dark, without anything cut', async () => {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, locale: 'en-GB', reducedMotion: 'reduce', colorScheme: 'dark', hasTouch: true });
  const own = await context.newPage();
  const theirs = watch(own);
  await open('planung', own);
  hold((await own.locator('[data-new]').innerText()).startsWith('+ New'), await own.locator('[data-new]').innerText());
  await own.locator('[data-new]').tap();
  const at = await emptyPlace(own);
  await own.touchscreen.tap(at.x, at.y);
  await own.locator('.pin.new').waitFor();
  await quiet(own);
  const [wide, right] = await own.evaluate(() => [document.documentElement.scrollWidth, Math.max(...[...document.querySelectorAll('.ranking td, .ranking th, .scenario *')].map((cell) => cell.getBoundingClientRect().right - document.querySelector('.panel').getBoundingClientRect().right))]);
  hold(wide <= 390 && right <= 0, `page ${wide}, ${right} px beyond the panel: ${await own.evaluate(() => [...document.querySelectorAll('*')].filter((one) => one.getBoundingClientRect().right > 391).map((one) => one.outerHTML.slice(0, 90)).slice(0, 5).join(' | '))}`);
  await axe(own);
  await picture(own, 'scenario-telephone');
  await own.locator('.shows input[value=difference]').check();
  await own.waitForTimeout(400);
  await axe(own);
  await picture(own, 'scenario-telephone-difference');
  hold(theirs.console.length === 0, theirs.console.join('\n'));
  await context.close();
});

await check('no other host was asked, and nothing failed but what was meant to', () => {
  const unmeant = wrong.console.filter((text) => !/40[04]/.test(text));
  hold(unmeant.length === 0, unmeant.join('\n'));
  hold(wrong.hosts.length === 0, wrong.hosts.join('\n'));
});

await browser.close();
finish();
