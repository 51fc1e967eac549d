/** Boxes in degrees. */

import type { Bounds } from '../server/catalogue';

/** The edge of Web Mercator. */
const edge = 85.05;

/** The box around all; null without any. A box across the date line (west > east) counts as the whole width. */
export function union(boxes: (Bounds | null)[]): Bounds | null {
  let all: Bounds | null = null;
  for (const box of boxes) {
    if (box === null) continue;
    const [west, east] = box[0] <= box[2] ? [box[0], box[2]] : [-180, 180];
    const here: Bounds = [Math.max(-180, west), Math.max(-edge, box[1]), Math.min(180, east), Math.min(edge, box[3])];
    all = all === null ? here : [
      Math.min(all[0], here[0]), Math.min(all[1], here[1]), Math.max(all[2], here[2]), Math.max(all[3], here[3]),
    ];
  }
  return all;
}

/** Whether two boxes are the same. */
export function same(left: Bounds | null, right: Bounds | null): boolean {
  return left === right || (left !== null && right !== null && left.every((value, index) => value === right[index]));
}

/** The box around a geometry; null for none. */
export function boxAround(geometry: GeoJSON.Geometry | null): Bounds | null {
  let box: Bounds | null = null;
  const add = (coordinates: unknown): void => {
    if (!Array.isArray(coordinates)) return;
    const [lon, lat] = coordinates as unknown[];
    if (typeof lon !== 'number' || typeof lat !== 'number') coordinates.forEach(add);
    else box = box === null ? [lon, lat, lon, lat] : [Math.min(box[0], lon), Math.min(box[1], lat), Math.max(box[2], lon), Math.max(box[3], lat)];
  };
  const walk = (part: GeoJSON.Geometry): void => {
    if (part.type === 'GeometryCollection') part.geometries.forEach(walk);
    else add(part.coordinates);
  };
  if (geometry !== null) walk(geometry);
  return box;
}
