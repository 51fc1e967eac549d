/** Follows what the server tells of changes (`/changes`, server-sent events), and says which tiles to ask for again. */

import type { Bounds } from './catalogue';

export interface Change {
  collection: string;
  /** Where, in degrees; null: anywhere. */
  boxes: Bounds[] | null;
}

export interface TileId {
  z: number;
  x: number;
  y: number;
}

/** Changes that come within this time, in milliseconds, are one. */
const together = 250;

/** More tiles than this are asked for by asking for all. */
const mostTiles = 400;

/** Reads an event's data; null for what is none. */
export function readChange(data: string): Change | null {
  let json: unknown;
  try {
    json = JSON.parse(data);
  } catch {
    return null;
  }
  if (typeof json !== 'object' || json === null) return null;
  const { collection, boxes } = json as { collection?: unknown; boxes?: unknown };
  if (typeof collection !== 'string') return null;
  const isBox = (box: unknown): box is Bounds => Array.isArray(box) && box.length === 4 && box.every(Number.isFinite);
  return { collection, boxes: Array.isArray(boxes) && boxes.every(isBox) ? boxes : null };
}

/** The tiles of the zooms 0 to `zoom` that boxes within `view` meet; null where all should be asked for. */
export function tilesUnder(boxes: Bounds[] | null, view: Bounds, zoom: number): TileId[] | null {
  if (boxes === null) return null;
  const tiles = new Map<string, TileId>();
  for (const box of boxes) {
    const seen = within(box, view);
    if (seen === null) continue;
    for (let z = 0; z <= zoom; z += 1) {
      const [west, north] = tileAt(seen[0], seen[3], z);
      const [east, south] = tileAt(seen[2], seen[1], z);
      if ((east - west + 1) * (south - north + 1) > mostTiles) return null;
      for (let x = west; x <= east; x += 1) {
        for (let y = north; y <= south; y += 1) tiles.set(`${z}/${x}/${y}`, { z, x, y });
      }
    }
    if (tiles.size > mostTiles) return null;
  }
  return [...tiles.values()];
}

/** The part of a box in the view, grown by a little as tiles reach over their edge. */
function within([west, south, east, north]: Bounds, view: Bounds): Bounds | null {
  const edge = 1e-4;
  const box: Bounds = [
    Math.max(west - edge, view[0]), Math.max(south - edge, view[1]), Math.min(east + edge, view[2]), Math.min(north + edge, view[3]),
  ];
  return box[0] <= box[2] && box[1] <= box[3] ? box : null;
}

function tileAt(lon: number, lat: number, z: number): [number, number] {
  const side = 2 ** z;
  const clamp = (place: number): number => Math.min(Math.max(Math.floor(place * side), 0), side - 1);
  const y = 0.5 - Math.asinh(Math.tan((lat * Math.PI) / 180)) / (2 * Math.PI);
  return [clamp(lon / 360 + 0.5), clamp(Number.isFinite(y) ? y : lat > 0 ? 0 : 1)];
}

/** Listens; `changed` gets what came together, `lost` is called where something may have been missed. */
export function followChanges(base: string, changed: (changes: Change[]) => void, lost: () => void): void {
  if (typeof EventSource === 'undefined') return;
  let waiting: Change[] = [];
  const events = new EventSource(`${base}changes`);
  events.addEventListener('change', (event) => {
    const change = readChange((event as MessageEvent<string>).data);
    if (change === null) return;
    if (waiting.length === 0) {
      window.setTimeout(() => {
        const all = waiting;
        waiting = [];
        changed(all);
      }, together);
    }
    waiting.push(change);
  });
  events.addEventListener('reset', lost);
}
