// Adds what the map page contains, by the lock file of its packages, to an SBOM of CycloneDX: node page_parts.mjs SBOM.
import { readFile, writeFile } from 'node:fs/promises';

const [path] = process.argv.slice(2);
const sbom = JSON.parse(await readFile(path, 'utf8'));
const lock = JSON.parse(await readFile('viewer/package-lock.json', 'utf8'));
for (const [place, entry] of Object.entries(lock.packages)) {
  if (place === '' || entry.dev || entry.optional || place.includes('@types/')) continue;
  const name = place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
  const purl = `pkg:npm/${name.replace('@', '%40')}@${entry.version}`;
  const licences = entry.license ? [{ expression: entry.license }] : [];
  sbom.components.push({ type: 'library', 'bom-ref': purl, name, version: entry.version, licenses: licences, purl });
}
await writeFile(path, `${JSON.stringify(sbom, null, 2)}\n`);
