/** The words of the questions, in both languages. */

import type { Kind } from './question';

export interface QuestionWords {
  /** The sentences; each name in braces is a blank. */
  sentences: Record<Kind, string>;
  /** What the questions are called where one chooses. */
  kinds: Record<Kind, string>;
  whichQuestion: string;
  everybody: string;
  ages: string;
  all: string;
  metres: string;
  minutes: string;
  profiles: Record<string, string>;
  squareMetres: string;
  warnings: string;
  nowhere: string;
  total: string;
  area: string;
  persons: string;
  without: string;
  share: string;
  mean: string;
  median: string;
  nineOfTen: string;
  perPerson: string;
  shareIn: string;
  shareHere: string;
  shareCity: string;
  gain: string;
  site: string;
  behindCoverage: string;
  behindNearest: string;
  behindSupply: string;
  behindReach: string;
  behindSiting: string;
  behindProfile: string;
  of: string;
  ranking: Record<Kind, string>;
  showAll: string;
  showFewer: string;
  arrows: string;
  evidence: string;
  link: string;
  asking: string;
  failed: string;
  again: string;
  nothing: string;
  question: string;
  answer: string;
  labels: { ages: string; facilities: string; within: string; profile: string; date: string; by: string; capacity: string; p: string; area: string; level: string };
  kept: string;
  others: string;
  profileOf: string;
  sources: string;
  places: string;
  facilitiesHere: string;
  facility: string;
  count: string;
  meanWay: string;
  meanWayCity: string;
  chooseArea: string;
  key: Record<Kind, string>;
  keyUnknown: string;
  keyCells: string;
  keyCellsNearer: string;
  keySites: string;
  keyReach: string;
  keyArea: string;
  keyScale: string;
  more: string;
  before: string;
  after: string;
  difference: string;
  rankingChange: string;
  range: string;
  /** What would be if. */
  whatIf: string;
  whatIfShort: string;
  whatIfHelp: string;
  newSite: string;
  placing: string;
  cancel: string;
  atCentre: string;
  steps: string;
  stepAdded: string;
  stepClosed: string;
  toCentre: string;
  showOnMap: string;
  remove: string;
  reopen: string;
  close: string;
  closeOne: string;
  closeFind: string;
  closeNone: string;
  closeHelp: string;
  clearAll: string;
  undo: string;
  redo: string;
  shows: string;
  keyDifference: string;
  keyNone: string;
  keyNew: string;
  keyClosed: string;
  clickCloses: string;
  clickOpens: string;
  cellsLater: string;
  take: string;
  taken: string;
  takeAll: string;
  toScenario: string;
  takeAway: string;
  copyLink: string;
  copied: string;
  picture: string;
  scenarioFile: string;
  printSheet: string;
  andMore: string;
  method: string;
  asOf: string;
  pictureFailed: string;
}

export const questionWords: Record<'de' | 'en', QuestionWords> = {
  de: {
    sentences: {
      coverage: 'Welche {ages} haben keine {facilities} innerhalb von {within} {profile}, nach {by}, Stand {date}?',
      nearest: 'Wie weit haben es {ages} {profile} bis zur nächsten Einrichtung von {facilities}, nach {by}, Stand {date}?',
      supply: 'Wie viel {capacity} kommt bei {facilities} auf jede Person, nach {by}, Stand {date}?',
      reach: 'Wie viele {ages} leben innerhalb von {within} {profile} um {facilities}, Stand {date}?',
      siting: 'Wohin müssen die nächsten {p} von {facilities}, damit möglichst viele {ages} eine innerhalb von {within} {profile} haben? Nach {by}, Stand {date}.',
      profile: 'Wer lebt in {area} ({level}), und wie weit ist es von dort {profile}? Stand {date}.',
    },
    kinds: { coverage: 'Wer hat keine?', nearest: 'Wie weit ist es?', supply: 'Reichen die Plätze?', reach: 'Wen erreichen sie?', siting: 'Wohin neue?', profile: 'Steckbrief' },
    whichQuestion: 'Welche Frage',
    everybody: 'Menschen jeden Alters', ages: '{from}- bis {until}-Jährigen', all: 'alle', metres: '{count} m', minutes: '{count} Minuten',
    profiles: { foot: 'zu Fuß', child: 'zu Fuß als Kind', senior: 'zu Fuß im Alter', wheelchair: 'im Rollstuhl', bicycle: 'mit dem Rad' },
    squareMetres: 'Fläche (m²)', warnings: 'Was dabei zu bedenken ist', nowhere: 'in keinem Gebiet', total: 'Stadt', area: 'Gebiet',
    persons: 'Personen', without: 'ohne', share: 'Anteil ohne', mean: 'Mittel', median: 'Hälfte bis', nineOfTen: '9 von 10 bis', perPerson: '{unit} je Person',
    shareIn: 'Anteil', shareHere: 'Anteil', shareCity: 'in der Stadt', gain: 'mehr versorgt', site: 'Standort',
    behindCoverage: 'haben keine in Reichweite', behindNearest: 'im Mittel bis zur nächsten', behindSupply: '{unit} je Person', behindReach: 'leben in Reichweite',
    behindSiting: 'mehr wären versorgt', behindProfile: 'Personen in {area}', of: 'von {count}',
    ranking: {
      coverage: 'Wo die meisten ohne leben', nearest: 'Wo es am weitesten ist', supply: 'Wo am wenigsten auf jede Person kommt', reach: 'Nach Entfernung', siting: 'Die besten Standorte',
      profile: 'Nach Alter',
    },
    showAll: 'Alle {count} zeigen', showFewer: 'Weniger zeigen', arrows: 'Mit den Pfeiltasten durch die Gebiete gehen; Eingabe zeigt das Gebiet auf der Karte.',
    evidence: 'Nachweis: Regel, Netz, Bevölkerung, was fehlte', link: 'Link zu dieser Antwort',
    asking: 'Die Antwort wird berechnet …', failed: 'Darauf gibt es keine Antwort: {what}', again: 'Noch einmal fragen',
    nothing: 'Hier ist nichts zu fragen: Fragen brauchen Einrichtungen, ein Netz, Gebiete und Bevölkerung, und nicht jede dieser Rollen ist in der Konfiguration vergeben ([roles]).',
    question: 'Frage', answer: 'Antwort',
    labels: {
      ages: 'Altersgruppe', facilities: 'Einrichtungen', within: 'Grenze', profile: 'Art der Fortbewegung', date: 'Stichtag der Bevölkerung', by: 'Ebene der Gebiete', capacity: 'Was zählt',
      p: 'Wie viele neue', area: 'Gebiet', level: 'Ebene des Gebiets',
    },
    kept: 'Antwort mit den Daten von jetzt', others: 'Weitere Fragen zu diesen Einrichtungen', profileOf: 'Steckbrief {name}', sources: 'Quellen', places: 'Zelle von 100 m',
    facilitiesHere: 'Was es dort gibt', facility: 'Einrichtung', count: 'Anzahl', meanWay: 'mittlerer Weg', meanWayCity: 'in der Stadt', chooseArea: 'Gebiet wählen',
    key: {
      coverage: 'Anteil ohne', nearest: 'Mittlerer Weg in Metern', supply: 'Je Person', reach: 'In Reichweite', siting: 'Neue Standorte', profile: 'Gebiet',
    },
    keyUnknown: 'geschützt oder ohne Zahl', keyCells: 'hier leben Menschen ohne (Zellen von 100 m)', keyCellsNearer: 'Wo Menschen ohne leben (Zellen von 100 m), zeigt die Karte, wenn man näher herangeht.', keySites: 'neue Standorte, nach Gewinn', keyReach: 'in Reichweite', keyArea: 'das Gebiet',
    keyScale: 'Die Klassen folgen den Werten dieser Antwort.', more: 'mehr',
    before: 'Vorher', after: 'Nachher', difference: 'Unterschied', range: '{low} bis {high}', rankingChange: 'Wo sich etwas ändert, dann wo die meisten ohne leben',
    whatIf: 'Was wäre, wenn …', whatIfShort: 'Was wäre, wenn', whatIfHelp: 'Eine neue setzen und ziehen, oder eine bestehende auf der Karte anklicken, um sie zu schließen.', newSite: 'Neuer Standort: {title}',
    placing: 'Auf die Karte klicken, wo sie hin soll.', cancel: 'Abbrechen', atCentre: '{new} in der Kartenmitte', steps: 'Schritte des Szenarios', stepAdded: '{new} {number}', stepClosed: 'geschlossen: {name}',
    toCentre: '{step} in die Kartenmitte setzen', showOnMap: '{step} auf der Karte zeigen', remove: '{step} entfernen', reopen: '{name} wieder öffnen', close: '{name} schließen',
    closeOne: 'Eine bestehende schließen', closeFind: 'Name der Einrichtung', closeNone: 'Keine dieser Einrichtungen heißt so.', closeHelp: 'Die ersten {count} von {total}.', 
    clearAll: 'Szenario leeren', undo: 'Rückgängig', redo: 'Wiederholen', shows: 'Was die Karte zeigt', keyDifference: 'Unterschied: Anteil ohne, in Prozentpunkten', keyNone: 'kein Unterschied',
    keyNew: 'neu', keyClosed: 'geschlossen', clickCloses: 'Klick schließt sie', clickOpens: 'Klick öffnet sie wieder', cellsLater: 'Zellen folgen beim Loslassen.',
    take: 'Ins Szenario übernehmen', taken: 'im Szenario', takeAll: 'Alle {count} übernehmen', toScenario: 'Szenario ansehen ({count})',
    takeAway: 'Mitnehmen', scenarioFile: 'szenario', copyLink: 'Link kopieren', copied: 'Link kopiert', picture: 'Karte als Bild (PNG)', printSheet: 'Blatt drucken (A4)', andMore: '… und {count} weitere',
    method: 'Methode', asOf: 'Abgerufen am {date}', pictureFailed: 'Das Bild ließ sich nicht machen: {what}',
  },
  en: {
    sentences: {
      coverage: 'Which {ages} have none of {facilities} within {within} {profile}, by {by}, as of {date}?',
      nearest: 'How far is it for {ages} {profile} to the nearest of {facilities}, by {by}, as of {date}?',
      supply: 'How much {capacity} of {facilities} is there for each person, by {by}, as of {date}?',
      reach: 'How many {ages} live within {within} {profile} of {facilities}, as of {date}?',
      siting: 'Where must the next {p} of {facilities} go so that most {ages} have one within {within} {profile}? By {by}, as of {date}.',
      profile: 'Who lives in {area} ({level}), and how far is it from there {profile}? As of {date}.',
    },
    kinds: { coverage: 'Who has none?', nearest: 'How far is it?', supply: 'Are there enough?', reach: 'Whom do they reach?', siting: 'Where next?', profile: 'Profile' },
    whichQuestion: 'Which question',
    everybody: 'people of all ages', ages: 'people aged {from} to {until}', all: 'all', metres: '{count} m', minutes: '{count} minutes',
    profiles: { foot: 'on foot', child: 'on foot as a child', senior: 'on foot in old age', wheelchair: 'in a wheelchair', bicycle: 'by bicycle' },
    squareMetres: 'area (m²)', warnings: 'What to bear in mind', nowhere: 'In no area', total: 'City', area: 'Area',
    persons: 'persons', without: 'without', share: 'share without', mean: 'mean', median: 'half up to', nineOfTen: '9 of 10 up to', perPerson: '{unit} each',
    shareIn: 'share', shareHere: 'share', shareCity: 'in the city', gain: 'more supplied', site: 'Site',
    behindCoverage: 'have none within reach', behindNearest: 'on average to the nearest', behindSupply: '{unit} for each person', behindReach: 'live within reach',
    behindSiting: 'more would be supplied', behindProfile: 'persons in {area}', of: 'of {count}',
    ranking: {
      coverage: 'Where most live without', nearest: 'Where it is farthest', supply: 'Where there is least for each person', reach: 'By distance', siting: 'The best sites', profile: 'By age',
    },
    showAll: 'Show all {count}', showFewer: 'Show fewer', arrows: 'Arrow keys go through the areas; Enter shows the area on the map.',
    evidence: 'Evidence: rule, network, population, what was missing', link: 'Link to this answer',
    asking: 'The answer is being worked out …', failed: 'There is no answer to this: {what}', again: 'Ask again',
    nothing: 'There is nothing to ask here: questions need facilities, a network, areas and a population, and not each of these roles is given out in the configuration ([roles]).',
    question: 'Question', answer: 'Answer',
    labels: {
      ages: 'Age group', facilities: 'Facilities', within: 'Limit', profile: 'Way of moving', date: 'Date of the population', by: 'Level of areas', capacity: 'What counts', p: 'How many new ones',
      area: 'Area', level: 'Level of the area',
    },
    kept: 'Answer with the data of now', others: 'Other questions about these facilities', profileOf: 'Profile of {name}', sources: 'Sources', places: 'Cell of 100 m',
    facilitiesHere: 'What there is', facility: 'Facility', count: 'Number', meanWay: 'mean way', meanWayCity: 'in the city', chooseArea: 'Choose an area',
    key: { coverage: 'Share without', nearest: 'Mean way in metres', supply: 'For each person', reach: 'Within reach', siting: 'New sites', profile: 'Area' },
    keyUnknown: 'protected or without a number', keyCells: 'people live here without (cells of 100 m)', keyCellsNearer: 'Zoom in to see where people without live (cells of 100 m).', keySites: 'new sites, by gain', keyReach: 'within reach', keyArea: 'the area',
    keyScale: 'The classes follow the values of this answer.', more: 'more',
    before: 'Before', after: 'After', difference: 'Difference', range: '{low} to {high}', rankingChange: 'Where something changes, then where most live without',
    whatIf: 'What if …', whatIfShort: 'What if', whatIfHelp: 'Set a new one and drag it, or click an existing one on the map to close it.', newSite: 'New site: {title}',
    placing: 'Click on the map where it should go.', cancel: 'Cancel', atCentre: '{new} at the map’s centre', steps: 'Steps of the scenario', stepAdded: '{new} {number}', stepClosed: 'closed: {name}',
    toCentre: 'Move {step} to the map’s centre', showOnMap: 'Show {step} on the map', remove: 'Remove {step}', reopen: 'Open {name} again', close: 'Close {name}',
    closeOne: 'Close an existing one', closeFind: 'Name of the facility', closeNone: 'None of these facilities is called that.', closeHelp: 'The first {count} of {total}.', 
    clearAll: 'Clear the scenario', undo: 'Undo', redo: 'Redo', shows: 'What the map shows', keyDifference: 'Difference: share without, in percentage points', keyNone: 'no difference',
    keyNew: 'new', keyClosed: 'closed', clickCloses: 'a click closes it', clickOpens: 'a click opens it again', cellsLater: 'Cells follow when you let go.',
    take: 'Take into the scenario', taken: 'in the scenario', takeAll: 'Take all {count}', toScenario: 'See the scenario ({count})',
    takeAway: 'Take away', scenarioFile: 'scenario', copyLink: 'Copy link', copied: 'Link copied', picture: 'Map as picture (PNG)', printSheet: 'Print a sheet (A4)', andMore: '… and {count} more',
    method: 'Method', asOf: 'Retrieved on {date}', pictureFailed: 'The picture could not be made: {what}',
  },
};
