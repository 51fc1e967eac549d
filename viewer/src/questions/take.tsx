/** What can be taken away of an answer: its link, its numbers as files, its map as a picture, a sheet of paper. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { mapView } from '../map/controller';
import { pilot } from '../map/shared';
import { base, language, spoken } from '../state/store';
import { fill } from '../words/language';
import { addressOfAnswer, choices, words as wordsOf, type Answer } from './asked';
import { fileName } from './filename';
import { facilityOf } from './known';
import { pictureOf, type Texts } from './picture';
import { named } from './question';
import { scenarioOf } from './scenario';
import { headOf } from './head';

/** The files of an answer: what they are called, and the format's name, which is their ending. */
const files = [['CSV', 'csv'], ['XLSX', 'xlsx'], ['GeoPackage', 'gpkg'], ['GeoJSON', 'geojson'], ['JSON', 'json']] as const;

/** The name that files of an answer have, without an ending. */
export function nameOf({ kind, question, json }: Answer): string {
  const words = wordsOf.value;
  const all = choices.value;
  return fileName(kind, question, {
    facilities: all === null ? question.facilities : named(all, question), profile: words.profiles[question.profile] ?? question.profile,
    level: all?.levels.find(([level]) => level === question.by)?.[1] ?? question.by, area: String((json as { area?: { name?: unknown } } | null)?.area?.name ?? question.area),
    kind: words.kinds[kind], scenario: words.scenarioFile,
  });
}

/** Where the closed ones are that are known. */
export const closedPlaces = ({ question, figures }: Answer): [number, number][] =>
  figures.change === null ? [] : scenarioOf(question).closed.flatMap((id) => {
    const place = facilityOf(question, id)?.place;
    return place ? [place] : [];
  });

export function textsOf(answer: Answer): Texts {
  const words = wordsOf.value;
  const { figures } = answer;
  return {
    title: headOf(answer), sentence: figures.summary[language.value], sources: figures.attributions.length > 0 ? `${words.sources}: ${figures.attributions.join('; ')}` : '',
    date: `${fill(words.asOf, { date: spoken.value.date(new Date().toISOString()) })} – ${location.host}`,
  };
}

/** Gives the reader a file. */
function give(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** A link to a file whose name is the page's: the server has one of its own, which would win. */
function FileLink({ href, name, children, failed }: { href: string; name: string; children: string; failed: (what: string) => void }) {
  return <a href={href} download={name} onClick={(event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    fetch(href).then(async (answer) => {
      if (!answer.ok) throw new Error(String(answer.status));
      give(await answer.blob(), name);
    }).catch((fault: unknown) => failed(String((fault as Error).message)));
  }}>{children}</a>;
}

export function TakeAway({ answer }: { answer: Answer }) {
  const words = wordsOf.value;
  const { kind, parameters, figures } = answer;
  const menu = useRef<HTMLDetailsElement>(null);
  const [said, say] = useState('');
  useEffect(() => {
    const closes = (event: Event): void => {
      const own = menu.current;
      if (own === null || !own.open || (event instanceof KeyboardEvent ? event.key !== 'Escape' : own.contains(event.target as Node))) return;
      own.open = false;
      if (event instanceof KeyboardEvent) own.querySelector('summary')?.focus();
    };
    document.addEventListener('keydown', closes);
    document.addEventListener('pointerdown', closes);
    return () => {
      document.removeEventListener('keydown', closes);
      document.removeEventListener('pointerdown', closes);
    };
  }, []);
  const name = nameOf(answer);
  const failed = (what: string): void => say(fill(words.pictureFailed, { what }));
  const copy = (): void => void navigator.clipboard.writeText(location.href).then(() => say(words.copied), () => say(location.href));
  const picture = (): void => {
    const view = mapView();
    if (view === null) return;
    say('…');
    pictureOf(view, answer, textsOf(answer), closedPlaces(answer)).then((blob) => {
      give(blob, `${name}.png`);
      say('');
    }, (fault: unknown) => failed(String((fault as Error).message)));
  };
  return (
    <div class="downloads">
      <details class="takeaway" ref={menu}>
        <summary class="btn small">{words.takeAway}</summary>
        <ul>
          <li><button type="button" class="plain" data-copy onClick={copy}>{words.copyLink}</button> <a class="link" href={location.href}>{words.link}</a></li>
          {files.map(([title, format]) => <li key={format}><FileLink href={addressOfAnswer(kind, parameters, format)} name={`${name}.${format}`} failed={failed}>{title}</FileLink></li>)}
          {pilot.value !== null && <li><button type="button" class="plain" data-picture onClick={picture}>{words.picture}</button></li>}
          <li><button type="button" class="plain" data-print onClick={() => window.print()}>{words.printSheet}</button></li>
          {figures.result !== null && <li><a class="kept" href={`${base}results/${encodeURIComponent(figures.result)}`}>{words.kept}</a></li>}
        </ul>
      </details>
      <span class="quiet" role="status">{said}</span>
    </div>
  );
}
