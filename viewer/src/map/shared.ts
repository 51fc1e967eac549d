/** What map and page tell each other; small, so that the page need not wait for the map's script. */

import { signal } from '@preact/signals';
import type { Bounds } from '../server/catalogue';
import type { View } from '../state/state';

/** A feature under the pointer, as the tile has it. */
export interface Found {
  collection: string;
  /** null: it cannot be asked for by itself. */
  feature: string | null;
  properties: Record<string, unknown>;
  geometry: GeoJSON.Geometry;
}

/** What the page asks of the map. */
export interface Pilot {
  /** Moves, as a person wanted it. */
  goTo: (view: Partial<View> & { lon: number; lat: number }) => void;
  fit: (bounds: Bounds) => void;
  mark: (geometries: GeoJSON.Geometry[]) => void;
  focus: () => void;
}

/** null: there is no map (yet). */
export const pilot = signal<Pilot | null>(null);

/** Why there is no map. */
export const noMap = signal<'webgl' | 'worker' | 'script' | null>(null);

/** The box in view. */
export const box = signal<Bounds | null>(null);

/** What was under the last click; the card shows the first. */
export const found = signal<Found[]>([]);

/** Whether the last look was made by keyboard: then the card gets the focus. */
export const byKeyboard = signal(false);

/** The name of what is under the pointer, and where that is in the map's element. */
export const hover = signal<{ x: number; y: number; name: string; kind: string } | null>(null);

/** Who chose where the map looks: nobody yet, the page to show all there is, or a reader, an address or an answer. */
export const lookedBy = signal<'nobody' | 'page' | 'reader'>('nobody');
