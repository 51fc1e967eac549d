/** The centre of mass of polygons that come in pieces. Pure: no map, no page. */

/** A centre of mass as it grows. */
interface Mass {
  name: string;
  x: number;
  y: number;
  area: number;
}

type Ring = readonly (readonly number[])[];

/** Adds a ring's signed area and moments (shoelace formula), so that holes take away. */
function addRing(mass: Mass, ring: Ring): void {
  for (let index = 0; index + 1 < ring.length; index += 1) {
    const [x0 = 0, y0 = 0] = ring[index] ?? [];
    const [x1 = 0, y1 = 0] = ring[index + 1] ?? [];
    const cross = x0 * y1 - x1 * y0;
    mass.area += cross;
    mass.x += (x0 + x1) * cross;
    mass.y += (y0 + y1) * cross;
  }
}

export interface Piece {
  id: string;
  name: string;
  geometry: GeoJSON.Geometry;
}

/** One point per feature: the centre of mass of its pieces. */
export function centres(pieces: Piece[]): GeoJSON.Feature<GeoJSON.Point>[] {
  const masses = new Map<string, Mass>();
  for (const { id, name, geometry } of pieces) {
    const mass = masses.get(id) ?? { name, x: 0, y: 0, area: 0 };
    masses.set(id, mass);
    if (geometry.type === 'Polygon') geometry.coordinates.forEach((ring) => addRing(mass, ring));
    if (geometry.type === 'MultiPolygon') geometry.coordinates.flat().forEach((ring) => addRing(mass, ring));
  }
  return [...masses.values()].filter((mass) => mass.area !== 0).map(({ name, x, y, area }) => ({
    type: 'Feature',
    properties: { name },
    geometry: { type: 'Point', coordinates: [x / (3 * area), y / (3 * area)] },
  }));
}
