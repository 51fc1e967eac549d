/** The scenario on the map: pins that are dragged, crosses on what is closed, and clicks that set and close. */

import { batch, effect, signal } from '@preact/signals';
import { Marker } from 'maplibre-gl';
import { keepPace } from '../map/pace';
import { covered, type MapView } from '../map/view';
import { find } from '../model';
import { featureId } from '../server/catalogue';
import { state } from '../state/store';
import { current, propose, question, trial } from './asked';
import { facilityLayer } from './drawing';
import { outlines } from './keyitems';
import { canClose, facilities, facilityOf, lookUp } from './known';
import type { Question } from './question';
import { scenarioOf, withAdded, withMoved, withToggled, type Place } from './scenario';
import { stepName } from './steps';

/** Whether the next click on the map sets a new facility. */
export const placing = signal(false);

/** Whether a pin was let go a moment ago: the click that follows means nothing. */
let isLetGo = false;

/** So many pixels beside a facility still mean it. */
const reach = 5;

/** The middle of what is seen of the map. */
export function centreOf({ map }: MapView): Place {
  const { clientWidth, clientHeight } = map.getContainer();
  const { lng, lat } = map.unproject([clientWidth / 2, (clientHeight - covered(map.getContainer())) / 2]);
  return [lng, lat];
}

/** A pin or a cross; drawn by an SVG, as the page's policy has no styles in attributes. */
function sign(kind: 'new' | 'closed', label: string): HTMLElement {
  const element = document.createElement('div');
  element.className = `pin ${kind}`;
  element.setAttribute('role', 'img');
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const [width, height] = kind === 'new' ? [30, 40] : [22, 22];
  svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
  svg.setAttribute('width', String(width));
  svg.setAttribute('height', String(height));
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', kind === 'new' ? outlines.pin : outlines.cross);
  svg.append(path);
  element.append(svg);
  const text = document.createElement('span');
  text.setAttribute('aria-hidden', 'true');
  element.append(text);
  name(element, label, '');
  return element;
}

function name(element: HTMLElement, label: string, text: string): void {
  element.setAttribute('aria-label', label);
  const own = element.querySelector('span');
  if (own !== null) own.textContent = text;
}

/** Pins of what is added, in order; each stays the same element while it is dragged. */
function showAdded(view: MapView): () => void {
  const pins: Marker[] = [];
  let dragged = -1;
  let endPace = (): void => undefined;
  const moved = (at: number): Question | null => {
    const own = question.peek()?.question;
    const pin = pins[at];
    if (own === undefined || pin === undefined) return null;
    const { lng, lat } = pin.getLngLat();
    return withMoved(own, at, [lng, lat]);
  };
  const make = (at: number, place: Place): Marker => {
    const pin = new Marker({ element: sign('new', ''), anchor: 'bottom', draggable: true }).setLngLat(place).addTo(view.map);
    pin.on('dragstart', () => {
      dragged = at;
      endPace();
      endPace = keepPace(view, 'answer:areas');
    });
    pin.on('drag', () => (trial.value = moved(at)));
    pin.on('dragend', () => {
      dragged = -1;
      isLetGo = true;
      window.setTimeout(() => (isLetGo = false));
      endPace();
      const to = moved(at);
      batch(() => {
        if (to !== null) propose(to);
        trial.value = null;
      });
    });
    return pin;
  };
  const stop = effect(() => {
    const own = current.value;
    const added = own === null || state.value.asked !== 'coverage' ? [] : scenarioOf(own).added;
    for (const pin of pins.splice(added.length)) pin.remove();
    added.forEach((place, at) => {
      const pin = pins[at] ?? (pins[at] = make(at, place));
      if (at !== dragged) pin.setLngLat(place);
      if (own !== null) name(pin.getElement(), stepName(own, at), String(at + 1));
    });
  });
  return () => {
    stop();
    endPace();
    trial.value = null;
    for (const pin of pins) pin.remove();
  };
}

function showClosed(view: MapView): () => void {
  const crosses = new Map<string, Marker>();
  const stop = effect(() => {
    const own = current.value;
    const ids = own === null || state.value.asked !== 'coverage' ? [] : scenarioOf(own).closed;
    if (own !== null) lookUp(own.facilities, ids);
    void facilities.value;
    const wanted = new Map(ids.flatMap((id) => {
      const known = own === null ? undefined : facilityOf(own, id);
      return known?.place ? [[id, known] as const] : [];
    }));
    for (const [id, cross] of crosses) if (!wanted.has(id)) { cross.remove(); crosses.delete(id); }
    for (const [id, known] of wanted) {
      if (known.place === null) continue;
      const cross = crosses.get(id) ?? new Marker({ element: sign('closed', '') }).setLngLat(known.place).addTo(view.map);
      name(cross.getElement(), known.name, '');
      crosses.set(id, cross);
    }
  });
  return () => {
    stop();
    for (const cross of crosses.values()) cross.remove();
  };
}

/** The facility under a point, if single ones can be told. */
export function facilityAt(view: MapView, { x, y }: { x: number; y: number }): { id: string; properties: Record<string, unknown> } | null {
  const own = question.peek();
  if (own === null || own.kind !== 'coverage' || !canClose(own.question)) return null;
  const layers = [facilityLayer('facilities', 0), facilityLayer('facilityAreas', 0)].filter((id) => view.map.getLayer(id));
  if (layers.length === 0) return null;
  const key = find(own.question.facilities)?.key ?? [];
  const distance = ({ geometry }: GeoJSON.Feature): number => {
    if (geometry.type !== 'Point') return 0;
    const at = view.map.project(geometry.coordinates as Place);
    return Math.hypot(at.x - x, at.y - y);
  };
  const [nearest] = view.map.queryRenderedFeatures([[x - reach, y - reach], [x + reach, y + reach]], { layers }).sort((left, right) => distance(left) - distance(right));
  if (nearest === undefined) return null;
  const properties = nearest.properties as Record<string, unknown>;
  const id = featureId(nearest.id, properties, key);
  return id === null ? null : { id, properties };
}

/** Does what a click on the map means for the scenario; false where it means nothing. */
export function clicked(view: MapView, point: { x: number; y: number }): boolean {
  if (isLetGo) return true;
  const own = question.peek();
  if (own === null || own.kind !== 'coverage') return false;
  if (placing.peek()) {
    const { lng, lat } = view.map.unproject([point.x, point.y]);
    placing.value = false;
    propose(withAdded(own.question, [[lng, lat]]));
    return true;
  }
  const there = facilityAt(view, point);
  if (there === null) return false;
  propose(withToggled(own.question, there.id));
  return true;
}

/** Keeps pins and crosses in step with the question; the answer to the call takes them off. */
export function showScenario(view: MapView): () => void {
  const stops = [showAdded(view), showClosed(view)];
  const stopCursor = effect(() => void view.map.getCanvas().classList.toggle('placing', placing.value && state.value.asked === 'coverage'));
  return () => {
    for (const stop of [...stops, stopCursor]) stop();
    placing.value = false;
    view.map.getCanvas().classList.remove('placing');
  };
}
