// Measures how long it takes from entering an address until the map shows base and data, in headless Chromium without a GPU:
//
//   node first-frame.mjs http://127.0.0.1:3000/ [http://127.0.0.1:3001/ …]
//
// Each address is opened five times in turn, each time in a new browser with an empty cache. The first number of a line is the
// median in milliseconds until all tiles of the first view are drawn.

import { chromium } from 'playwright-core';
import { flags } from './flags.mjs';

const rounds = 5;
const addresses = process.argv.slice(2);
const times = new Map(addresses.map((address) => [address, []]));

for (let round = 0; round < rounds; round += 1) {
  for (const address of addresses) {
    const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: flags });
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, locale: 'de-DE' });
    await page.goto('about:blank');
    const began = performance.now();
    await page.goto(address, { waitUntil: 'commit' });
    await page.waitForFunction(() => window.veedelMap?.loaded() && window.veedelMap.queryRenderedFeatures().length > 20, null, { polling: 'raf', timeout: 30_000 });
    times.get(address).push(Math.round(performance.now() - began));
    await browser.close();
  }
}

for (const [address, all] of times) {
  const sorted = all.sort((left, right) => left - right);
  console.log(`${sorted[Math.floor(rounds / 2)]} ms ${address} (${sorted.join(', ')})`);
}
