/** Where in the map's stack a layer goes. */

/** The first id of `stack` (in drawing order) whose rank is above `rank`: a new layer goes before it. */
export function before(stack: readonly string[], ranks: ReadonlyMap<string, number>, rank: number): string | undefined {
  return stack.find((id) => (ranks.get(id) ?? -1) > rank);
}
