/** Where the name of an area stands. */

import polylabel from 'polylabel';

/** A point well inside an area, in its largest part. */
export function inside(geometry: GeoJSON.Geometry): [number, number] | null {
  const polygons = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.type === 'MultiPolygon' ? geometry.coordinates : [];
  const size = (rings: number[][][]): number => Math.abs((rings[0] ?? []).reduce((sum, [x = 0, y = 0], at, ring) => {
    const [nextX = 0, nextY = 0] = ring[(at + 1) % ring.length] ?? [];
    return sum + x * nextY - nextX * y;
  }, 0));
  const [largest] = [...polygons].sort((left, right) => size(right) - size(left));
  if (largest === undefined) return null;
  const [x = NaN, y = NaN] = polylabel(largest, 0.0005);
  return Number.isFinite(x) && Number.isFinite(y) ? [x, y] : null;
}
