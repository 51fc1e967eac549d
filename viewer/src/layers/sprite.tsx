/** The pictograms of the server's sprite sheet, as parts of an SVG. */

import { signal } from '@preact/signals';
import { askJson } from '../server/ask';
import { base } from '../state/store';

interface Part { x: number; y: number; width: number; height: number }

const sheet = `${base}sprites/veedel@2x`;
const parts = signal<Record<string, Part>>({});
let isAsked = false;

/** Asks for the sheet once, when the first pictogram is wanted; without it discs stay plain. */
function ask(): void {
  if (isAsked) return;
  isAsked = true;
  askJson(`${sheet}.json`, 'en').then((json) => (parts.value = json as Record<string, Part>), () => undefined);
}

/** A pictogram in the middle of a drawing of 20 × 20. */
export function Pictogram({ name }: { name: string }) {
  ask();
  const part = Object.hasOwn(parts.value, name) ? parts.value[name] : undefined;
  if (part === undefined) return null;
  const { x, y, width, height } = part;
  return <svg x="3.8" y="3.8" width="12.4" height="12.4" viewBox={`${x} ${y} ${width} ${height}`}><image href={`${sheet}.png`} /></svg>;
}
