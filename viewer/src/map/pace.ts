/** Keeps the map in pace with the hand: where frames take too long, it is drawn with fewer pixels for a while. */

import type { MapView } from './view';

/** A frame that takes longer than this is slow, in milliseconds. */
const slow = 50;

/** After so many slow frames in a row there are fewer pixels. */
const patience = 2;

/** Watches frames until the answer is called; then the map has all its pixels again. */
export function keepPace({ map }: MapView): () => void {
  const fine = map.getPixelRatio();
  let [last, inARow] = [performance.now(), 0];
  const watch = (now: number): void => {
    inARow = now - last > slow ? inARow + 1 : 0;
    last = now;
    if (inARow < patience) frame = requestAnimationFrame(watch);
    else map.setPixelRatio(fine / 2);
  };
  let frame = requestAnimationFrame(watch);
  return () => {
    cancelAnimationFrame(frame);
    if (map.getPixelRatio() !== fine) map.setPixelRatio(fine);
  };
}
