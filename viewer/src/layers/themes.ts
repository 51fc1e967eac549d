/** What collections are about, as far as their names tell, and the groups that the list of layers has. */

/** What a collection shows, as far as its name tells. */
export type Theme =
  | 'border' | 'building' | 'address' | 'path' | 'rail' | 'street' | 'water' | 'playground' | 'green'
  | 'school' | 'kita' | 'health' | 'stop' | 'other';

/** Tried in this order: the first word found decides. German and English, with and without umlauts. */
const words: [Theme, RegExp][] = [
  ['address', /adress|address|hausnummer|hausnr|housenumber/],
  ['playground', /spielpl|spielfl|playground|bolzpl/],
  ['kita', /kita|kinderg|krippe|kindergarten|daycare|nurser/],
  ['school', /schul|school|gymnasi|hochschul|universit/],
  ['health', /kranken|klinik|hospital|arzt|aerzt|ärzt|doctor|apothek|pharmac|defib|(^|[^a-z])aed($|[^a-z])/],
  ['stop', /haltestelle|haltepunkt|bahnhof|bus_?stop|(^|[^a-z])stops?($|[^a-z])|station/],
  ['border', /bezirk|stadtteil|ortsteil|viertel|quartier|veedel|gemeinde|landkreis|grenze|district|quarter|neighbo|borough|border|boundar|(^|[^a-z])wards?($|[^a-z])|admin|umweltzone/],
  ['rail', /schiene|gleis|(?<!auto)bahn(?!hof)|(?<!t)rail|tram|(^|[^a-z])metro/],
  ['path', /fussweg|fußweg|fuss|gehweg|radweg|wanderweg|weg(e|enetz)?($|[^a-z])|footpath|footway|path|trail|cycle/],
  ['green', /gruen|grün|green|(?<!s)park(?!pl|ing|haus)|wald|forest|wood|baum|baeum|bäum|(?<!s)tree|garten|garden|wiese|friedhof|cemeter/],
  ['street', /strass|straß|street|road|highway|autobahn|verkehrsnetz|bruecke|brücke|bridge/],
  ['water', /gewaess|gewäss|fluss|fluß|fluess|flüss|(^|[^a-z])bach|baeche|bäche|wasser|kanal|weiher|teich|(^|[^a-z])see(n)?($|[^a-z])|water|river|stream|lake|canal|pond/],
  ['building', /gebaeud|gebäud|haeuser|häuser|bauwerk|building|house/],
];

/** The theme a name speaks of. */
export function themeOf(name: string): Theme {
  const lower = name.toLowerCase();
  return words.find(([, pattern]) => pattern.test(lower))?.[0] ?? 'other';
}

/** The groups of the list, in its order. */
export const groups = ['education', 'health', 'traffic', 'green', 'built', 'areas', 'others', 'tables'] as const;
export type Group = (typeof groups)[number];

const groupOf: Record<Theme, Group> = {
  school: 'education', kita: 'education', health: 'health', stop: 'traffic', rail: 'traffic', street: 'traffic', path: 'traffic',
  green: 'green', water: 'green', playground: 'green', building: 'built', address: 'built', border: 'areas', other: 'others',
};

/** The group of a collection; the first name that speaks of a theme decides. */
export function groupFor(names: string[], isTable: boolean): Group {
  if (isTable) return 'tables';
  const plain = names.map((name) => name.replace(/open ?street ?map/gi, ''));
  if (plain.some((name) => /biblioth|bücherei|buecherei|librar|museum|theater/i.test(name))) return 'education';
  return groupOf[plain.map(themeOf).find((theme) => theme !== 'other') ?? 'other'];
}
