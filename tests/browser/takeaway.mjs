// Takes an answer away in headless Chromium: files with their names, the map as a picture, a sheet of paper.
//
//   node takeaway.mjs http://127.0.0.1:3000/ [--screenshots DIR]
//
// The last line is "N passed, N failed"; the exit code is 0 only if none failed.

import { readFileSync, writeFileSync } from 'node:fs';
import { axe, base, check, finish, hold, launch, picture, watch } from './harness.mjs';

const browser = await launch();
const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'de-DE', reducedMotion: 'reduce', acceptDownloads: true, permissions: ['clipboard-read', 'clipboard-write'] });
const page = await context.newPage();
const wrong = watch(page);
const at = process.argv.indexOf('--screenshots');
const folder = at < 0 ? null : process.argv[at + 1];

const settled = () => page.locator('.answer[aria-busy=false][data-trial=false]').waitFor({ timeout: 20_000 });
async function open(path) {
  await page.goto('about:blank');
  await page.goto(base + path);
  await settled();
  await page.waitForFunction(() => window.veedelMap?.getLayer('answer:areas') && window.veedelMap.loaded(), null, { timeout: 30_000 });
}
const menu = async () => {
  if (await page.locator('.takeaway').getAttribute('open') === null) await page.locator('.takeaway > summary').click();
};
async function download(locator) {
  const [file] = await Promise.all([page.waitForEvent('download', { timeout: 30_000 }), locator.click()]);
  return { name: file.suggestedFilename(), path: await file.path() };
}

await check('the menu copies the link, and gives files whose names say what is in them', async () => {
  await open('planung');
  await menu();
  await axe(page);
  await picture(page, 'takeaway');
  await page.locator('[data-copy]').click();
  await page.waitForFunction(() => document.querySelector('.downloads [role=status]').innerText === 'Link kopiert');
  hold(await page.evaluate(() => navigator.clipboard.readText()) === page.url(), 'another link');
  for (const [format, begins] of [['CSV', '\ufeff'], ['XLSX', 'PK'], ['GeoPackage', 'SQLite format 3'], ['GeoJSON', '{'], ['JSON', '{']]) {
    await menu();
    const { name, path } = await download(page.locator('.takeaway').getByRole('link', { name: format, exact: true }));
    hold(new RegExp(`^[a-z0-9-]+-1000m-zu-fuss-[a-z0-9-]+-\\d{4}-\\d\\d-\\d\\d\\.${format === 'GeoPackage' ? 'gpkg' : format.toLowerCase()}$`).test(name), name);
    hold(readFileSync(path, 'utf8').startsWith(begins), `${name} begins otherwise`);
  }
});

await check('the menu closes by Escape, and the focus stays at it', async () => {
  await menu();
  await page.keyboard.press('Escape');
  hold(await page.locator('.takeaway').getAttribute('open') === null, 'open');
  hold(await page.evaluate(() => document.activeElement?.tagName) === 'SUMMARY', 'the focus is lost');
});

await check('the map is a picture with twice the pixels, with what makes it readable around it', async () => {
  const written = await page.evaluate(() => {
    window.texts = [];
    const { fillText } = CanvasRenderingContext2D.prototype;
    CanvasRenderingContext2D.prototype.fillText = function own(text, ...rest) {
      window.texts.push(text);
      return fillText.call(this, text, ...rest);
    };
    return { number: document.querySelector('.number strong').innerText, summary: document.querySelector('.summary').innerText, width: window.veedelMap.getContainer().clientWidth };
  });
  await menu();
  const { name, path } = await download(page.locator('[data-picture]'));
  hold(/^[a-z0-9-]+\.png$/.test(name), name);
  const bytes = readFileSync(path);
  hold(bytes.subarray(1, 4).toString() === 'PNG' && bytes.readUInt32BE(16) === 2 * written.width, `${bytes.readUInt32BE(16)} pixels for ${written.width}`);
  const said = (await page.evaluate(() => window.texts)).join(' ');
  hold(said.includes(written.number) && said.includes(written.summary), 'another number or sentence');
  for (const part of [/Quellen: /, /Abgerufen am/, / (km|m)\b/, /Anteil ohne/]) hold(part.test(said), `${part} is not in the picture`);
  hold(await page.evaluate(() => window.veedelMap.getPixelRatio()) === 1, 'the map stays large');
  // The map is in it: the middle is not of one colour.
  const colours = await page.evaluate(async (text) => {
    const image = new Image();
    image.src = `data:image/png;base64,${text}`;
    await image.decode();
    const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height });
    const pen = canvas.getContext('2d');
    pen.drawImage(image, 0, 0);
    const { data } = pen.getImageData(image.width / 3, image.height / 3, image.width / 3, image.height / 3);
    return new Set(Array.from({ length: data.length / 400 }, (_, index) => data.slice(index * 400, index * 400 + 3).join())).size;
  }, bytes.toString('base64'));
  hold(colours > 8, `${colours} colours in the middle`);
  if (folder !== null) writeFileSync(`${folder}/picture.png`, bytes);
});

await check('a printed answer is one page with map, table, method, sources and link; a scenario too', async () => {
  for (const [path, name] of [['planung', 'sheet'], [`planung?${await scenario()}`, 'sheet-scenario'], ['planung?ask=siting', 'sheet-sites']]) {
    if (name === 'sheet-sites') { await page.goto(base + path); await settled(); await page.waitForTimeout(1500); } else await open(path);
    const pdf = await page.pdf({ preferCSSPageSize: true, printBackground: true });
    const pages = pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length;
    hold(pages === 1, `${pages} pages of ${name}`);
    hold(await page.locator('.sheet canvas').evaluate((canvas) => canvas.width) > 400, 'no map on the sheet');
    if (folder !== null) writeFileSync(`${folder}/${name}.pdf`, pdf);
    const text = await page.locator('.sheet').evaluate((sheet) => sheet.textContent);
    for (const part of [await page.locator('.number strong').innerText(), await page.locator('.summary').innerText(), page.url(), 'Methode']) hold(text.includes(part), `${part} is not on ${name}`);
  }
});

/** The first question with a new one in the middle. */
async function scenario() {
  await page.locator('[data-centre]').click();
  await page.waitForFunction(() => new URL(location.href).searchParams.has('add'));
  await settled();
  return new URL(page.url()).searchParams.toString();
}

await check('nothing failed', () => {
  hold(wrong.console.length === 0, wrong.console.join('\n'));
  hold(wrong.hosts.length === 0, wrong.hosts.join('\n'));
});

await browser.close();
finish();
