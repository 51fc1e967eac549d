/** What the page shows: one value, which the address holds whole (`address.ts`). */

/** The ways into the data. */
export type Door = 'map' | 'questions';

/** Where the map looks. */
export interface View {
  zoom: number;
  lat: number;
  lon: number;
  bearing: number;
  pitch: number;
}

export interface Chosen {
  collection: string;
  feature: string;
}

/** A place that was looked for. */
export interface Pin {
  lon: number;
  lat: number;
  label: string;
}

/** What the map of a scenario shows. */
export type Shows = 'before' | 'after' | 'difference';

export type Theme = 'light' | 'dark';
export type Language = 'de' | 'en';

export interface State {
  door: Door;
  /** null: all that is shown. */
  view: View | null;
  /** Collections that are not shown, in order; null: as the server says. */
  hidden: string[] | null;
  /** Entries of a legend that are off, by collection: the first value of each, empty for "others". */
  off: Record<string, string[]>;
  /** Percent, by collection; 100 is not said. */
  opacity: Record<string, number>;
  /** What is left of each collection, as CQL2. */
  filters: Record<string, string>;
  /** The feature in the card. */
  chosen: Chosen | null;
  pin: Pin | null;
  /** The collection in the table beside the map. */
  table: string | null;
  /** The question: its parameters as the server takes them; null: the one to begin with. */
  question: [string, string][] | null;
  /** Which of the questions. */
  asked: string;
  /** The area of the answer that is marked. */
  area: string | null;
  /** Which side of a scenario the map shows. */
  shows: Shows;
  /** null: as the browser prefers. */
  language: Language | null;
  theme: Theme | null;
}

export const questionKinds = ['coverage', 'nearest', 'supply', 'reach', 'siting', 'profile'];

/** The page as it is without an address. */
export const atFirst: State = {
  door: 'map', view: null, hidden: null, off: {}, opacity: {}, filters: {}, chosen: null, pin: null, table: null,
  question: null, asked: 'coverage', area: null, shows: 'after', language: null, theme: null,
};
