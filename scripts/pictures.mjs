// Makes the pictures of the README from the invented city, in headless Chromium: one of the map and one of a planning answer,
// in English and in German, and one of the old town on dark ground.
//
//   node scripts/pictures.mjs BINARY [FOLDER]
//
// BINARY is a built veedel, FOLDER is docs/pictures unless another is named. The browser is /usr/bin/chromium or what CHROMIUM
// names; its driver is that of the browser tests (npm ci in tests/browser).

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { deflateSync } from 'node:zlib';
import { flags } from '../tests/browser/flags.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const { chromium } = createRequire(new URL('../tests/browser/package.json', import.meta.url))('playwright-core');
const [binary, folder = `${root}docs/pictures`] = process.argv.slice(2);
if (binary === undefined) {
  console.error('usage: node scripts/pictures.mjs BINARY [FOLDER]');
  process.exit(2);
}
/** The name under which the browser finds the server, as the map shows its address. */
const name = 'geo.example.org';

/** The address of a server that has been started, once all is read. */
async function ready(server) {
  let log = '';
  for await (const piece of server.stderr) {
    log += piece;
    const base = /serving at (http:\S+)/.exec(log)?.[1];
    if (base !== undefined && /collections read/.test(log)) return base;
  }
  throw new Error(`veedel ended:\n${log}`);
}

/** Width, height and pixels of a screenshot, decoded by the browser. */
async function pixels(page, png) {
  const [width, height, text] = await page.evaluate(async (address) => {
    const bitmap = await createImageBitmap(await (await fetch(address)).blob());
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const context = canvas.getContext('2d');
    context.drawImage(bitmap, 0, 0);
    const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
    let bytes = '';
    for (let i = 0; i < data.length; i += 32768) bytes += String.fromCharCode(...data.subarray(i, i + 32768));
    return [bitmap.width, bitmap.height, btoa(bytes)];
  }, `data:image/png;base64,${png.toString('base64')}`);
  return { width, height, data: Buffer.from(text, 'base64') };
}

/** The most frequent colours, where those that differ little count as one: at most `most`, as [red, green, blue]. */
function palette(data, most) {
  const cells = new Map();
  for (let i = 0; i < data.length; i += 4) {
    const cell = ((data[i] >> 3) << 10) | ((data[i + 1] >> 3) << 5) | (data[i + 2] >> 3);
    const sum = cells.get(cell) ?? [0, 0, 0, 0];
    sum[0] += data[i];
    sum[1] += data[i + 1];
    sum[2] += data[i + 2];
    sum[3] += 1;
    cells.set(cell, sum);
  }
  const frequent = [...cells.values()].sort((one, other) => other[3] - one[3]).slice(0, most);
  return frequent.map(([red, green, blue, count]) => [red, green, blue].map((sum) => Math.round(sum / count)));
}

/** The checksum of a part of a PNG; `node:zlib` has it since Node 20 only. */
function crc32(bytes) {
  let sum = ~0;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return ~sum >>> 0;
}

/** A PNG of one byte a pixel, each the place of the nearest colour in the palette. */
function indexed({ width, height, data }) {
  const colours = palette(data, 128);
  const known = new Map();
  const nearest = (red, green, blue) => {
    const key = (red << 16) | (green << 8) | blue;
    if (!known.has(key)) {
      const distance = ([r, g, b]) => (r - red) ** 2 + (g - green) ** 2 + (b - blue) ** 2;
      known.set(key, colours.reduce((best, colour, at) => (distance(colour) < distance(colours[best]) ? at : best), 0));
    }
    return known.get(key);
  };
  const rows = Buffer.alloc(height * (width + 1));
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = 4 * (y * width + x);
      rows[y * (width + 1) + 1 + x] = nearest(data[at], data[at + 1], data[at + 2]);
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  const chunk = (name, content) => {
    const body = Buffer.concat([Buffer.from(name), content]);
    const whole = Buffer.alloc(body.length + 8);
    whole.writeUInt32BE(content.length, 0);
    body.copy(whole, 4);
    whole.writeUInt32BE(crc32(body), body.length + 4);
    return whole;
  };
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  const parts = [['IHDR', header], ['PLTE', Buffer.from(colours.flat())], ['IDAT', deflateSync(rows, { level: 9 })], ['IEND', Buffer.alloc(0)]];
  return Buffer.concat([signature, ...parts.map(([name, content]) => chunk(name, content))]);
}

/** Writes what the page shows. The pixels are read on an empty page, as the pages of veedel allow no address but their own. */
async function take(page, file) {
  const png = await page.screenshot();
  await page.goto('about:blank');
  const small = indexed(await pixels(page, png));
  writeFileSync(`${folder}/${file}`, small);
  console.log(`${file}: ${small.length} bytes`);
}

const question = new URLSearchParams({
  facilities: 'spielplaetze', distance: '500', ages: '6,10', by: 'viertel', date: '2024-12-31',
});

const server = spawn(binary, ['serve', '--listen', '127.0.0.1:0', '--config', 'examples/rheinfurt/veedel.toml'], {
  cwd: root, env: { ...process.env, NO_COLOR: '1' }, stdio: ['ignore', 'ignore', 'pipe'],
});
let browser;
try {
  const { host } = new URL(await ready(server));
  const args = [...flags, `--host-resolver-rules=MAP ${name} ${host}`];
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args });
  const base = `http://${name}`;
  for (const [language, locale] of [['en', 'en-GB'], ['de', 'de-DE']]) {
    const page = await browser.newPage({ viewport: { width: 1000, height: 600 }, locale });
    await page.goto(`${base}/?lang=${language}#map=14.1/50.7405/7.472`);
    await page.waitForFunction(() => window.veedelMap?.loaded() && window.veedelMap.areTilesLoaded(), null, { timeout: 60_000 });
    await page.waitForTimeout(1000);
    await take(page, `map.${language}.png`);
    await page.setViewportSize({ width: 1100, height: 680 });
    await page.goto(`${base}/planung?lang=${language}&${question}`);
    await page.locator('.answer').waitFor();
    await page.waitForFunction(() => window.veedelMap?.loaded() && window.veedelMap.areTilesLoaded(), null, { timeout: 60_000 });
    await page.waitForTimeout(1000);
    await take(page, `planning.${language}.png`);
    await page.close();
  }
  const dark = await browser.newPage({ viewport: { width: 1000, height: 600 }, locale: 'en-GB', colorScheme: 'dark' });
  await dark.goto(`${base}/?lang=en#map=15.6/50.7404/7.4715`);
  await dark.waitForFunction(() => window.veedelMap?.loaded() && window.veedelMap.areTilesLoaded(), null, { timeout: 60_000 });
  await dark.waitForTimeout(1000);
  await take(dark, 'dark.en.png');
} finally {
  await browser?.close();
  server.kill();
  await once(server, 'exit');
}
