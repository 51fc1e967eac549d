/** Addresses to copy: a field that can be read and selected, and a button. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { spoken } from '../state/store';
import { fill } from '../words/language';

/** Copies a text; false where the browser does not let us (pages without TLS have no clipboard). */
async function copy(text: string, field: HTMLInputElement | null): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    field?.select();
    return document.execCommand('copy');
  }
}

/** A labelled address with its button; `kind` names it for tests. */
export function AddressField({ label, address, kind }: { label: string; address: string; kind: string }) {
  const { words } = spoken.value;
  const field = useRef<HTMLInputElement>(null);
  const [said, say] = useState('');
  useEffect(() => {
    if (said === '') return undefined;
    const timer = window.setTimeout(() => say(''), 2000);
    return () => window.clearTimeout(timer);
  }, [said]);
  return (
    <div class="address">
      <label><span>{label}</span>
        <input type="text" readonly value={address} spellcheck={false} ref={field} onFocus={(event) => event.currentTarget.select()} /></label>
      <button type="button" class="btn small" data-copy={kind} aria-label={fill(words.copyWhat, { what: label })}
        onClick={async () => say(await copy(address, field.current) ? words.copied : words.copyByHand)}>{said || words.copy}</button>
      <span class="sr-only" role="status">{said}</span>
    </div>
  );
}
