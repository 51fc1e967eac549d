/** The page to try the API: every operation of the OpenAPI document with a form, and the answer as it came. */

import { pageBase } from '../server/addresses';
import { chooseLanguage, fill, type Language } from '../words/language';
import { make } from '../shell/element';
import { addressOf, operations, written, type OpenApi, type Operation, type Parameter } from './document';

/** The longest answer that is shown whole. */
const longest = 100_000;

const words = {
  de: {
    title: 'Die API ausprobieren', intro: 'Jede Adresse dieses Dienstes. Die Beschreibung als Dokument: ', map: 'Karte', collections: 'Datensätze',
    send: 'Anfragen', asking: 'Wird angefragt …', body: 'Inhalt', any: '–', failed: 'Keine Antwort: {what}', cut: '… gekürzt, {bytes} Zeichen in allem',
    binary: '{bytes} Bytes, kein Text', nav: 'Seiten',
  },
  en: {
    title: 'Try the API', intro: 'Every address of this server. The description as a document: ', map: 'Map', collections: 'Collections',
    send: 'Send', asking: 'Asking …', body: 'Body', any: '–', failed: 'No answer: {what}', cut: '… cut, {bytes} characters in all',
    binary: '{bytes} bytes, no text', nav: 'Pages',
  },
};

type Words = typeof words.de;

/** A field for one parameter; its value is read from the element. */
function field(parameter: Parameter, id: string, speak: Words): HTMLElement {
  const { schema } = parameter;
  const given = parameter.in === 'path' || parameter.required ? written(parameter.example) : '';
  const common = { id, name: parameter.name, required: parameter.required ?? false };
  const input = schema.enum === undefined
    ? make('input', { ...common, value: given, placeholder: written(parameter.example ?? schema.default) })
    : make('select', common, ...(parameter.required ? [] : [make('option', { value: '' }, speak.any)]),
      ...schema.enum.map((value) => make('option', { value }, value)));
  return make('div', {}, make('label', { for: id }, parameter.name), input, make('span', { class: 'words' }, parameter.description ?? ''));
}

async function answerText(answer: Response, speak: Words): Promise<string> {
  const type = answer.headers.get('content-type') ?? '';
  if (!/json|text|xml|csv/.test(type)) {
    return fill(speak.binary, { bytes: String((await answer.arrayBuffer()).byteLength) });
  }
  const text = await answer.text();
  const pretty = /json/.test(type) && text.length <= longest ? JSON.stringify(JSON.parse(text), null, 2) : text;
  return pretty.length <= longest ? pretty : `${pretty.slice(0, longest)}\n${fill(speak.cut, { bytes: String(pretty.length) })}`;
}

/** What is shown of an answer: status, header fields, body. */
async function send(address: string, operation: Operation, body: string | null, speak: Words): Promise<HTMLElement[]> {
  // What goes wrong is said in the language of the page.
  const headers: Record<string, string> = { 'accept-language': document.documentElement.lang };
  if (body !== null) headers['content-type'] = 'application/json';
  const request: RequestInit = { method: operation.verb, cache: 'no-cache', headers, body };
  const answer = await fetch(address, request);
  const head = [...answer.headers].map(([name, value]) => `${name}: ${value}`).join('\n');
  const link = make('a', { href: address }, address);
  return [
    make('p', {}, make('strong', {}, `${answer.status} ${answer.statusText}`), ' ', body === null ? link : address),
    make('pre', {}, head),
    make('pre', { tabindex: 0 }, await answerText(answer, speak)),
  ];
}

function operationView(operation: Operation, number: number, base: string, speak: Words): HTMLElement {
  const fold = make('details', {}, make('summary', {}, make('span', { class: 'verb' }, operation.verb), ' ', make('code', {}, operation.path), ' ', operation.summary));
  // The form is made when it is first looked at: there may be thousands.
  fold.addEventListener('toggle', () => {
    if (fold.querySelector('form') !== null) return;
    fold.append(...form(operation, number, base, speak));
  });
  return fold;
}

function form(operation: Operation, number: number, base: string, speak: Words): HTMLElement[] {
  const answer = make('div', { role: 'status' });
  const fields = operation.parameters.map((parameter, at) => field(parameter, `p${number}-${at}`, speak));
  const body = operation.body === null ? null : make('textarea', { 'aria-label': speak.body, spellcheck: 'false' }, operation.body);
  const view = make('form', {}, ...fields, body, make('button', { type: 'submit' }, speak.send));
  view.addEventListener('submit', (event) => {
    event.preventDefault();
    const values = new Map([...new FormData(view)].map(([name, value]) => [name, String(value)]));
    answer.replaceChildren(make('p', {}, speak.asking));
    send(addressOf(base, operation, values), operation, body?.value ?? null, speak)
      .catch((fault: unknown) => [make('p', { role: 'alert' }, fill(speak.failed, { what: String(fault) }))])
      .then((children) => answer.replaceChildren(...children));
  });
  return [view, answer];
}

async function start(): Promise<void> {
  const base = pageBase(location.href);
  const language: Language = chooseLanguage(location.search, navigator.languages);
  const speak = words[language];
  document.documentElement.lang = language;
  document.title = `veedel – ${speak.title}`;
  const nav = make('nav', { 'aria-label': speak.nav }, make('a', { href: base }, speak.map), make('a', { href: `${base}collections?f=html` }, speak.collections));
  const main = make('main', {}, make('h1', {}, speak.title), make('p', {}, speak.intro, make('a', { href: `${base}api?f=json` }, 'OpenAPI 3.0')));
  document.body.append(make('header', {}, nav), main);
  const answer = await fetch(`${base}api?f=json`, { cache: 'no-cache', headers: { 'accept-language': language } });
  const description = (await answer.json()) as OpenApi;
  const all = operations(description);
  for (const tag of description.tags) {
    const own = all.filter((operation) => operation.tag === tag.name);
    if (own.length === 0) continue;
    main.append(make('h2', {}, tag.name), ...own.map((operation) => operationView(operation, all.indexOf(operation), base, speak)));
  }
}

void start();
