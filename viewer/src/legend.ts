/** What the colours of a collection mean: one line for each category. */

import type { Category, Collection } from './catalogue';
import { darken, type Look } from './colour';
import type { Speech } from './language';
import { make, picture } from './page';

/** Longer legends are folded at first. */
const longest = 8;

function mark(collection: Collection, { colour, symbol }: Category): SVGElement {
  const edge = darken(colour, 0.25);
  switch (collection.geometry) {
    case 'line':
      return picture(18, ['path', { d: 'M2 13 L16 5', stroke: colour, 'stroke-width': '3', fill: 'none' }]);
    case 'point': {
      const picturedPoint = picture(18, ['circle', { cx: '9', cy: '9', r: '8', fill: colour }]);
      const letters = picturedPoint.ownerDocument.createElementNS('http://www.w3.org/2000/svg', 'text');
      letters.textContent = symbol;
      const size = symbol.length > 1 ? 8 : 10.5;
      Object.entries({ x: '9', y: String(9 + size * 0.36), 'text-anchor': 'middle', 'font-size': String(size), 'font-weight': '700', fill: '#fff' })
        .forEach(([name, value]) => letters.setAttribute(name, value));
      picturedPoint.append(letters);
      return picturedPoint;
    }
    default:
      return picture(18, ['rect', { x: '2', y: '3', width: '14', height: '12', rx: '2', fill: colour, 'fill-opacity': '0.75', stroke: edge }]);
  }
}

/** The legend of a collection, or null where it has one colour. `open` holds what the reader opened or folded. */
export function legend(collection: Collection, look: Look, open: Map<string, boolean>, { words }: Speech): HTMLElement | null {
  const { categories } = collection;
  if (categories === null || categories.list.length === 0) return null;
  const others: Category = { values: [], title: words.otherValues, colour: look.colour, symbol: '' };
  const lines = [...categories.list, others].map((category) =>
    make('li', {}, mark(collection, category), make('span', {}, category.title)));
  const isOpen = open.get(collection.id) ?? categories.list.length <= longest;
  const element = make('details', { class: 'legend', open: isOpen },
    make('summary', { 'data-focus': 'legend' }, words.legend), make('ul', {}, ...lines));
  element.addEventListener('toggle', () => open.set(collection.id, element.open));
  return element;
}
