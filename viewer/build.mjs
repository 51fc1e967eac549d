// Builds the pages into dist/ (no source maps), or with --tests the unit tests into build/.
//
// MapLibre is bundled from its sources, not from its finished files: those hold what the page and the
// worker share twice. Here it is one chunk that both load.
import { build } from 'esbuild';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { PurgeCSS } from 'purgecss';

const maplibre = './node_modules/maplibre-gl/src';

/** What the first frame of the map may take, in bytes of script as sent with gzip. */
const most = 400_000;

/** What must be there for the first frame: the shell, the map, and the worker that reads its tiles. */
const atFirst = ['src/main.tsx', 'src/map/controller.ts', `${maplibre.slice(2)}/source/worker.ts`];

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
  for (const file of ['LICENSE.txt', 'LICENSE', 'LICENSE.md', 'LICENCE', 'license.txt']) {
    const text = await readFile(`${path}/${file}`, 'utf8').catch(() => null);
    if (text !== null) return text.trim();
  }
  return '';
}

const common = { bundle: true, minify: true, target: ['es2022'], legalComments: 'none', logLevel: 'warning' };

/** The scripts: one entry a page, and the worker; what they share is in chunks, what a page may need later too. */
async function scripts() {
  const { metafile } = await build({
    ...common,
    entryPoints: {
      app: 'src/main.tsx', api: 'src/api/main.ts', table: 'src/table/main.ts',
      worker: `${maplibre}/source/worker.ts`,
    },
    outdir: 'dist/assets',
    format: 'esm',
    splitting: true,
    chunkNames: '[name]-[hash]',
    // MapLibre's sources count on fields that are declared and not assigned staying as they are.
    tsconfigRaw: { compilerOptions: { useDefineForClassFields: false, jsx: 'react-jsx', jsxImportSource: 'preact' } },
    alias: { 'maplibre-gl': `${maplibre}/index.ts` },
    metafile: true,
  });
  return metafile;
}

/** Of the design system's style sheet what the pages use. */
const used = {
  name: 'used',
  setup({ onLoad }) {
    onLoad({ filter: /kern\.css$/ }, async ({ path }) => {
      const [{ css }] = await new PurgeCSS().purge({ content: ['src/**/*.tsx'], css: [path], safelist: ['html', 'body', /^data-kern-theme/, 'dark', 'light'] });
      return { contents: css, loader: 'css' };
    });
  },
};

async function styles() {
  for (const [entry, name] of [['src/style.css', 'app'], ['src/api.css', 'api'], ['src/table.css', 'table']]) {
    await build({ ...common, entryPoints: [entry], outfile: `dist/assets/${name}.css`, loader: { '.svg': 'dataurl' }, plugins: [used] });
  }
}

/** The files that some sources need, with all that these load at once. */
function closure({ outputs }, sources) {
  const wanted = Object.keys(outputs).filter((file) => sources.includes(outputs[file].entryPoint));
  const found = new Set();
  const add = (file) => {
    if (found.has(file)) return;
    found.add(file);
    outputs[file].imports.filter(({ kind }) => kind === 'import-statement').forEach(({ path }) => add(path));
  };
  wanted.forEach(add);
  return [...found];
}

/** Prints what the first frame takes, and fails where it is too much. */
async function weigh(files) {
  let sum = 0;
  for (const file of files) {
    const bytes = gzipSync(await readFile(file), { level: 9 }).length;
    sum += bytes;
    console.log(`${String(bytes).padStart(8)} ${file}`);
  }
  console.log(`${String(sum).padStart(8)} bytes of script before the first frame, with gzip; at most ${most}`);
  if (sum > most) throw new Error('the first frame takes too much script');
}

async function page() {
  await rm('dist', { recursive: true, force: true });
  await mkdir('dist/assets', { recursive: true });
  const made = await scripts();
  await styles();
  const first = closure(made, atFirst);
  // What the first frame needs is asked for at once, not when the script before it was read.
  const ahead = first.map((file) => file.slice('dist/'.length)).filter((file) => !/\/(app|worker)\.js$/.test(file));
  const preload = ahead.map((file) => `<link rel="modulepreload" href="${file}">`).join('\n    ');
  await writeFile('dist/index.html', (await readFile('src/index.html', 'utf8')).replace('<!-- preload -->', preload));
  await copyFile('src/api.html', 'dist/api.html');
  await copyFile('src/icon.svg', 'dist/assets/icon.svg');
  await writeFile('dist/assets/licences.txt', await licences());
  await weigh(first);
}

await (process.argv.includes('--tests') ? tests() : page());
