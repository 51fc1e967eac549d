/** Asks the server, and makes what goes wrong a sentence. */

/** An answer that says what is wrong, in the reader's language. */
export class Refusal extends Error {
  constructor(readonly status: number, message: string, readonly parameter: string | null) {
    super(message);
  }
}

/** The server's own sentence about a fault, if it gave one. */
async function refusal(answer: Response): Promise<Refusal> {
  const document = (await answer.json().catch(() => null)) as { detail?: unknown; hint?: unknown; parameter?: unknown } | null;
  const said = [document?.detail, document?.hint].filter((text): text is string => typeof text === 'string' && text !== '');
  const parameter = typeof document?.parameter === 'string' ? document.parameter : null;
  return new Refusal(answer.status, said.join(' – ') || String(answer.status), parameter);
}

/** Reads JSON. Without an answer it throws a `TypeError`, with a bad one a `Refusal`. */
export async function askJson(address: string, language: string, signal?: AbortSignal): Promise<unknown> {
  const answer = await fetch(address, {
    cache: 'no-cache', headers: { accept: 'application/json', 'accept-language': language }, ...(signal ? { signal } : {}),
  });
  if (!answer.ok) throw await refusal(answer);
  return answer.json();
}
