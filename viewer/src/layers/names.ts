/** What a feature is called. */

const nameFields = ['name', 'bezeichnung', 'titel', 'title', 'label', 'stra_name', 'strassenname', 'street_name'];

/** The text field that names a feature, if there is one. */
export function labelField(fields: Record<string, string>): string | null {
  const names = Object.keys(fields);
  for (const wanted of nameFields) {
    const found = names.find((name) => name.toLowerCase() === wanted);
    if (found !== undefined && !/number|boolean/i.test(fields[found] ?? '')) return found;
  }
  // As in stt_name or tags_name: an abbreviation of the layer before the word.
  const ending = names.filter((name) => /_name$/i.test(name) && !/number|boolean/i.test(fields[name] ?? ''));
  return ending.length === 1 ? ending[0] ?? null : null;
}

/** The value of the column that names features; empty without one. */
export function nameIn(properties: Record<string, unknown>): string {
  const field = labelField(Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, typeof value])));
  const value = field === null ? null : properties[field];
  return typeof value === 'string' ? value : '';
}
