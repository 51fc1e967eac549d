/** The words of the page for planners, in both languages. */

export interface PlanningWords {
  title: string;
  subtitle: string;
  map: string;
  /** The sentence; each name in braces is a blank. */
  sentence: string;
  everybody: string;
  ages: string;
  all: string;
  metres: string;
  profiles: Record<string, string>;
  withoutReach: string;
  share: string;
  warnings: string;
  minutes: string;
  nowhere: string;
  area: string;
  persons: string;
  covered: string;
  uncovered: string;
  most: string;
  evidence: string;
  link: string;
  copied: string;
  asking: string;
  failed: string;
  nothing: string;
  total: string;
  places: string;
  question: string;
  answer: string;
  /** What each blank is, for those who hear the page. */
  labels: { ages: string; facilities: string; within: string; profile: string; date: string };
  kept: string;
  others: string;
  otherQuestions: { nearest: string; siting: string; supply: string; reach: string };
  profile: string;
}

export const planningWords: Record<'de' | 'en', PlanningWords> = {
  de: {
    title: 'veedel – Planung',
    subtitle: 'Soziale Infrastruktur: wer hat was in der Nähe?',
    map: 'Karte: Anteil ohne Einrichtung je Gebiet, und wo die Menschen leben',
    sentence: 'Welche {ages} haben keine {facilities} innerhalb von {within} {profile}, nach {by}, Stand {date}?',
    everybody: 'Menschen jeden Alters',
    ages: '{from}- bis {until}-Jährigen',
    all: 'alle',
    metres: '{count} m',
    profiles: { foot: 'zu Fuß', child: 'zu Fuß als Kind', senior: 'zu Fuß im Alter', wheelchair: 'im Rollstuhl', bicycle: 'mit dem Rad' },
    withoutReach: 'haben keine in Reichweite',
    share: 'Anteil ohne',
    warnings: 'Was dabei zu bedenken ist',
    minutes: '{count} Minuten',
    nowhere: 'in keinem Gebiet',
    area: 'Gebiet',
    persons: 'Personen',
    covered: 'erreicht',
    uncovered: 'nicht erreicht',
    most: 'Wo die meisten ohne leben',
    evidence: 'Nachweis: Regel, Netz, Bevölkerung, was fehlte',
    link: 'Link zu dieser Antwort',
    copied: 'kopiert',
    asking: 'Die Antwort wird berechnet …',
    failed: 'Keine Antwort: {what}',
    nothing: 'Hier ist nichts zu fragen: in der Konfiguration spielt keine Sammlung die Rolle von Einrichtungen, Netz und Bevölkerung ([roles]).',
    total: 'Stadt',
    places: 'Zelle von 100 m',
    question: 'Frage',
    answer: 'Antwort',
    labels: { ages: 'Altersgruppe', facilities: 'Einrichtungen', within: 'Grenze', profile: 'Art der Fortbewegung', date: 'Stichtag der Bevölkerung' },
    kept: 'Diese Antwort mit den Daten von jetzt (solange der Server sie aufhebt)',
    others: 'Weitere Fragen zu diesen Einrichtungen',
    otherQuestions: {
      nearest: 'Wie weit ist es im Mittel zur nächsten?',
      siting: 'Wohin müssen die nächsten fünf?',
      supply: 'Reichen die Plätze?',
      reach: 'Wie weit reichen sie alle zusammen?',
    },
    profile: 'Steckbrief',
  },
  en: {
    title: 'veedel – planning',
    subtitle: 'Social infrastructure: who has what near by?',
    map: 'Map: share without a facility by area, and where these people live',
    sentence: 'Which {ages} have none of {facilities} within {within} {profile}, by {by}, as of {date}?',
    everybody: 'people of all ages',
    ages: 'people aged {from} to {until}',
    all: 'all',
    metres: '{count} m',
    profiles: { foot: 'on foot', child: 'on foot as a child', senior: 'on foot in old age', wheelchair: 'in a wheelchair', bicycle: 'by bicycle' },
    withoutReach: 'have none within reach',
    share: 'Share without',
    warnings: 'What to bear in mind',
    minutes: '{count} minutes',
    nowhere: 'In no area',
    area: 'Area',
    persons: 'Persons',
    covered: 'covered',
    uncovered: 'not covered',
    most: 'Where most live without',
    evidence: 'Evidence: rule, network, population, what was missing',
    link: 'Link to this answer',
    copied: 'copied',
    asking: 'The answer is being worked out …',
    failed: 'No answer: {what}',
    nothing: 'There is nothing to ask here: in the configuration no collection plays the part of facilities, network and population ([roles]).',
    total: 'City',
    places: 'Cell of 100 m',
    question: 'Question',
    answer: 'Answer',
    labels: { ages: 'Age group', facilities: 'Facilities', within: 'Limit', profile: 'Way of moving', date: 'Date of the population' },
    kept: 'This answer with the data of now (as long as the server keeps it)',
    others: 'Other questions about these facilities',
    otherQuestions: {
      nearest: 'How far is it to the nearest on average?',
      siting: 'Where must the next five go?',
      supply: 'Are there enough places?',
      reach: 'How far do they all reach together?',
    },
    profile: 'Profile',
  },
};
