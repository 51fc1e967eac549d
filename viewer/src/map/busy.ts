/** Asks again for what the server was too busy for, which MapLibre does not. */

import { addProtocol, type Map as MapLibre } from 'maplibre-gl';
import { ask, isBusy } from '../server/ask';
import type { TileId } from '../server/changes';

const scheme = 'patient-';

/** What MapLibre asks for once, and goes without for ever if it does not come: fonts and icons. */
export const isAskedOnce = new Set(['Glyphs', 'SpriteImage', 'SpriteJSON']);

/** The address at which MapLibre waits for a busy server. */
export const patiently = (url: string): string => (/^https?:/.test(url) ? scheme + url : url);

for (const protocol of ['http', 'https']) {
  addProtocol(scheme + protocol, async ({ url, type }, { signal }) => {
    const answer = await ask(url.slice(scheme.length), { cache: 'no-cache', signal });
    if (!answer.ok) throw new Error(`AJAXError: ${answer.status} ${url}`);
    return { data: await (type === 'json' ? answer.json() : answer.arrayBuffer()) };
  });
}

/** Asks again in a moment, given in milliseconds, for tiles. */
export function askAgain(map: MapLibre, moment: number): void {
  map.on('error', (event) => {
    const { error, sourceId, tile } = event as { error: { status?: number }; sourceId?: string; tile?: { tileID: { canonical: TileId } } };
    if (!isBusy(error.status ?? 0) || sourceId === undefined || tile === undefined) return;
    const { x, y, z } = tile.tileID.canonical;
    window.setTimeout(() => map.getSource(sourceId) && map.refreshTiles(sourceId, [{ x, y, z }]), moment);
  });
}
