/** The pictograms of the server's sprite sheet, as parts of an SVG. */

import { signal } from '@preact/signals';
import { ask, askJson } from '../server/ask';
import { base } from '../state/store';

interface Part { x: number; y: number; width: number; height: number }

const address = `${base}sprites/veedel@2x`;
const sheet = signal<{ parts: Record<string, Part>; picture: string } | null>(null);
let isAsked = false;

/** A picture as a `data:` address. */
async function asData(picture: Blob): Promise<string> {
  const reader = new FileReader();
  await new Promise((resolve, reject) => {
    [reader.onload, reader.onerror] = [resolve, reject];
    reader.readAsDataURL(picture);
  });
  return String(reader.result);
}

async function read(): Promise<void> {
  const [parts, picture] = await Promise.all([askJson(`${address}.json`, 'en'), ask(`${address}.png`, { cache: 'no-cache' })]);
  if (picture.ok) sheet.value = { parts: parts as Record<string, Part>, picture: await asData(await picture.blob()) };
}

/** Asks for the sheet once, when the first pictogram is wanted; without it discs stay plain. */
function askOnce(): void {
  if (isAsked) return;
  isAsked = true;
  read().catch(() => undefined);
}

/** A pictogram in the middle of a drawing of 20 × 20. */
export function Pictogram({ name }: { name: string }) {
  askOnce();
  const { parts = {}, picture } = sheet.value ?? {};
  const part = Object.hasOwn(parts, name) ? parts[name] : undefined;
  if (part === undefined) return null;
  const { x, y, width, height } = part;
  return <svg x="3.8" y="3.8" width="12.4" height="12.4" viewBox={`${x} ${y} ${width} ${height}`}><image href={picture} /></svg>;
}
