// Builds the page into dist/ (fixed names, no source maps), or with --tests the unit tests into build/.
import { build } from 'esbuild';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';

const maplibre = 'node_modules/maplibre-gl/dist';

async function tests() {
  await build({
    entryPoints: ['test/all.ts'],
    outfile: 'build/tests.mjs',
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node18',
    logLevel: 'warning',
  });
}

/** The licences of what the bundle contains: their authors ask that binaries carry them. */
async function licences() {
  const lock = JSON.parse(await readFile('package-lock.json', 'utf8'));
  const parts = [];
  for (const [path, entry] of Object.entries(lock.packages)) {
    if (path === '' || entry.dev || entry.optional || path.includes('@types/')) continue;
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    parts.push(`${name} ${entry.version} (${entry.license ?? 'see its text'})\n\n${await licenceText(path)}`);
  }
  return parts.join(`\n\n${'-'.repeat(78)}\n\n`);
}

async function licenceText(path) {
  for (const file of ['LICENSE.txt', 'LICENSE', 'LICENSE.md', 'LICENCE']) {
    const text = await readFile(`${path}/${file}`, 'utf8').catch(() => null);
    if (text !== null) return text.trim();
  }
  return '';
}

async function page() {
  await rm('dist', { recursive: true, force: true });
  await mkdir('dist/assets', { recursive: true });
  const common = { bundle: true, minify: true, target: ['es2022'], legalComments: 'none', logLevel: 'warning' };
  for (const [entry, name] of [['src/main.ts', 'app'], ['src/planning/main.ts', 'planning'], ['src/api/main.ts', 'api'], ['src/table/main.ts', 'table']]) {
    await build({
      ...common,
      entryPoints: [entry],
      outfile: `dist/assets/${name}.js`,
      format: 'iife',
      // The build of MapLibre whose worker is a file of its own, so that a strict policy needs no blob workers.
      alias: { 'maplibre-gl': './node_modules/maplibre-gl/dist/maplibre-gl-csp.js' },
    });
  }
  await build({ ...common, entryPoints: ['src/planning.css'], outfile: 'dist/assets/planning.css' });
  await build({ ...common, entryPoints: ['src/api.css'], outfile: 'dist/assets/api.css' });
  await build({ ...common, entryPoints: ['src/table.css'], outfile: 'dist/assets/table.css', loader: { '.svg': 'dataurl' } });
  await build({
    ...common,
    entryPoints: ['src/style.css'],
    outfile: 'dist/assets/app.css',
    loader: { '.svg': 'dataurl' },
  });
  const worker = await readFile(`${maplibre}/maplibre-gl-csp-worker.js`, 'utf8');
  await writeFile('dist/assets/worker.js', worker.replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n'));
  await copyFile('src/index.html', 'dist/index.html');
  await copyFile('src/planning.html', 'dist/planning.html');
  await copyFile('src/api.html', 'dist/api.html');
  await copyFile('src/icon.svg', 'dist/assets/icon.svg');
  await writeFile('dist/assets/licences.txt', await licences());
}

await (process.argv.includes('--tests') ? tests() : page());
