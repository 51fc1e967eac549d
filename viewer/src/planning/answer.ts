/** The answer in words and numbers: one number, one sentence, a chart, a ranked table, the evidence. */

import type { Language } from '../language';
import { make, type Child } from '../page';
import type { PlanningWords } from './words';

/** A number, `*` where it is protected, or null. */
type Value = number | string | null;

interface Split {
  persons: Value;
  covered: Value;
  uncovered: Value;
  uncoveredShare: Value;
  /** How far protected counts may be off. */
  margin?: { persons: number; covered: number; uncovered: number };
}

interface Figures extends Split {
  areas: (Split & { id: string; name: string })[];
  /** Those who live in none of the areas, if there are any. */
  inNoArea?: Split;
}

export interface Answer extends Figures {
  /** Where something is added or removed, the figures are here, and not at the top. */
  after?: Figures;
  summary: { de: string; en: string };
  warnings: { code: string; de: string; en: string; ids?: string[] }[];
  /** Where the answer is kept, if it is. */
  result?: { id: string };
  evidence: unknown;
}

/** Bars of the chart. */
const bars = 10;

const numeric = (value: Value): number => (typeof value === 'number' ? value : -1);

function writer(language: Language): { number: (value: Value) => string; percent: (value: Value) => string } {
  const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
  const part = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1, minimumFractionDigits: 1 });
  const or = (value: Value, write: (value: number) => string) => (typeof value === 'number' ? write(value) : (value ?? '–'));
  return { number: (value) => or(value, (value) => whole.format(value)), percent: (value) => or(value, (value) => part.format(value)) };
}

/** How far the number of those without may be off, where it is protected. */
function margin(split: Split, write: ReturnType<typeof writer>): string {
  return split.margin === undefined ? '' : ` ± ${write.number(split.margin.uncovered)}`;
}

/** The areas, those where most live without first. */
export function ranked(answer: Figures): Figures['areas'] {
  return [...answer.areas].sort((a, b) => numeric(b.uncovered) - numeric(a.uncovered) || a.name.localeCompare(b.name, 'de'));
}

function chart(answer: Figures, words: PlanningWords, language: Language): HTMLElement {
  const write = writer(language);
  const rows = ranked(answer).filter(({ uncovered }) => numeric(uncovered) > 0).slice(0, bars);
  const most = Math.max(1, ...rows.map(({ uncovered }) => numeric(uncovered)));
  const bar = (row: Figures['areas'][number]) => {
    const line = make('span', { class: 'bar' });
    line.style.width = `${(numeric(row.uncovered) / most) * 100}%`;
    return make('li', {}, make('span', { class: 'name' }, row.name), make('span', { class: 'track' }, line),
      make('span', { class: 'count' }, write.number(row.uncovered)));
  };
  return make('section', { class: 'chart' }, make('h2', {}, words.most), make('ol', {}, ...rows.map(bar)));
}

function table(
  answer: Figures, words: PlanningWords, language: Language, chosen: (id: string) => void, profile: (id: string) => string,
): HTMLElement {
  const write = writer(language);
  const cells = (split: Split) => [
    write.number(split.persons), write.number(split.covered), write.number(split.uncovered) + margin(split, write),
    write.percent(split.uncoveredShare),
  ].map((text) => make('td', {}, text));
  const row = (area: Figures['areas'][number]) => {
    const name = make('button', { type: 'button', class: 'plain' }, area.name);
    name.addEventListener('click', () => chosen(area.id));
    const link = make('a', { href: profile(area.id), 'aria-label': `${words.profile} ${area.name}` }, words.profile);
    return make('tr', { 'data-id': area.id }, make('th', { scope: 'row' }, name), ...cells(area), make('td', {}, link));
  };
  const nowhere = answer.inNoArea === undefined ? []
    : [make('tr', {}, make('th', { scope: 'row' }, words.nowhere), ...cells(answer.inNoArea), make('td', {}))];
  const heads = [words.area, words.persons, words.covered, words.uncovered, words.share, words.profile];
  return make('table', {},
    make('thead', {}, make('tr', {}, ...heads.map((text) => make('th', { scope: 'col' }, text)))),
    make('tbody', {}, ...ranked(answer).map(row)),
    make('tfoot', {}, ...nowhere, make('tr', {}, make('th', { scope: 'row' }, words.total), ...cells(answer), make('td', {}))));
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The evidence as nested lists; of texts in both languages the reader's. */
function evidence(value: unknown, language: Language, labels: Record<string, string>): Child {
  if (Array.isArray(value)) {
    if (value.every((item) => !isObject(item))) return value.join(', ') || '–';
    return make('ul', {}, ...value.map((item) => make('li', {}, evidence(item, language, labels))));
  }
  if (!isObject(value)) return value === null || value === undefined ? '–' : String(value);
  if (typeof value.de === 'string' && typeof value.en === 'string' && Object.keys(value).length === 2) return value[language] as string;
  const entries = Object.entries(value).filter(([, own]) => own !== null);
  const text = typeof value.de === 'string' && typeof value.en === 'string' ? entries.filter(([key]) => key !== 'de' && key !== 'en') : entries;
  const items = text.flatMap(([key, own]) => [make('dt', {}, labels[key] ?? key), make('dd', {}, evidence(own, language, labels))]);
  const own = text.length < entries.length ? make('p', {}, value[language] as string) : null;
  return make('div', {}, own, make('dl', {}, ...items));
}

/** The whole answer. */
export function answerView(
  answer: Answer, words: PlanningWords, language: Language, downloads: Child[], chosen: (id: string) => void,
  profile: (id: string) => string, others: Child, labels: Record<string, string>,
): HTMLElement {
  const write = writer(language);
  const figures = answer.after ?? answer;
  const warnings = answer.warnings.map((warning) => make('li', { 'data-code': warning.code }, warning[language]));
  return make('div', { class: 'answer', lang: language },
    make('p', { class: 'number' }, make('strong', {}, write.number(figures.uncovered)), `${margin(figures, write)} / ${write.number(figures.persons)} `,
      make('span', {}, `(${write.percent(figures.uncoveredShare)}) ${words.withoutReach}`)),
    make('p', { class: 'summary' }, answer.summary[language]),
    warnings.length === 0 ? null : make('ul', { class: 'warnings', 'aria-label': words.warnings }, ...warnings),
    make('p', { class: 'downloads' }, ...downloads),
    chart(figures, words, language),
    table(figures, words, language, chosen, profile),
    others,
    make('details', { class: 'evidence' }, make('summary', {}, words.evidence), evidence(answer.evidence, language, labels)));
}
