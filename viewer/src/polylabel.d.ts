declare module 'polylabel' {
  /** The point of a polygon that is farthest from its border. */
  export default function polylabel(polygon: number[][][], precision?: number): number[];
}
