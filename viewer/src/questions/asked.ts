/** The question that stands in the address, and the answer to it: asked whenever it is another. */

import { computed, effect, signal, type ReadonlySignal } from '@preact/signals';
import { find } from '../model';
import { askJson, Refusal } from '../server/ask';
import { base, change, language, spoken, state } from '../state/store';
import { choicesOf } from './choices';
import { figuresOf, type Figures } from './figures';
import { first, fitted, fromParameters, parametersOf, possible, toParameters, type Choices, type Kind, type Question } from './question';
import { fittedTo, isScenario, scenarioOf } from './scenario';
import { questionWords, type QuestionWords } from './words';

export interface Answer {
  kind: Kind;
  question: Question;
  /** The parameters that the server was asked with. */
  parameters: string;
  figures: Figures;
  json: unknown;
  features: GeoJSON.FeatureCollection;
  /** Asked while a pin is dragged: then the cells of those without are not known yet. */
  isTrial: boolean;
}

/** What can be asked here; null until that is known. */
export const choices = signal<Choices | null>(null);

/** Why it is not known. */
export const choicesFault = signal<string | null>(null);

/** The last answer; while the next is worked out, it is dimmed. */
export const answer = signal<Answer | null>(null);
export const isAsking = signal(false);
/** Why there is no answer; then there is no old one either. */
export const fault = signal<string | null>(null);
const again = signal(0);

export const words: ReadonlySignal<QuestionWords> = computed(() => questionWords[language.value]);

/** Whether the facilities are areas, so that their size can count. */
export const isAreaOf = (question: Question): boolean => find(question.facilities)?.geometry === 'polygon';

/** The question of the page; null until it is known what can be asked. */
export const question: ReadonlySignal<{ kind: Kind; question: Question } | null> = computed(() => {
  const all = choices.value;
  if (all === null || all.levels.length === 0 || all.facilities.length + all.types.length === 0) return null;
  const asked = fromParameters(state.value.question, first(all));
  const kind = state.value.asked as Kind;
  return { kind, question: fitted(kind, asked, all, isAreaOf(asked)) };
});

/** The question while a pin is dragged: it comes into the address when the pin is let go. */
export const trial = signal<Question | null>(null);

/** The question as it is being asked now, on trial or not. */
export const current: ReadonlySignal<Question | null> = computed(() => trial.value ?? question.value?.question ?? null);

/** The questions that can be asked about these facilities. */
export const offered: ReadonlySignal<Kind[]> = computed(() => {
  const own = question.value;
  return own === null || choices.value === null ? [] : possible(choices.value, own.question, isAreaOf(own.question));
});

/** Asks something else. */
export function ask(next: Question, kind: Kind = (question.value?.kind ?? 'coverage')): void {
  const own = question.peek()?.question;
  change({ asked: kind, question: toParameters(own ? fittedTo(next, own) : next), area: null });
}

/** Asks what would be if; the area that is marked stays so. Without a scenario there is nothing to compare. */
export function propose(next: Question): void {
  change({ asked: 'coverage', question: toParameters(next), ...(isScenario(scenarioOf(next)) ? {} : { shows: 'after' as const }) });
}

export const addressOfAnswer = (kind: Kind, parameters: string, format: string): string =>
  `${base}processes/${kind}/execution?${parameters}&lang=${language.value}&f=${format}`;

function sentence(caught: unknown): string {
  if (caught instanceof Refusal) return caught.message;
  return caught instanceof TypeError ? spoken.value.words.serverAway : String(caught);
}

let pending = new AbortController();
let lastAsked = '';

async function answerTo(kind: Kind, asked: Question): Promise<void> {
  const parameters = parametersOf(kind, asked).toString();
  const key = `${kind}?${parameters}&${language.value}&${again.value}`;
  if (key === lastAsked) return;
  lastAsked = key;
  pending.abort();
  pending = new AbortController();
  const { signal: own } = pending;
  // The last answer on trial is to this question already: only the cells are missing.
  isAsking.value = fault.peek() !== null || answer.peek()?.kind !== kind || answer.peek()?.parameters !== parameters;
  try {
    const [json, features] = await Promise.all(['json', 'geojson'].map((format) => askJson(addressOfAnswer(kind, parameters, format), language.value, own)));
    if (own.aborted) return;
    fault.value = null;
    answer.value = { kind, question: asked, parameters, figures: figuresOf(kind, json, words.value), json, features: features as GeoJSON.FeatureCollection, isTrial: false };
  } catch (caught) {
    if (own.aborted) return;
    answer.value = null;
    fault.value = sentence(caught);
    // A server that is away comes back: then it is asked once more.
    if (caught instanceof TypeError) window.setTimeout(() => own === pending.signal && (again.value += 1), 3000);
  }
  isAsking.value = false;
}

/** An answer on trial may be this late, in milliseconds, before the one before it is dimmed. */
const late = 400;

let tried = new AbortController();
let next: Question | null = null;
let isTrying = false;
let lastTried: Question | null = null;

/** Asks for numbers and areas alone; whatever is asked meanwhile, at most one question is under way, and the newest is next. */
async function tryOut(asked: Question): Promise<void> {
  if (asked === lastTried) return;
  lastTried = asked;
  next = asked;
  lastAsked = '';
  pending.abort();
  if (isTrying) return;
  isTrying = true;
  tried = new AbortController();
  const { signal } = tried;
  while (next !== null && !signal.aborted) {
    const own: Question = next;
    next = null;
    await tryOne(own, signal);
  }
  if (!signal.aborted) isTrying = false;
}

/** Nothing is on trial any more. */
function stopTrying(): void {
  tried.abort();
  isTrying = false;
  [next, lastTried] = [null, null];
}

async function tryOne(asked: Question, signal: AbortSignal): Promise<void> {
  const parameters = parametersOf('coverage', asked).toString();
  const timer = window.setTimeout(() => !signal.aborted && (isAsking.value = true), late);
  try {
    const json = await askJson(addressOfAnswer('coverage', parameters, 'json'), language.value, signal);
    const before = answer.peek();
    if (signal.aborted || before === null) return;
    fault.value = null;
    answer.value = { ...before, kind: 'coverage', question: asked, parameters, figures: figuresOf('coverage', json, words.value), json, isTrial: true };
    isAsking.value = false;
  } catch (caught) {
    // What is wrong is said when the pin is let go; until then the old answer stands dimmed.
    if (!signal.aborted) isAsking.value = true;
    if (!signal.aborted && !(caught instanceof Refusal)) console.info(String(caught));
  } finally {
    window.clearTimeout(timer);
  }
}

export const askAgain = (): void => void (again.value += 1);

/** A profile needs an area: the first, until one is chosen. */
async function withArea(asked: Question): Promise<Question> {
  if (asked.area !== '') return asked;
  const [one] = await areasOf(asked.level);
  return { ...asked, area: one?.id ?? '' };
}

const areas = new Map<string, Promise<{ id: string; name: string }[]>>();

/** The areas of a level, by the ids that questions take: those of an answer, as nothing else lists them. */
export function areasOf(level: string): Promise<{ id: string; name: string }[]> {
  const known = areas.get(level);
  if (known !== undefined) return known;
  const read = async (): Promise<{ id: string; name: string }[]> => {
    const all = await choicesOf();
    const facilities = all.facilities[0];
    const about: Record<string, string> = facilities === undefined ? { type: all.types[0]?.type ?? '' } : { facilities: facilities.collection };
    const parameters = new URLSearchParams({ ...about, by: level, distance: String(all.distances[0] ?? 1000) });
    const json = await askJson(addressOfAnswer('coverage', parameters.toString(), 'json'), language.value);
    return figuresOf('coverage', json, words.value).rows.map(({ id, name }) => ({ id, name })).sort((left, right) => left.name.localeCompare(right.name, 'de'));
  };
  const asked = read();
  areas.set(level, asked);
  asked.catch(() => areas.delete(level));
  return asked;
}

/** Follows the address while the questions are open. */
export function followQuestions(): () => void {
  const stopChoices = effect(() => {
    void [language.value, again.value];
    choicesOf().then((known) => {
      choices.value = known;
      choicesFault.value = null;
    }, (caught: unknown) => {
      choicesFault.value = sentence(caught);
      if (caught instanceof TypeError) window.setTimeout(() => (again.value += 1), 3000);
    });
  });
  const stopAnswers = effect(() => {
    const own = question.value;
    void [language.value, again.value];
    if (own === null || state.value.door !== 'questions') return;
    if (trial.value !== null) {
      void tryOut(trial.value);
      return;
    }
    stopTrying();
    if (own.kind !== 'profile') void answerTo(own.kind, own.question);
    else void withArea(own.question).then((whole) => (question.peek() === own ? answerTo('profile', whole) : undefined), (caught: unknown) => { fault.value = sentence(caught); });
  });
  return () => {
    stopChoices();
    stopAnswers();
  };
}
