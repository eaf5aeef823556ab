// One attempt: a request sent, its response read, and either turned into plain data.

import { type Clock, raceAbort } from './clock.ts';
import type { Endpoint } from './endpoint.ts';
import {
  describeFailure,
  explainNetworkError,
  explainStatus,
  type Failure,
  serverMessage,
} from './explain-failure.ts';
import type { CompletionRequest } from './language-model.ts';
import { type ParsedAnswer, readMember } from './protocol.ts';
import { readBody } from './read-body.ts';
import { parseRetryAfter } from './retry-delay.ts';

/** The largest answer that is read, in bytes. */
const LONGEST_ANSWER_BYTES = 8 * 2 ** 20;
const LONGEST_ERROR_BYTES = 64 * 1024;

export type Answer = Extract<ParsedAnswer, { ok: true }>;
type Attempt =
  | { readonly ok: true; readonly answer: Answer }
  | { readonly ok: false; readonly failure: Failure };

type SendOptions = {
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  /** For the whole attempt, the reading of the body included. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  /** Whether this server has answered before. */
  readonly reached: boolean;
  /** Called when the response's status has arrived. */
  readonly onResponse: () => void;
};

/**
 * Sends `request` once. Every failure is returned as data.
 *
 * @throws the signal's reason when it is aborted
 */
export async function sendRequest(
  endpoint: Endpoint,
  request: CompletionRequest,
  options: SendOptions,
): Promise<Attempt> {
  const { clock, timeoutMs, signal } = options;
  const controller = new AbortController();
  const timedOut = new Error('timed out');
  const cancelTimeout = clock.after(timeoutMs, () => controller.abort(timedOut));
  const abort = () => controller.abort(signal?.reason);
  if (signal?.aborted) abort();
  signal?.addEventListener('abort', abort, { once: true });
  try {
    // A race, because a `fetch` that was passed in may not heed the signal.
    return await raceAbort(
      exchange(endpoint, request, options, controller.signal),
      controller.signal,
    );
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    if (!controller.signal.aborted) {
      return { ok: false, failure: explainNetworkError(endpoint, error, options.reached) };
    }
    const failure = describeFailure(endpoint, {
      kind: 'timeout',
      message: `no complete answer within ${timeoutMs / 1000} s`,
      hint: 'allow more time (timeoutMs), or ask for shorter answers (maxTokens)',
      retry: true,
    });
    return { ok: false, failure };
  } finally {
    cancelTimeout();
    signal?.removeEventListener('abort', abort);
  }
}

async function exchange(
  endpoint: Endpoint,
  request: CompletionRequest,
  options: SendOptions,
  signal: AbortSignal,
): Promise<Attempt> {
  const { protocol, model, official, key } = endpoint;
  signal.throwIfAborted();
  const response = await options.fetch(`${endpoint.baseUrl}${protocol.path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json',
      ...protocol.headers(key),
    },
    body: JSON.stringify(protocol.body(model, request, official)),
    // A redirect that is followed would carry the key to wherever it points.
    redirect: 'manual',
    signal,
  });
  options.onResponse();
  if (!response.ok) {
    const body = await readBody(response, LONGEST_ERROR_BYTES, { cut: true });
    const wait = parseRetryAfter(response.headers.get('retry-after'), options.clock.now());
    return {
      ok: false,
      failure: explainStatus(endpoint, response.status, body.ok ? body.text : '', wait),
    };
  }
  const body = await readBody(response, LONGEST_ANSWER_BYTES);
  if (body.ok) return readAnswer(endpoint, response, body.text);
  if (body.problem === 'not-utf8') return malformed(endpoint, response.status, 'it is not UTF-8');
  const failure = describeFailure(endpoint, {
    kind: 'too-large',
    status: response.status,
    message: `the answer is larger than ${LONGEST_ANSWER_BYTES / 2 ** 20} MiB`,
    hint: 'bound it (maxTokens), and check that the base URL is a language model’s',
  });
  return { ok: false, failure };
}

function readAnswer(endpoint: Endpoint, response: Response, text: string): Attempt {
  const { status } = response;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    const type = response.headers.get('content-type') ?? '';
    // A web page will be one the next time too; JSON cut short will not.
    return type.includes('html')
      ? malformed(endpoint, status, 'it is a web page', false)
      : malformed(endpoint, status, 'it is not JSON, or cut short');
  }
  const parsed = endpoint.protocol.parse(json);
  if (parsed.ok) return { ok: true, answer: { ...parsed, text: endpoint.redact(parsed.text) } };
  // Gateways report a failure behind them with status 200 and an error object.
  const error = readMember(json, 'error');
  if (error === undefined || error === null) return malformed(endpoint, status, parsed.reason);
  const code = Number(readMember(error, 'code'));
  if (Number.isInteger(code) && code >= 400 && code < 600) {
    return { ok: false, failure: explainStatus(endpoint, code, text) };
  }
  return malformed(endpoint, status, `it is an error: ${serverMessage(text, endpoint)}`);
}

function malformed(endpoint: Endpoint, status: number, reason: string, retry = true): Attempt {
  const failure = describeFailure(endpoint, {
    kind: 'malformed',
    status,
    retry,
    message: `the answer cannot be read: ${reason}`,
    hint: `check that the base URL is of the kind "${endpoint.protocol.provider}"`,
  });
  return { ok: false, failure };
}
