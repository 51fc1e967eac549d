/** The part of the address after `#`: MapLibre keeps the view in `map=`, we keep hidden layers in `hidden=`. */

/** The ids of hidden collections; null where the address does not say, so that the server's choice holds. */
export function hiddenIn(fragment: string): Set<string> | null {
  const part = fragment.replace(/^#/, '').split('&').find((piece) => piece.startsWith('hidden='));
  if (part === undefined) return null;
  const ids = part.slice('hidden='.length).split(',').filter((id) => id !== '');
  return new Set(ids.map((id) => {
    try {
      return decodeURIComponent(id);
    } catch {
      return id;
    }
  }));
}

/** The fragment with another set of hidden collections; everything else stays. None is said only if it must be. */
export function withHidden(fragment: string, hidden: Iterable<string>, saysNone: boolean): string {
  const others = fragment.replace(/^#/, '').split('&').filter((piece) => piece !== '' && !piece.startsWith('hidden='));
  const ids = [...hidden].sort().map(encodeURIComponent);
  const all = ids.length > 0 || saysNone ? [...others, `hidden=${ids.join(',')}`] : others;
  return all.length > 0 ? `#${all.join('&')}` : '';
}

/** Whether the fragment holds a view. */
export function hasView(fragment: string): boolean {
  return /(^#?|&)map=[^&]+\/[^&]+\//.test(fragment);
}
