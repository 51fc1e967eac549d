/** Addresses to copy: a field that can be read and selected, and a button. */

import { fill, type Speech } from './language';
import { make } from './page';

/** Copies a text; false where the browser does not let us (pages without TLS have no clipboard). */
async function copy(text: string, field: HTMLInputElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    field.select();
    return document.execCommand('copy');
  }
}

/** A labelled address with its button. `kind` names it for tests. */
export function addressField(label: string, address: string, kind: string, speech: Speech): HTMLElement {
  const { words } = speech;
  const field = make('input', { type: 'text', readonly: true, value: address, spellcheck: 'false' });
  field.addEventListener('focus', () => field.select());
  const button = make('button', { type: 'button', class: 'copy', 'data-copy': kind, 'aria-label': fill(words.copyWhat, { what: label }) }, words.copy);
  const said = make('span', { class: 'sr-only', role: 'status' });
  button.addEventListener('click', async () => {
    const done = await copy(address, field);
    button.textContent = done ? words.copied : words.copyByHand;
    said.textContent = button.textContent;
    window.setTimeout(() => {
      button.textContent = words.copy;
      said.textContent = '';
    }, 2000);
  });
  return make('div', { class: 'address' }, make('label', {}, make('span', {}, label), field), button, said);
}
