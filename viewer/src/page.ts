/** Making elements. Text is always set as text, never as HTML: what the data say cannot become markup. */

export type Child = Node | string | null | undefined | false;

type Attributes = Record<string, string | number | boolean | EventListener | undefined>;

/** An element with attributes (functions become listeners, `true` an empty attribute) and children. */
export function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(key, value);
    else if (value === true) element.setAttribute(key, '');
    else if (value !== undefined && value !== false) element.setAttribute(key, String(value));
  }
  element.append(...children.filter((child): child is Node | string => Boolean(child)));
  return element;
}

/** An SVG picture from shapes given as name and attributes. */
export function picture(size: number, ...shapes: [string, Record<string, string>][]): SVGElement {
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  const set = (element: Element, attributes: Record<string, string>) =>
    Object.entries(attributes).forEach(([key, value]) => element.setAttribute(key, value));
  set(svg, { viewBox: `0 0 ${size} ${size}`, width: String(size), height: String(size), 'aria-hidden': 'true' });
  for (const [name, attributes] of shapes) {
    const shape = document.createElementNS(space, name);
    set(shape, attributes);
    svg.append(shape);
  }
  return svg;
}

/** Text as HTML, for the one place (MapLibre's attribution) that takes nothing else. */
export function escapeHtml(text: string): string {
  const names: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replace(/[&<>"']/g, (character) => names[character] ?? character);
}
