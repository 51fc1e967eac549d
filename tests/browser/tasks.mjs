// Walks ten tasks of people who have never seen the page, in headless Chromium: by mouse in German and in English, by keyboard
// alone, and on a telephone. It counts what a person presses: a click, a tap, a key that chooses; two for a list that is opened.
//
//   node tasks.mjs http://127.0.0.1:3000/ [--screenshots DIR]
//
// The last line is "N passed, N failed"; the exit code is 0 only if none failed.

import { readFileSync } from 'node:fs';
import { base, check, finish, hold, json, launch, picture, settledCatalogue, watch } from './harness.mjs';

await settledCatalogue();
const browser = await launch();

/** How the tasks are walked. A person at the keyboard never touches a mouse. */
const walks = [
  { name: 'mouse-de', locale: 'de-DE', viewport: { width: 1440, height: 900 } },
  { name: 'mouse-en', locale: 'en-GB', viewport: { width: 1440, height: 900 } },
  { name: 'keyboard-de', locale: 'de-DE', viewport: { width: 1440, height: 900 }, isKeyboard: true },
  { name: 'phone-de', locale: 'de-DE', viewport: { width: 390, height: 844 }, hasTouch: true },
];

/** At most this many presses for all tasks but one. */
const few = 3;

/** A person, who presses and types. */
class Person {
  constructor(page, { name, isKeyboard = false, hasTouch = false }) {
    Object.assign(this, { page, walk: name, isKeyboard, hasTouch, presses: 0, task: '', step: 0 });
  }

  async begin(task, path) {
    Object.assign(this, { task, presses: 0, step: 0 });
    await this.page.goto('about:blank');
    await this.page.goto(base + path);
    await this.page.locator('main[data-ready=true]').waitFor({ timeout: 20_000 });
    if (path.startsWith('planung')) await this.answered();
    else await this.page.locator('[data-collection]').first().waitFor({ state: 'attached' });
    await this.drawn();
    await this.look();
  }

  /** Keeps what is seen. */
  async look() {
    await picture(this.page, `${this.walk}-${this.task}-${this.step}`);
    this.step += 1;
  }

  /** Goes to an element by the keyboard: by Tab, or back by Shift and Tab. */
  async reach(locator) {
    const target = await locator.elementHandle();
    const isThere = () => this.page.evaluate((element) => document.activeElement === element, target);
    for (const key of ['Tab', 'Shift+Tab']) {
      const from = await this.page.evaluateHandle(() => document.activeElement);
      for (let tabs = 0; tabs < 60; tabs += 1) {
        if (await isThere()) return;
        await this.page.keyboard.press(key);
      }
      await from.evaluate((element) => element?.focus?.());
    }
    throw new Error(`the keyboard does not reach ${locator}`);
  }

  async press(locator, key = 'Enter') {
    this.presses += 1;
    if (this.isKeyboard) {
      await this.reach(locator);
      await this.page.keyboard.press(key);
    } else if (this.hasTouch) await locator.tap();
    else await locator.click();
    await this.page.waitForTimeout(250);
    await this.look();
  }

  /** Checks or unchecks a box. */
  tick(locator) {
    return this.press(locator, 'Space');
  }

  /** Presses a place of the map; by keyboard what is in its middle. */
  async pressMap(place) {
    this.presses += 1;
    if (this.isKeyboard) {
      await this.reach(this.page.locator('.maplibregl-canvas'));
      await this.page.keyboard.press('Enter');
    } else if (this.hasTouch) await this.page.touchscreen.tap(place.x, place.y);
    else await this.page.mouse.click(place.x, place.y);
    await this.page.waitForTimeout(250);
  }

  async type(locator, text) {
    if (this.isKeyboard) await this.reach(locator);
    else if (this.hasTouch) await locator.tap();
    else await locator.click();
    await this.page.keyboard.type(text, { delay: 15 });
    await this.page.waitForTimeout(400);
    await this.look();
  }

  /** Presses Enter where the typing ends. */
  async enter() {
    this.presses += 1;
    await this.page.keyboard.press('Enter');
    await this.page.waitForTimeout(250);
  }

  answered() {
    return this.page.locator('.answer[aria-busy=false][data-trial=false]').waitFor({ timeout: 20_000 });
  }

  drawn() {
    return this.page.waitForFunction(() => window.veedelMap?.loaded() && window.veedelMap.areTilesLoaded(), null, { timeout: 20_000 });
  }

  /** Where something is drawn that can be pressed, of the layers with such ids or of a collection. */
  async placeOf(wanted) {
    const place = await this.page.waitForFunction((name) => {
      const map = window.veedelMap;
      // Without a style while another base map takes its place.
      const all = map?.getStyle()?.layers ?? [];
      const layers = all.filter(({ id, metadata }) => id === name || metadata?.['veedel:collection'] === name).map(({ id }) => id);
      if (layers.length === 0) return null;
      const canvas = map.getCanvas();
      const { x, y, width, height } = canvas.getBoundingClientRect();
      for (let tries = 0; tries < 6000; tries += 1) {
        const [px, py] = [width * ((tries * 0.61803) % 1), height * ((tries * 0.41421) % 1)];
        if (document.elementFromPoint(px + x, py + y) !== canvas) continue;
        if (map.queryRenderedFeatures([px, py], { layers }).length > 0) return { x: px + x, y: py + y };
      }
      return null;
    }, wanted, { timeout: 20_000, polling: 300 });
    return place.jsonValue();
  }
}

const row = ({ page }, id) => page.locator(`[data-collection=${JSON.stringify(id)}]`);

/** The features of a collection that the map draws. */
const drawnOf = ({ page }, id) => page.evaluate((wanted) => {
  const layers = window.veedelMap.getStyle().layers.filter((layer) => layer.metadata?.['veedel:collection'] === wanted && layer['source-layer']).map((layer) => layer.id);
  return [...new Set(window.veedelMap.queryRenderedFeatures({ layers }).map((feature) => JSON.stringify(feature.properties)))].map((text) => JSON.parse(text));
}, id);

const field = ({ page }) => page.getByRole('combobox', { name: /suchen|search/i });
const hidden = 'bahn,bezirke,einrichtungen,flaechen,gebaeude,gewaesser,orte,quartiere,spielplaetze,strassen,adressen';

/** Each task: where it begins, and how a person does it. It throws where the aim is not reached. */
const tasks = {
  async address(person) {
    const { features: [one] } = await json('collections/adressen/items?limit=1&f=json');
    const { strasse, hausnummer } = one.properties;
    await person.begin('address', '');
    await person.type(field(person), `${strasse} ${hausnummer}`);
    await person.enter();
    await person.page.locator('.maplibregl-marker').waitFor({ timeout: 5000 });
    await person.drawn();
    await person.look();
    const away = await person.page.evaluate(([lon, lat]) => {
      const { lng, lat: there } = window.veedelMap.getCenter();
      return Math.hypot((lng - lon) * 70_000, (there - lat) * 111_000);
    }, one.geometry.coordinates);
    hold(away < 400, `the map is ${away} m away`);
  },

  async kitas(person) {
    await person.begin('kitas', '');
    await person.press(person.page.locator('[data-all=hide]'));
    await person.tick(row(person, 'kitas').locator('label.name input'));
    await person.drawn();
    await person.look();
    const others = await Promise.all(['schulen', 'einrichtungen'].map((id) => drawnOf(person, id)));
    hold((await drawnOf(person, 'kitas')).length > 0 && others.every((all) => all.length === 0), 'not the Kitas alone');
  },

  async filter(person) {
    await person.begin('filter', `#hidden=${hidden}`);
    const entry = row(person, 'schulen').locator('.legend li', { hasText: 'Gymnasium' });
    if (!person.isKeyboard && !person.hasTouch) await entry.hover();
    await person.press(entry.locator('.only'));
    await person.drawn();
    await person.look();
    const schools = await drawnOf(person, 'schulen');
    hold(schools.length > 0 && schools.every(({ schulart }) => schulart === 'Gymnasium'), JSON.stringify(schools.map(({ schulart }) => schulart)));
  },

  async record(person) {
    const { features: [kita] } = await json('collections/kitas/items?limit=1&f=json');
    const [lon, lat] = kita.geometry.coordinates;
    await person.begin('record', `#map=16/${lat}/${lon}&hidden=${hidden}`);
    await person.pressMap(await person.placeOf('kitas'));
    await person.page.locator('.card[data-complete=true] h2').waitFor({ timeout: 5000 });
    await person.look();
    const card = await person.page.locator('.card').innerText();
    const { features: all } = await json('collections/kitas/items?limit=100&f=json');
    const title = await person.page.locator('.card h2').innerText();
    hold(all.some(({ properties }) => properties.name === title), `no Kita is called ${title}`);
    hold(/Plätze|Places/.test(card) && !card.includes('kita_id\n'), `raw names: ${card}`);
  },

  async area(person) {
    const { features: [area] } = await json('collections/quartiere/items?limit=1&f=json');
    const [west, south, east, north] = area.bbox ?? boxOf(area.geometry);
    await person.begin('area', `#map=14/${(south + north) / 2}/${(west + east) / 2}&hidden=${hidden.replace('quartiere,', '')},schulen,kitas`);
    await person.pressMap(await person.placeOf('quartiere'));
    await person.page.locator('.card[data-complete=true] h2').waitFor({ timeout: 5000 });
    await person.drawn();
    await person.look();
    const outlined = await person.page.evaluate(() => JSON.stringify(window.veedelMap.getStyle().sources.selection.data));
    const all = (await json('collections/quartiere/items?limit=100&f=json')).features;
    hold(all.some(({ geometry }) => outlined.includes(JSON.stringify(geometry.coordinates[0]).slice(1, 400))), 'the outline is not the whole area');
  },

  async close(person) {
    await person.begin('close', 'planung');
    const before = await person.page.locator('.number strong').innerText();
    if (person.isKeyboard) {
      await person.press(person.page.locator('.scenario details > summary'));
      await person.press(person.page.locator('[data-close]').first());
    } else await person.pressMap(await person.placeOf('answer:facilities'));
    await person.page.waitForFunction(() => new URL(location.href).searchParams.has('remove'), null, { timeout: 5000 });
    await person.answered();
    await person.drawn();
    await person.look();
    const said = await person.page.locator('.changed').innerText();
    hold(said.includes(before), `${said} does not say ${before}`);
  },

  async sites(person) {
    await person.begin('sites', 'planung');
    await person.press(person.page.locator('[data-kind=siting]').first());
    await person.page.locator('.answer.siting[aria-busy=false]').waitFor({ timeout: 20_000 });
    await person.page.waitForFunction(() => window.veedelMap.getLayer('answer:sites') && window.veedelMap.queryRenderedFeatures({ layers: ['answer:sites'] }).length > 0, null, { timeout: 20_000 });
    await person.look();
    hold(await person.page.locator('.ranking tbody tr').count() > 0, 'no sites');
  },

  async picture(person) {
    await person.begin('picture', 'planung');
    await person.press(person.page.locator('.takeaway > summary'));
    const file = person.page.waitForEvent('download', { timeout: 30_000 });
    await person.press(person.page.locator('[data-picture]'));
    hold(readFileSync(await (await file).path()).subarray(1, 4).toString() === 'PNG', 'no picture');
    hold(await person.page.locator('[data-print]').count() === 1, 'nothing prints');
  },

  async link(person) {
    await person.begin('link', 'planung');
    await person.press(person.page.locator('[data-kind=nearest]').first());
    await person.page.locator('.answer.nearest[aria-busy=false]').waitFor({ timeout: 20_000 });
    const number = await person.page.locator('.number strong').innerText();
    const other = await person.page.context().newPage();
    await other.goto(person.page.url());
    await other.locator('.answer.nearest[aria-busy=false]').waitFor({ timeout: 20_000 });
    hold(await other.locator('.number strong').innerText() === number, 'the link says another number');
    await other.close();
    await person.page.goBack();
    await person.page.locator('.answer.coverage[aria-busy=false]').waitFor({ timeout: 20_000 });
    await person.look();
  },

  async protection(person) {
    await person.begin('protection', 'planung');
    const said = await person.page.locator('.summary').innerText();
    hold(/geschützt|protected/.test(said), said);
  },
};

function boxOf({ coordinates }) {
  const all = coordinates.flat(3).reduce((pairs, value, at, list) => (at % 2 === 0 ? [...pairs, [value, list[at + 1]]] : pairs), []);
  const [xs, ys] = [all.map(([x]) => x), all.map(([, y]) => y)];
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

for (const { name, isKeyboard, ...options } of walks) {
  const context = await browser.newContext({ ...options, reducedMotion: 'reduce', acceptDownloads: true });
  const page = await context.newPage();
  const wrong = watch(page);
  const person = new Person(page, { name, isKeyboard, hasTouch: options.hasTouch });
  const presses = {};
  for (const [task, walk] of Object.entries(tasks)) {
    await check(`${name}: ${task}`, async () => {
      await walk(person);
      presses[task] = person.presses;
    });
  }
  await check(`${name}: nine of ten tasks take at most ${few} presses, and nothing goes wrong`, () => {
    const counts = Object.values(presses);
    console.log(`      ${Object.entries(presses).map(([task, count]) => `${task} ${count}`).join(', ')}`);
    hold(counts.length === Object.keys(tasks).length && counts.filter((count) => count <= few).length >= counts.length - 1, JSON.stringify(presses));
    hold(wrong.console.length === 0, wrong.console.join('\n'));
    hold(wrong.hosts.length === 0, wrong.hosts.join('\n'));
  });
  await context.close();
}

await browser.close();
finish();
