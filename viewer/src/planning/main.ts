/** The page for planners: one question, its answer, and a link that reproduces both. */

import type { Map as MapLibre } from 'maplibre-gl';
import { pageBase } from '../address';
import { hasView } from '../fragment';
import { chooseLanguage, fill, speech, type Language } from '../language';
import { makeMap } from '../map';
import { make } from '../page';
import { answerView, type Answer } from './answer';
import { addAnswer, frame, showAnswer } from './map';
import { others } from './others';
import { first, fromSearch, toSearch, type Choices, type Question } from './question';
import { sentence } from './sentence';
import { planningWords } from './words';

declare global {
  interface Window {
    /** The map of the planning page, for tests and the curious. */
    veedelPlanningMap?: MapLibre;
  }
}

interface Page {
  base: string;
  language: Language;
  choices: Choices;
  map: MapLibre;
  mapReady: Promise<void>;
  question: HTMLElement;
  answer: HTMLElement;
  /** Counts questions, so that a slow answer does not replace a later one. */
  asked: number;
  /** Whether the map shows what the reader wants to see, by the address or after the first answer. */
  fitted: boolean;
}

async function ask(address: string): Promise<unknown> {
  const answer = await fetch(address, { cache: 'no-cache' });
  const document = (await answer.json()) as { detail?: string; hint?: string };
  if (!answer.ok) throw new Error([document.detail, document.hint].filter(Boolean).join(' – '));
  return document;
}

async function show(page: Page, question: Question): Promise<void> {
  const words = planningWords[page.language];
  const number = (page.asked += 1);
  const parameters = toSearch(question);
  const lang = new URLSearchParams(location.search).get('lang');
  const own = new URLSearchParams(parameters);
  if (lang !== null) own.set('lang', lang);
  history.replaceState(history.state, '', `${location.pathname}?${own}${location.hash}`);
  // Whoever chose by the keyboard goes on from the same blank.
  const blank = document.activeElement instanceof HTMLSelectElement ? document.activeElement.name : null;
  page.question.replaceChildren(sentence(page.choices, question, words, page.language, (next) => void show(page, next)));
  if (blank !== null) page.question.querySelector<HTMLSelectElement>(`select[name="${blank}"]`)?.focus();
  page.answer.replaceChildren(make('p', { class: 'waiting', role: 'status' }, words.asking));
  const address = (format: string) => `${page.base}processes/coverage/execution?${parameters}&lang=${page.language}&f=${format}`;
  try {
    const [answer, collection] = await Promise.all([ask(address('json')), ask(address('geojson'))]);
    if (number !== page.asked) return;
    const features = collection as GeoJSON.FeatureCollection;
    const downloads = ['CSV', 'XLSX', 'GeoJSON', 'JSON'].map((name) => make('a', { href: address(name.toLowerCase()), download: true }, name));
    const link = make('a', { href: location.href, class: 'link' }, words.link);
    const to = (id: string) => frame(page.map, features.features.filter((feature) => feature.id === `area.${id}`));
    const id = (answer as Answer).result?.id;
    const kept = id === undefined ? null : make('a', { href: `${page.base}results/${id}`, class: 'kept' }, words.kept);
    const profile = (area: string) =>
      `${page.base}processes/profile/execution?${new URLSearchParams({ area, level: question.by, date: question.date, lang: page.language, f: 'xlsx' })}`;
    const more = others(question, page.choices, words, page.base, page.language);
    page.answer.replaceChildren(answerView(answer as Answer, words, page.language, [link, kept, ...downloads], to, profile, more, page.choices.labels));
    await page.mapReady;
    if (number !== page.asked) return;
    showAnswer(page.map, features, !page.fitted);
    page.fitted = true;
  } catch (fault) {
    if (number !== page.asked) return;
    const what = fault instanceof Error ? fault.message : String(fault);
    page.answer.replaceChildren(make('p', { class: 'failed', role: 'alert' }, fill(words.failed, { what })));
  }
}

async function start(): Promise<void> {
  const base = pageBase(location.href);
  // German first: English only for those who ask for it.
  const asked = new URLSearchParams(location.search).has('lang');
  const language = asked ? chooseLanguage(location.search, []) : chooseLanguage('', [...navigator.languages, 'de']);
  const words = planningWords[language];
  document.documentElement.lang = language;
  document.title = words.title;
  const container = make('div', { class: 'map', role: 'region', 'aria-label': words.map });
  const question = make('section', { class: 'question', 'aria-label': words.question });
  const answer = make('section', { class: 'given', 'aria-label': words.answer, 'aria-live': 'polite' });
  const home = make('a', { href: base }, words.subtitle);
  document.body.append(make('main', {}, make('header', {}, make('h1', {}, 'veedel'), home), question, answer), container);
  const choices = ((await ask(`${base}processes?lang=${language}`)) as { 'veedel:choices': Choices })['veedel:choices'];
  if (choices.facilities.length === 0 || choices.levels.length === 0) {
    answer.replaceChildren(make('p', { class: 'failed', role: 'alert' }, words.nothing));
    return;
  }
  // Asked before the map is made, which writes its view there.
  const fitted = hasView(location.hash);
  const { map } = makeMap(container, base, speech(language));
  window.veedelPlanningMap = map;
  const mapReady = new Promise<void>((ready) => void map.once('load', () => { addAnswer(map); ready(); }));
  const page: Page = { base, language, choices, map, mapReady, question, answer, asked: 0, fitted };
  await show(page, fromSearch(location.search, first(choices)));
}

void start();
