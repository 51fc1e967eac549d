/**
 * State in an address and back.
 *
 * The map stands at the page's base, the questions at `planung` beside it. A question is the query, as it is the
 * server's; everything else is in the fragment, whose names are few letters as people share these addresses.
 */

import { atFirst, questionKinds, type Door, type Language, type Pin, type Shows, type State, type Theme, type View } from './state';

export interface Read {
  state: State;
  /** Names of the parts of the address that say nothing this page knows. */
  odd: string[];
}

/** The last segment of the address of each door. */
export const paths: Record<Door, string> = { map: '', questions: 'planung' };

/** What a question may hold, as the server names it; the page passes on what it has no blank for. */
export const parameters = [
  'facilities', 'filter', 'type', 'and', 'on', 'minimum_area', 'add', 'remove', 'ages', 'distance', 'minutes', 'rule', 'profile', 'by',
  'date', 'rollup', 'capacity', 'target', 'p', 'merge', 'area', 'level',
];

/** An address holds no more than this; browsers and proxies take about as much. */
const longest = 16_000;

const encode = (text: string): string => encodeURIComponent(text).replace(/[!'()*~]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** As many digits as a pixel of the map can tell at this zoom. */
export function viewText({ zoom, lat, lon, bearing, pitch }: View): string {
  const digits = Math.max(0, Math.ceil((zoom * Math.LN2 + Math.log(512 / 360 / 0.5)) / Math.LN10));
  const parts = [Math.round(zoom * 100) / 100, lat.toFixed(digits), lon.toFixed(digits)];
  if (bearing !== 0 || pitch !== 0) parts.push(Math.round(bearing * 10) / 10);
  if (pitch !== 0) parts.push(Math.round(pitch));
  return parts.map((part) => String(Number(part))).join('/');
}

/** A view, if the numbers are places on earth that a map can show. */
export function readView(text: string): View | null {
  const numbers = text.split('/').map((part) => (part.trim() === '' ? NaN : Number(part)));
  const [zoom = NaN, lat = NaN, lon = NaN, bearing = 0, pitch = 0] = numbers;
  if (numbers.length > 5 || ![zoom, lat, lon, bearing, pitch].every(Number.isFinite)) return null;
  if (zoom < 0 || zoom > 24 || Math.abs(lat) > 90 || Math.abs(lon) > 180 || Math.abs(bearing) > 360 || pitch < 0 || pitch > 85) return null;
  return { zoom, lat, lon, bearing, pitch };
}

const writeMap = <Value>(map: Record<string, Value>, write: (value: Value) => string): string =>
  Object.keys(map).sort().map((key) => `${encode(key)}:${write(map[key] as Value)}`).join(';');

/** `a:x;b:y`; an entry that `read` refuses is left out, and makes the whole odd. */
function readMap<Value>(text: string, read: (value: string) => Value | null): { map: Record<string, Value>; isOdd: boolean } {
  const entries = text.split(';').filter((part) => part !== '').map((part) => {
    const at = part.indexOf(':');
    return at < 1 ? null : ([decode(part.slice(0, at)), read(part.slice(at + 1))] as const);
  });
  const good = entries.filter((entry): entry is readonly [string, Value] => entry !== null && entry[1] !== null);
  return { map: Object.fromEntries(good), isOdd: good.length < entries.length };
}

function readPin(text: string): Pin | null {
  const [, lon, lat, label = ''] = /^(-?\d+(?:\.\d+)?)\/(-?\d+(?:\.\d+)?):(.*)$/s.exec(text) ?? [];
  const pin = { lon: Number(lon ?? NaN), lat: Number(lat ?? NaN), label: decode(label) };
  return Math.abs(pin.lon) <= 180 && Math.abs(pin.lat) <= 90 ? pin : null;
}

const list = (text: string): string[] => text.split(',').map(decode);

const pair = (text: string): [string, string] | null => {
  const at = text.indexOf(':');
  return at < 1 ? null : [decode(text.slice(0, at)), decode(text.slice(at + 1))];
};

/** Everything but door, question and language. */
function fragmentOf(state: State): string {
  const parts: string[] = [];
  const add = (name: string, value: string | null) => value !== null && value !== '' && parts.push(`${name}=${value}`);
  add('map', state.view && viewText(state.view));
  if (state.hidden !== null) parts.push(`hidden=${state.hidden.map(encode).join(',')}`);
  add('off', writeMap(state.off, (values) => values.map((value) => (value === '-' ? '%2D' : encode(value) || '-')).join(',')));
  add('opacity', writeMap(state.opacity, String));
  add('filter', writeMap(state.filters, encode));
  add('feature', state.chosen && `${encode(state.chosen.collection)}:${encode(state.chosen.feature)}`);
  add('pin', state.pin && `${state.pin.lon}/${state.pin.lat}:${encode(state.pin.label)}`);
  add('table', state.table && encode(state.table));
  if (state.door === 'map' && state.question !== null) add('question', encode(queryOf(state.question)) || '-');
  if (state.door === 'map' && state.asked !== atFirst.asked) add('asked', state.asked);
  add('area', state.area && encode(state.area));
  if (state.shows !== atFirst.shows) parts.push(`shows=${state.shows}`);
  add('theme', state.theme);
  return parts.length === 0 ? '' : `#${parts.join('&')}`;
}

const queryOf = (question: [string, string][]): string => new URLSearchParams(question).toString();

/** The address of a state, from the page's base on. */
export function addressOf(state: State): string {
  const query = new URLSearchParams();
  if (state.door === 'questions') {
    if (state.asked !== atFirst.asked) query.append('ask', state.asked);
    state.question?.forEach(([name, value]) => query.append(name, value));
  }
  if (state.language !== null) query.append('lang', state.language);
  const text = query.toString();
  return `${paths[state.door]}${text === '' ? '' : `?${text}`}${fragmentOf(state)}`;
}

function readQuestion(entries: [string, string][], odd: string[]): [string, string][] | null {
  const known = entries.filter(([name]) => parameters.includes(name));
  entries.filter(([name]) => !parameters.includes(name)).forEach(([name]) => odd.push(name));
  return known.length === 0 ? null : known;
}

const readLanguage = (text: string | null): Language | null => {
  const primary = text?.toLowerCase().split('-')[0];
  return primary === 'de' || primary === 'en' ? primary : null;
};

const readShows = (text: string): Shows | null => (text === 'before' || text === 'after' || text === 'difference' ? text : null);

const readTheme = (text: string): Theme | null => (text === 'light' || text === 'dark' ? text : null);

/** How each part of the fragment is read; false where it says nothing. */
const parts: Record<string, (state: State, text: string, odd: string[]) => boolean> = {
  map: (state, text) => (state.view = readView(text)) !== null,
  hidden: (state, text) => Boolean(state.hidden = [...new Set(text === '' ? [] : list(text).filter((id) => id !== ''))].sort()),
  off: (state, text) => {
    const { map, isOdd } = readMap(text, (values) => [...new Set(values.split(',').map((value) => (value === '-' ? '' : decode(value))))]);
    state.off = map;
    return !isOdd;
  },
  opacity: (state, text) => {
    const { map, isOdd } = readMap(text, (value) => (/^\d{1,2}$/.test(value) ? Number(value) : null));
    state.opacity = map;
    return !isOdd;
  },
  filter: (state, text) => {
    const { map, isOdd } = readMap(text, (value) => decode(value).trim() || null);
    state.filters = map;
    return !isOdd;
  },
  feature: (state, text) => {
    const found = pair(text);
    state.chosen = found && found[1] !== '' ? { collection: found[0], feature: found[1] } : null;
    return state.chosen !== null;
  },
  pin: (state, text) => (state.pin = readPin(text)) !== null,
  table: (state, text) => (state.table = decode(text) || null) !== null,
  question: (state, text, odd) => {
    if (state.door === 'map') state.question = readQuestion([...new URLSearchParams(decode(text))], odd);
    return true;
  },
  asked: (state, text) => {
    if (state.door === 'map' && questionKinds.includes(text)) state.asked = text;
    return questionKinds.includes(text);
  },
  area: (state, text) => (state.area = decode(text) || null) !== null,
  shows: (state, text) => Boolean(state.shows = readShows(text) ?? atFirst.shows) && readShows(text) !== null,
  theme: (state, text) => (state.theme = readTheme(text)) !== null,
};

/** The state of an address; what cannot be read is as at first, and named. */
export function readAddress({ pathname, search, hash }: { pathname: string; search: string; hash: string }): Read {
  const state: State = structuredClone(atFirst);
  const odd: string[] = [];
  if (search.length + hash.length > longest) return { state, odd: ['…'] };
  if (pathname.replace(/\/$/, '').split('/').at(-1) === paths.questions) state.door = 'questions';
  const query = new URLSearchParams(search);
  if (query.has('lang')) state.language = readLanguage(query.get('lang'));
  if (query.has('lang') && state.language === null) odd.push('lang');
  if (state.door === 'questions') {
    const asked = query.get('ask');
    if (asked !== null && questionKinds.includes(asked)) state.asked = asked;
    else if (asked !== null) odd.push('ask');
    state.question = readQuestion([...query].filter(([name]) => name !== 'lang' && name !== 'ask'), odd);
  }
  for (const part of hash.replace(/^#/, '').split('&')) {
    if (part === '') continue;
    const at = part.indexOf('=');
    const name = at < 0 ? part : part.slice(0, at);
    const read = Object.hasOwn(parts, name) ? parts[name] : undefined;
    if (read === undefined || at < 0 || !read(state, part.slice(at + 1), odd)) odd.push(decode(name));
  }
  return { state, odd: [...new Set(odd)].map((name) => name.slice(0, 40)) };
}
