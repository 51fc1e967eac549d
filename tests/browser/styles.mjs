// Asks a running veedel for all its styles and holds each to MapLibre's style specification.
//
//   node styles.mjs http://127.0.0.1:3000/
//
// The exit code is 0 only if every style is valid and every tile, icon and range of glyphs that it names is there.

import { validateStyleMin } from '@maplibre/maplibre-gl-style-spec';

const base = process.argv[2];
let failed = 0;
const fail = (message) => {
  failed += 1;
  console.log(`FAIL  ${message}`);
};

async function json(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${answer.status} for ${address}: ${await answer.text()}`);
  return answer.json();
}

/** Every address that a style names, with a place that exists. */
function addresses(style) {
  const tiles = Object.values(style.sources).map(({ tiles: [template], bounds, maxzoom }) => {
    const [west, south] = bounds ?? [0, 0];
    const zoom = Math.min(maxzoom, 14);
    const side = 2 ** zoom;
    const latitude = (south * Math.PI) / 180;
    const x = Math.floor((west / 360 + 0.5) * side);
    const y = Math.floor((0.5 - Math.log(Math.tan(Math.PI / 4 + latitude / 2)) / (2 * Math.PI)) * side);
    return template.replace('{z}', zoom).replace('{x}', x).replace('{y}', y);
  });
  const stacks = new Set(style.layers.flatMap((layer) => layer.layout?.['text-font']?.join(',') ?? []));
  const glyphs = [...stacks].map((stack) => style.glyphs.replace('{fontstack}', encodeURIComponent(stack)).replace('{range}', '0-255'));
  return [...tiles, ...glyphs, `${style.sprite}.json`, `${style.sprite}.png`, `${style.sprite}@2x.png`];
}

/** All texts in the values of a property that name an icon. */
function iconsOf(value) {
  if (typeof value === 'string') return [value];
  if (!Array.isArray(value)) return [];
  const outputs = value[0] === 'match' ? value.slice(2).filter((_, at, rest) => at % 2 === 1 || at === rest.length - 1) : value.slice(1);
  return outputs.flatMap(iconsOf);
}

const { styles } = await json(`${base}styles`);
const asked = styles.flatMap(({ id, links }) => {
  const { href } = links.find(({ rel }) => rel === 'stylesheet');
  return [[id, href], [`${id} dark`, `${href}?theme=dark`]];
});
const ids = styles.map(({ id }) => id).filter((id) => !['light', 'dark'].includes(id));
asked.push(['light with all', `${base}styles/light?collections=${ids.map(encodeURIComponent).join(',')}`]);
const seen = new Set();
for (const [name, href] of asked) {
  const style = await json(href);
  const faults = validateStyleMin(style);
  faults.forEach(({ message }) => fail(`${name}: ${message}`));
  const names = style.layers.map(({ id }) => id);
  if (new Set(names).size !== names.length) fail(`${name}: two layers have one id`);
  for (const address of addresses(style).filter((one) => !seen.has(one))) {
    seen.add(address);
    const { status } = await fetch(address);
    if (status !== 200 && status !== 204) fail(`${name}: ${status} for ${address}`);
  }
  const icons = style.layers.flatMap((layer) => iconsOf(layer.layout?.['icon-image'])).filter((icon) => icon !== '');
  if (icons.length > 0) {
    const sheet = await json(`${style.sprite}.json`);
    icons.filter((icon) => !(icon in sheet)).forEach((icon) => fail(`${name}: there is no icon ${icon}`));
  }
}
for (const { id } of styles) {
  const drawing = await fetch(`${base}styles/${encodeURIComponent(id)}/legend?f=svg`);
  if (drawing.status !== 200 || !(await drawing.text()).startsWith('<svg')) fail(`${id}: its legend is no drawing`);
}
console.log(`${asked.length} styles, ${seen.size} addresses, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
