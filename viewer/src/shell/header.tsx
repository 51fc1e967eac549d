/** The head of the page: what this is, its doors, the search, language and light. */

import { cityTitle } from '../model';
import { Search } from '../search/search';
import { change, hrefOf, language, spoken, state, theme } from '../state/store';
import type { Door } from '../state/state';
import { languages, type Language } from '../words/language';

/** A link that a plain click follows within the page. */
function go(event: MouseEvent, part: Parameters<typeof change>[0]): void {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  change(part);
}

function Doors() {
  const { words } = spoken.value;
  const doors: [Door, string][] = [['map', words.doorMap], ['questions', words.doorQuestions]];
  return (
    <nav class="doors" aria-label={words.doors}>
      {doors.map(([door, title]) => (
        <a key={door} href={hrefOf({ door })} data-door={door} aria-current={state.value.door === door ? 'page' : undefined} onClick={(event) => go(event, { door })}>{title}</a>))}
    </nav>
  );
}

function Languages() {
  return (
    <nav class="languages" aria-label={spoken.value.words.language}>
      {(Object.keys(languages) as Language[]).map((one) => (
        <a key={one} href={hrefOf({ language: one })} lang={one} hreflang={one} title={languages[one].languageName} data-language={one}
          aria-current={language.value === one ? 'true' : undefined} onClick={(event) => go(event, { language: one })}>{one.toUpperCase()}</a>))}
    </nav>
  );
}

function ThemeSwitch() {
  const { words } = spoken.value;
  const isDark = theme.value === 'dark';
  const label = isDark ? words.toLight : words.toDark;
  return <button type="button" class="icon-btn theme" aria-label={label} title={label} onClick={() => change({ theme: isDark ? 'light' : 'dark' })}>
    <span class={`kern-icon ${isDark ? 'kern-icon--light-mode' : 'kern-icon--dark-mode'}`} aria-hidden="true" /></button>;
}

export function Header() {
  return (
    <header class="top">
      <h1 class="brand"><span class="sign" aria-hidden="true" /><span dir="auto">{cityTitle.value || 'veedel'}</span></h1>
      <Doors />
      <Search />
      <Languages />
      <ThemeSwitch />
    </header>
  );
}
