/** The small picture of a layer in the legend: its shape tells the geometry, its colour the collection. */

import type { Collection } from './catalogue';
import { darken, type Look } from './colour';
import { isDistrict } from './drawing';
import { picture } from './page';

export function swatch(collection: Collection, look: Look): SVGElement {
  const { colour } = look;
  const edge = darken(colour, 0.25);
  switch (collection.geometry) {
    case 'point':
      return picture(20, ['circle', { cx: '10', cy: '10', r: '6', fill: colour }]);
    case 'line':
      return picture(20, ['path', {
        d: 'M2 14 L8 7 L13 12 L18 5', fill: 'none', stroke: colour, 'stroke-width': '3', 'stroke-linejoin': 'round',
        ...(look.theme === 'path' ? { 'stroke-dasharray': '4 2' } : {}),
      }]);
    case 'polygon':
      return isDistrict(collection, look)
        ? picture(20, ['rect', { x: '3', y: '3', width: '14', height: '14', rx: '2', fill: colour, 'fill-opacity': '0.08', stroke: colour, 'stroke-width': '2.5' }])
        : picture(20, ['rect', { x: '3', y: '3', width: '14', height: '14', rx: '2', fill: colour, 'fill-opacity': '0.8', stroke: edge }]);
    case 'mixed':
      return picture(20,
        ['rect', { x: '2', y: '8', width: '10', height: '10', rx: '2', fill: colour, 'fill-opacity': '0.7', stroke: edge }],
        ['circle', { cx: '14', cy: '6', r: '4', fill: colour }]);
    case null:
      return picture(20,
        ['rect', { x: '3', y: '4', width: '14', height: '12', rx: '1', fill: 'none', stroke: '#55616b', 'stroke-width': '1.5' }],
        ['path', { d: 'M3 8H17M3 12H17M9 4V16', stroke: '#55616b', 'stroke-width': '1.2' }]);
  }
}
