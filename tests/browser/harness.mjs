// What the browser tests share: a page of headless Chromium that counts what goes wrong, and checks that are counted.

import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';
import { flags } from './flags.mjs';

const option = (name) => (process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : null);
const address = process.argv.slice(2).find((argument) => /^https?:/.test(argument));
if (address === undefined) {
  console.error('usage: node TEST.mjs BASE-URL [--screenshots DIR]');
  process.exit(2);
}

/** The address of the server, with a slash at its end. */
export const base = new URL('.', address).href;
const screenshots = option('--screenshots');
if (screenshots !== null) mkdirSync(screenshots, { recursive: true });

let [passed, failed] = [0, 0];

/** Runs one check; a check fails by throwing. */
export async function check(name, run) {
  const began = Date.now();
  try {
    await run();
    passed += 1;
    console.log(`ok    ${name} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL  ${name}\n      ${String(error.message ?? error).split('\n').slice(0, 8).join('\n      ')}`);
  }
}

export function hold(condition, message) {
  if (!condition) throw new Error(message);
}

/** Prints the counts; the exit code is 0 only if nothing failed. */
export function finish() {
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed === 0 ? 0 : 1);
}

export const launch = () => chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: flags });

/** What the software renderer says of itself is no fault of the page. */
const renderer = /GPU stall|GL Driver|swiftshader/i;

/** Watches a page: what it says in the console, and whom it asks beside the server. */
export function watch(page) {
  const said = [];
  let isLeft = false;
  // Whoever leaves a page while its map loads glyphs is told of it in the console.
  const wrong = { hosts: [], get console() { return said.filter((text) => !(isLeft && /^Unable to load glyph range .*Failed to fetch/s.test(text))); } };
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && !renderer.test(message.text()) && said.push(message.text()));
  page.on('pageerror', (error) => said.push(String(error)));
  page.on('requestfailed', (request) => (isLeft ||= request.url().includes('/fonts/') && request.failure()?.errorText === 'net::ERR_ABORTED'));
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (/^(https?|wss?):$/.test(url.protocol) && url.origin !== new URL(base).origin) wrong.hosts.push(request.url());
  });
  return wrong;
}

export const picture = (page, name) => (screenshots === null ? null : page.screenshot({ path: `${screenshots}/${name}.png` }));

/** Holds the page as it is now to all of axe's rules. Run through the debugger, as the page's policy rightly forbids a script of ours. */
export async function axe(page, only) {
  await page.evaluate(`${readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')};0`);
  const violations = await page.evaluate(async (rules) => {
    const { violations: found } = await window.axe.run(document, rules ? { runOnly: rules } : {});
    return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 140)).slice(0, 3).join(' | ')}`);
  }, only);
  hold(violations.length === 0, violations.join('\n'));
}

export const json = async (path) => {
  const answer = await fetch(base + path);
  hold(answer.ok, `${answer.status} for ${path}`);
  return answer.json();
};

/** The collections once nothing loads any more. */
export async function settledCatalogue() {
  for (let tries = 0; ; tries += 1) {
    const catalogue = await json('collections?f=json');
    const busy = catalogue.collections.length === 0 || catalogue.collections.some((one) => one['veedel:state'] === 'loading');
    if (!busy || tries === 40) return catalogue.collections;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}
