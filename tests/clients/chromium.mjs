// A page of headless Chromium that runs a bundled module. The browser is /usr/bin/chromium or what CHROMIUM names.
import { createServer } from 'node:http';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';

/** Opens a page with a square `#map` of so many pixels and a module, and calls `use` with it; an error on the page is one here. */
export async function withPage(code, side, use) {
  const bundle = await build({
    stdin: { contents: code, resolveDir: import.meta.dirname ?? new URL('.', import.meta.url).pathname },
    bundle: true, write: false, format: 'iife', logLevel: 'error', define: { 'process.env.NODE_ENV': '"production"' },
  });
  const script = bundle.outputFiles[0].text.replaceAll('</script', '<\\/script');
  const page = `<!doctype html><meta charset="utf-8"><div id="map" style="width:${side}px;height:${side}px"></div><script>${script}</script>`;
  const portal = createServer((_, answer) => answer.setHeader('content-type', 'text/html').end(page)).listen(0, '127.0.0.1');
  await new Promise((resolve) => portal.once('listening', resolve));
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'] });
  try {
    const tab = await browser.newPage();
    const errors = [];
    tab.on('pageerror', (error) => errors.push(String(error)));
    await tab.goto(`http://127.0.0.1:${portal.address().port}/`);
    await use(tab);
    if (errors.length > 0) throw new Error(errors.join());
  } finally {
    await browser.close();
    portal.close();
  }
}
