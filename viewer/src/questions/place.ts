/** Where the name of an area stands. */

import polylabel from 'polylabel';

type Ring = number[][];

/** Twice the area of a ring, and its centre of gravity. */
function centre(ring: Ring): { size: number; x: number; y: number } {
  let [size, x, y] = [0, 0, 0];
  const [x0 = 0, y0 = 0] = ring[0] ?? [];
  ring.forEach(([ownX = 0, ownY = 0], at) => {
    const [nextX = 0, nextY = 0] = ring[(at + 1) % ring.length] ?? [];
    // From the first corner on, as degrees are large beside the differences of a city.
    const cross = (ownX - x0) * (nextY - y0) - (nextX - x0) * (ownY - y0);
    size += cross;
    x += (ownX + nextX - 2 * x0) * cross;
    y += (ownY + nextY - 2 * y0) * cross;
  });
  return size === 0 ? { size, x: x0, y: y0 } : { size: Math.abs(size), x: x0 + x / (3 * size), y: y0 + y / (3 * size) };
}

/** Whether a point is in a ring. */
function holds(ring: Ring, x: number, y: number): boolean {
  let isIn = false;
  ring.forEach(([ownX = 0, ownY = 0], at) => {
    const [nextX = 0, nextY = 0] = ring[(at + 1) % ring.length] ?? [];
    if (ownY > y !== nextY > y && x < ((nextX - ownX) * (y - ownY)) / (nextY - ownY) + ownX) isIn = !isIn;
  });
  return isIn;
}

/** A point inside an area, in its largest part: the middle, or where that is outside, as far from the border as can be. */
export function inside(geometry: GeoJSON.Geometry): [number, number] | null {
  const polygons = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.type === 'MultiPolygon' ? geometry.coordinates : [];
  const [largest] = polygons.map((rings) => ({ rings, ...centre(rings[0] ?? []) })).sort((left, right) => right.size - left.size);
  if (largest === undefined) return null;
  const { rings, x, y } = largest;
  if (rings.every((ring, at) => holds(ring, x, y) === (at === 0))) return [x, y];
  const [inX = NaN, inY = NaN] = polylabel(rings, 0.0005);
  return Number.isFinite(inX) && Number.isFinite(inY) ? [inX, inY] : null;
}
