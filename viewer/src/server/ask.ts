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

/** The statuses with which the server asks for patience. */
export const isBusy = (status: number): boolean => status === 429 || status === 503;

/** How often a busy server is asked again, and the longest time it is waited for each time, in milliseconds. */
const again = { times: 4, most: 5000 };

/** Asks the server, and again in a moment while it is busy and says for how long. */
export async function ask(address: string, request: RequestInit): Promise<Response> {
  for (let asked = 0; ; asked += 1) {
    const answer = await fetch(address, request);
    const seconds = Number(answer.headers.get('retry-after') ?? NaN);
    if (!isBusy(answer.status) || Number.isNaN(seconds) || asked === again.times) return answer;
    await new Promise((resolve) => setTimeout(resolve, Math.min(seconds * 1000, again.most)));
    request.signal?.throwIfAborted();
  }
}

/** Reads JSON. Without an answer it throws a `TypeError`, with a bad one a `Refusal`. */
export async function askJson(address: string, language: string, signal?: AbortSignal): Promise<unknown> {
  const answer = await ask(address, {
    cache: 'no-cache', headers: { accept: 'application/json', 'accept-language': language }, ...(signal ? { signal } : {}),
  });
  if (!answer.ok) throw await refusal(answer);
  return answer.json();
}
