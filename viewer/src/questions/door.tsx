/** The door to the questions: the sentence and its answer, and the key of the map. */

import { useEffect, useRef } from 'preact/hooks';
import { mapView } from '../map/controller';
import { pilot } from '../map/shared';
import { AnswerView } from './answer';
import { answer, ask, askAgain, choices, choicesFault, fault, followQuestions, isAsking, offered, question, words as wordsOf } from './asked';
import { drawAnswers } from './map';
import { showScenario } from './pins';
import { ScenarioPanel } from './whatif';
import { Sentence } from './sentence';
import { fill } from '../words/language';

export { MapKey } from './key';

function Kinds() {
  const words = wordsOf.value;
  const own = question.value;
  const row = useRef<HTMLDivElement>(null);
  // Where the row scrolls, the question that is asked is in view.
  useEffect(() => row.current?.querySelector('[aria-pressed=true]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' }), [own?.kind]);
  if (own === null) return null;
  return (
    <div ref={row} class="kinds" role="group" aria-label={words.whichQuestion}>
      {offered.value.map((kind) => (
        <button key={kind} type="button" data-kind={kind} aria-pressed={kind === own.kind} onClick={() => kind !== own.kind && ask(own.question, kind)}>{words.kinds[kind]}</button>))}
    </div>
  );
}

export function QuestionsPanel() {
  const words = wordsOf.value;
  const own = question.value;
  const steer = pilot.value;
  useEffect(() => followQuestions(), []);
  useEffect(() => {
    const view = mapView();
    if (view === null) return undefined;
    const stops = [drawAnswers(view), showScenario(view)];
    return () => stops.forEach((stop) => stop());
  }, [steer]);
  if (choicesFault.value !== null && choices.value === null) return <p class="notice" role="alert">{fill(words.failed, { what: choicesFault.value })}</p>;
  if (choices.value === null) return <p class="status loading" role="status">{words.asking}</p>;
  if (own === null) return <p class="notice" role="alert">{words.nothing}</p>;
  return (
    <div class="asking">
      <section class="question" aria-label={words.question}>
        <h2 class="sr-only">{words.question}</h2>
        <Kinds />
        <Sentence choices={choices.value} kind={own.kind} question={own.question} />
        <ScenarioPanel />
      </section>
      <section class="given" aria-label={words.answer}>
        {fault.value !== null && !isAsking.value && <div class="notice" role="alert"><p>{fill(words.failed, { what: fault.value })}</p>
          <button type="button" class="btn small" onClick={askAgain}>{words.again}</button></div>}
        {answer.value === null && isAsking.value && <p class="status loading" role="status">{words.asking}</p>}
        {answer.value !== null && <AnswerView answer={answer.value} isOld={isAsking.value} />}
      </section>
    </div>
  );
}
