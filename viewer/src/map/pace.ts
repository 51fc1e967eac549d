/** Keeps the map in pace with the hand: where frames take too long, less of it is drawn for a while. */

import type { MapView } from './view';

/** A frame that takes longer than this is slow, in milliseconds. */
const slow = 50;

/** After so many slow frames in a row less is drawn. */
const patience = 2;

/**
 * Watches frames until the answer is called; then the map is as it was.
 *
 * Where they are slow, the map has fewer pixels, and surfaces and the edges of streets below a layer are clear:
 * that layer covers them mostly, and they cost as much as all else. Streets and names stay, to find one's way by.
 */
export function keepPace(view: MapView, below: string): () => void {
  let ease = (): void => undefined;
  let [last, inARow] = [performance.now(), 0];
  const watch = (now: number): void => {
    inARow = now - last > slow ? inARow + 1 : 0;
    last = now;
    if (inARow < patience) frame = requestAnimationFrame(watch);
    else ease = drawLess(view, below);
  };
  let frame = requestAnimationFrame(watch);
  return () => {
    cancelAnimationFrame(frame);
    ease();
    ease = () => undefined;
  };
}

/** Draws less; the answer draws all again. */
function drawLess({ map }: MapView, below: string): () => void {
  const fine = map.getPixelRatio();
  const order = map.getLayersOrder();
  // Clear ones are not drawn at all; unlike hidden ones, they are there again without their tiles being read anew.
  const cleared = order.slice(0, Math.max(0, order.indexOf(below))).flatMap((id) => {
    const type = map.getLayer(id)?.type;
    const opacity = type === 'fill' ? 'fill-opacity' as const : type === 'line' && id.includes('casing') ? 'line-opacity' as const : null;
    return opacity === null ? [] : [{ id, opacity, was: map.getPaintProperty(id, opacity) }];
  });
  for (const { id, opacity } of cleared) map.setPaintProperty(id, opacity, 0);
  map.setPixelRatio(fine / 2);
  return () => {
    map.setPixelRatio(fine);
    for (const { id, opacity, was } of cleared) if (map.getLayer(id)) map.setPaintProperty(id, opacity, was);
  };
}
