/** The question as a sentence with blanks: each blank is a list of what can be answered here. */

import { useEffect, useState } from 'preact/hooks';
import { useColumns } from '../layers/details';
import { find } from '../model';
import { language, spoken } from '../state/store';
import { fill } from '../words/language';
import { areasOf, ask, isAreaOf, words as wordsOf } from './asked';
import { agesServed, byMeans, capacitiesOf, condition, hasLimit, limit, named, takesRules, withLimit, type Choices, type Kind, type Question } from './question';
import type { QuestionWords } from './words';

interface Option { value: string; text: string }

function Blank({ name, label, options, chosen, changed, unknown = chosen }: {
  name: string; label: string; options: Option[]; chosen: string; changed: (value: string) => void; unknown?: string;
}) {
  const known = options.some(({ value }) => value === chosen) ? options : [...options, { value: chosen, text: unknown }];
  const text = known.find(({ value }) => value === chosen)?.text ?? '';
  return (
    <span class="blank">
      <span class="blank-text" aria-hidden="true">{text}</span>
      <select name={name} aria-label={label} value={chosen} onChange={(event) => changed(event.currentTarget.value)}>
        {known.map(({ value, text: said }) => <option key={value} value={value}>{said}</option>)}</select>
    </span>
  );
}

function ageText(from: number, until: number, words: QuestionWords): string {
  return until >= 200 ? `${from}+` : fill(words.ages, { from: String(from), until: String(until - 1) });
}

/** The ages, those first that the facilities are for. */
function ages(choices: Choices, words: QuestionWords, question: Question): Option[] {
  const { ages: asked } = question;
  const served = agesServed(choices, question);
  const groups = choices.groups.map(([from, until]) => ({ value: `${from},${until}`, text: ageText(from, until, words), isServed: served !== null && from >= served[0] && until <= served[1] }));
  const [from = NaN, until = NaN] = asked.split(',').map(Number);
  const isOwn = Number.isFinite(from) && Number.isFinite(until) && !groups.some(({ value }) => value === asked);
  return [...groups.filter(({ isServed }) => isServed), { value: '', text: words.everybody }, ...groups.filter(({ isServed }) => !isServed), ...(isOwn ? [{ value: asked, text: ageText(from, until, words) }] : [])];
}

/** The value of a choice of facilities: the collection and the condition, or the type. */
const chosenFacilities = (collection: string, filter: string, type = '') => JSON.stringify([collection, filter, type]);

/** Types, then collections and what is in them, in one list. */
function facilities(choices: Choices, words: QuestionWords): Option[] {
  const types = choices.types.map(({ type, title }) => ({ value: chosenFacilities('', '', type), text: title }));
  const collections = choices.facilities.flatMap(({ collection, title, column, kinds }) => {
    const all = { value: chosenFacilities(collection, ''), text: kinds.length > 0 ? `${title} (${words.all})` : title };
    if (column === undefined) return [all];
    const each = kinds.map(([kind, count]) => ({ value: chosenFacilities(collection, condition(column, kind)), text: `${kind} (${count})` }));
    return [...each, all];
  });
  return [...types, ...collections];
}

/** Distances, times by this means, and rules where a question takes them. */
function within(choices: Choices, words: QuestionWords, kind: Kind, { within: asked, profile }: Question): Option[] {
  const { number } = spoken.value;
  const metres = (count: number): string => fill(words.metres, { count: number(count) });
  const options = choices.distances.map((distance) => ({ value: String(distance), text: metres(distance) }));
  const minutes = (count: number): string => fill(words.minutes, { count: number(count) });
  options.push(...(choices.minutes[profile] ?? []).map((time) => ({ value: `${time}min`, text: minutes(time) })));
  if (takesRules(kind)) options.push(...choices.rules.map(([id, title]) => ({ value: id, text: title[language.value] })));
  const [by, count] = limit(asked);
  const isKnown = options.some(({ value }) => value === asked);
  if (by === 'minutes' && !isKnown) options.push({ value: asked, text: minutes(Number(count)) });
  if (by === 'distance' && !isKnown) options.push({ value: asked, text: metres(Number(count)) });
  return options;
}

/** The areas of a level, once they are known. */
function useAreas(level: string, isWanted: boolean): Option[] {
  const [options, set] = useState<Option[]>([]);
  useEffect(() => {
    let isCurrent = true;
    if (isWanted) void areasOf(level).then((all) => isCurrent && set(all.map(({ id, name }) => ({ value: id, text: name }))), () => undefined);
    return () => { isCurrent = false; };
  }, [level, isWanted]);
  return options;
}

export function Sentence({ choices, kind, question }: { choices: Choices; kind: Kind; question: Question }) {
  const words = wordsOf.value;
  const { date } = spoken.value;
  const areas = useAreas(question.level, kind === 'profile');
  const set = (name: keyof Question) => (value: string) => ask({ ...question, [name]: value });
  const titles = useColumns(question.facilities);
  const { labels } = words;
  const columns = capacitiesOf(choices, question, isAreaOf(question));
  const levels = choices.levels.map(([value, text]) => ({ value, text }));
  const blanks: Record<string, () => preact.JSX.Element> = {
    ages: () => <Blank name="ages" label={labels.ages} options={ages(choices, words, question)} chosen={question.ages} changed={set('ages')} />,
    facilities: () => <Blank name="facilities" label={labels.facilities} options={facilities(choices, words)}
      chosen={chosenFacilities(question.facilities, question.filter, question.type)} unknown={named(choices, question)} changed={(value) => {
        const [collection, filter, type] = JSON.parse(value) as [string, string, string];
        const isOther = find(collection)?.geometry !== find(question.facilities)?.geometry || capacitiesOf(choices, { ...question, facilities: collection }, false).length === 0;
        ask({ ...question, facilities: collection, filter, type, capacity: isOther ? '' : question.capacity }, kind === 'supply' && collection === '' ? 'coverage' : kind);
      }} />,
    within: () => <Blank name="within" label={labels.within} options={within(choices, words, kind, question)} chosen={question.within} changed={(value) => ask(withLimit(question, value, choices))} />,
    profile: () => <Blank name="profile" label={labels.profile} options={choices.profiles.map((value) => ({ value, text: words.profiles[value] ?? value }))} chosen={question.profile}
      changed={(value) => ask(hasLimit(kind) ? byMeans(question, value, choices) : { ...question, profile: value })} />,
    by: () => <Blank name="by" label={labels.by} options={levels} chosen={question.by} changed={set('by')} />,
    date: () => <Blank name="date" label={labels.date} options={choices.dates.map((value) => ({ value, text: date(value) }))} chosen={question.date} changed={set('date')} />,
    capacity: () => <Blank name="capacity" label={labels.capacity} chosen={question.capacity} changed={set('capacity')}
      options={columns.map((value) => ({ value, text: value === 'area' ? words.squareMetres : titles?.find(({ name }) => name === value)?.title ?? value }))} />,
    p: () => <Blank name="p" label={labels.p} options={Array.from({ length: 10 }, (_, at) => ({ value: String(at + 1), text: String(at + 1) }))} chosen={question.p} changed={set('p')} />,
    area: () => <Blank name="area" label={labels.area} options={areas} chosen={question.area || (areas[0]?.value ?? '')} unknown={question.area || words.chooseArea} changed={set('area')} />,
    level: () => <Blank name="level" label={labels.level} options={levels} chosen={question.level} changed={(value) => ask({ ...question, level: value, area: '' })} />,
  };
  return <p class="sentence">{words.sentences[kind].split(/(\{\w+\})/).map((part) => (part.startsWith('{') ? blanks[part.slice(1, -1)]?.() : undefined) ?? part)}</p>;
}
