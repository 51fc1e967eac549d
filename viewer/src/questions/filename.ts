/** Names of files that say what is in them. */

import { limit, readable, type Kind, type Question } from './question';
import { isScenario, scenarioOf } from './scenario';

const letters: Record<string, string> = { ä: 'ae', ö: 'oe', ü: 'ue', ß: 'ss', æ: 'ae', ø: 'o', œ: 'oe' };

/** A text as part of a file's name: small letters, digits and hyphens. */
export function slug(text: string): string {
  return text.toLowerCase().replace(/[äöüßæøœ]/g, (letter) => letters[letter] ?? '').normalize('NFKD').replace(/\p{M}/gu, '')
    .replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-+|-+$/g, '').slice(0, 60);
}

/** What the titles of a question are, as the page writes them. */
export interface Titles { facilities: string; profile: string; level: string; area: string; kind: string; scenario: string }

/** Such as `grundschule-1000m-zu-fuss-stadtteile-2012-12-31`. */
export function fileName(kind: Kind, question: Question, titles: Titles): string {
  const [by, count] = limit(question.within);
  const within = by === 'distance' ? `${count}m` : by === 'minutes' ? `${count}min` : count;
  const about = kind === 'profile' ? titles.area : question.filter === '' || question.type !== '' ? titles.facilities : readable(question.filter);
  const what = kind === 'coverage' ? '' : titles.kind;
  const near = kind === 'coverage' || kind === 'siting' || kind === 'reach' ? within : '';
  const moves = kind === 'supply' ? '' : titles.profile;
  const by_ = kind === 'profile' || kind === 'reach' ? '' : titles.level;
  const what_if = kind === 'coverage' && isScenario(scenarioOf(question)) ? titles.scenario : '';
  return [about, what, near, moves, by_, question.date, what_if].map(slug).filter((part) => part !== '').join('-') || 'veedel';
}
