// The model itself: cache, gate, attempts and waits between them, put together.

import { foldIn, keyFromSeed } from '../core/index.ts';
import { checkLimits, checkRequest } from './check-options.ts';
import { type Clock, raceAbort, sleep, systemClock } from './clock.ts';
import { CompletionCache, requestFingerprint } from './completion-cache.ts';
import { type Endpoint, type EndpointOptions, resolveEndpoint } from './endpoint.ts';
import type {
  Budget,
  CompleteOptions,
  Completion,
  CompletionRequest,
  LanguageModel,
  LanguageModelEvent,
  UsageTotals,
} from './language-model.ts';
import { LanguageModelError } from './llm-errors.ts';
import { completeCounts, estimateTokens } from './protocol.ts';
import { retryDelayMs } from './retry-delay.ts';
import { type Answer, sendRequest } from './send-request.ts';
import { addUsage, NO_USAGE, SpendingGate } from './spending-gate.ts';

export type LanguageModelOptions = EndpointOptions & {
  /** Where the key is looked up; default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** For one attempt; default 120,000, at most 300,000 (Node's own `fetch` waits no longer). */
  readonly timeoutMs?: number;
  /** Attempts after the first; default 5. */
  readonly retries?: number;
  /** Most requests in flight; default 4. One that waits to be repeated is in flight. */
  readonly concurrency?: number;
  /** Default: none. With 0 requests the model only replays its cache, and needs no key. */
  readonly budget?: Budget;
  /** What earlier runs spent; counts toward the budget and `usage()`. See `readCacheUsage`. */
  readonly spent?: UsageTotals;
  /** A folder for answers; without one, nothing is kept. One process at a time. */
  readonly cacheDirectory?: string;
  readonly fetch?: typeof fetch;
  readonly clock?: Clock;
  readonly onEvent?: (event: LanguageModelEvent) => void;
};

const DEFAULTS = { timeoutMs: 120_000, retries: 5, concurrency: 4 };
/** What is reserved of a token budget for an answer of unknown length. */
const USUAL_ANSWER_TOKENS = 4096;

type Kept = Omit<Completion, 'cached'>;

/**
 * A language model behind an HTTP API. Nothing is sent before the first `complete`.
 *
 * @throws UserError if an option cannot be right, the key is missing, or the cache's folder cannot be made
 */
export function createLanguageModel(options: LanguageModelOptions): LanguageModel {
  checkLimits(options);
  const { budget = {}, onEvent = () => {}, clock = systemClock } = options;
  const { retries, concurrency, timeoutMs } = { ...DEFAULTS, ...dropUndefined(options) };
  const endpoint = resolveEndpoint(options, options.env ?? process.env, budget.requests !== 0);
  const gate = new SpendingGate({ concurrency, budget, spent: options.spent ?? NO_USAGE });
  const cache =
    options.cacheDirectory === undefined
      ? null
      : new CompletionCache(options.cacheDirectory, (file, reason) =>
          onEvent({ kind: 'damaged-cache', file, reason }),
        );
  const pending = new Map<string, Promise<Kept>>();
  let reached = false;
  let warned = false;

  function warnOnce(): void {
    if (warned) return;
    warned = true;
    if (endpoint.key === null || !sendsInClear(endpoint.baseUrl)) return;
    const text = `the key in ${endpoint.keyVariable} travels unencrypted to ${endpoint.baseUrl}`;
    onEvent({ kind: 'warning', text });
  }

  /** Sends until there is an answer, an error that stays, or no retry left; keeps the answer. */
  async function ask(
    request: CompletionRequest,
    shown: CompletionRequest,
    fingerprint: string,
    { signal, drain }: CompleteOptions,
  ): Promise<Kept> {
    const jitterKey = foldIn(keyFromSeed(0), fingerprint);
    const tag = tagOf(shown);
    let spent = NO_USAGE;
    let failure: LanguageModelError | undefined;
    warnOnce();
    for (let attempt = 1; ; attempt++) {
      drain?.throwIfAborted();
      gate.countRequest(attempt > 1, failure);
      spent = addUsage(spent, { ...NO_USAGE, requests: 1, retries: attempt > 1 ? 1 : 0 });
      onEvent({ kind: 'request', ...tag, attempt });
      const start = clock.now();
      const outcome = await sendRequest(endpoint, request, {
        fetch: options.fetch ?? fetch,
        clock,
        timeoutMs,
        signal,
        reached,
        onResponse: () => {
          reached = true;
        },
      });
      const seconds = Math.max(0, clock.now() - start) / 1000;
      if (outcome.ok) return keep(outcome.answer, seconds);
      const { kind, status, message, hint, retry, retryAfterMs } = outcome.failure;
      gate.countFailure(kind, seconds);
      spent = addUsage(spent, { ...NO_USAGE, failures: { [kind]: 1 }, seconds });
      const after = attempt > 1 ? ` (after ${attempt} attempts)` : '';
      failure = new LanguageModelError(`${message}${after}`, { hint, kind, status });
      if (!retry || attempt > retries) throw failure;
      const delayMs = retryDelayMs(attempt, retryAfterMs, jitterKey);
      onEvent({ kind: 'retry', ...tag, attempt, failure: kind, message, delayMs });
      await sleep(clock, delayMs, anyOf(signal, drain));
    }

    function keep(answer: Answer, seconds: number): Kept {
      const usage = completeCounts(answer, request);
      const completion = { text: answer.text, usage, stopReason: answer.stopReason };
      gate.countCompletion(usage, seconds);
      spent = addUsage(spent, { ...NO_USAGE, ...usage, completions: 1, seconds });
      cache?.write(fingerprint, endpoint, shown, completion, spent);
      onEvent({ kind: 'completion', ...tag, cached: false, usage, seconds });
      return completion;
    }
  }

  async function complete(
    request: CompletionRequest,
    options: CompleteOptions = {},
  ): Promise<Completion> {
    checkRequest(request);
    // Ends every wait but that for an answer.
    const signal = anyOf(options.signal, options.drain);
    signal?.throwIfAborted();
    const shown = redactRequest(request, endpoint);
    const fingerprint = requestFingerprint(endpoint, shown);
    // With a cache, equal requests share one answer, also those that are asked at once.
    let other = cache && pending.get(fingerprint);
    while (other) {
      await raceAbort(other.then(noop, noop), signal);
      other = pending.get(fingerprint);
    }
    const hit = cache?.read(fingerprint) ?? null;
    if (hit !== null) {
      gate.count({ cacheHits: 1 });
      onEvent({ kind: 'completion', ...tagOf(shown), cached: true, usage: hit.usage, seconds: 0 });
      return { ...hit, cached: true };
    }
    const reserve = promptTokens(request) + (request.maxTokens ?? USUAL_ANSWER_TOKENS);
    const asking = gate.pass(reserve, signal, () => ask(request, shown, fingerprint, options));
    if (cache !== null) pending.set(fingerprint, asking);
    try {
      return { ...(await asking), cached: false };
    } finally {
      if (pending.get(fingerprint) === asking) pending.delete(fingerprint);
    }
  }

  return { name: endpoint.name, complete, usage: () => gate.totals };
}

function noop(): void {}

function anyOf(...signals: readonly (AbortSignal | undefined)[]): AbortSignal | undefined {
  const given = signals.filter((signal) => signal !== undefined);
  return given.length > 1 ? AbortSignal.any(given) : given[0];
}

/** Options that are there but undefined must not hide defaults. */
function dropUndefined<T extends object>(
  options: T,
): Partial<{ [K in keyof T]: NonNullable<T[K]> }> {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Partial<{ [K in keyof T]: NonNullable<T[K]> }>;
}

/** The request as it may be stored and shown. */
function redactRequest(request: CompletionRequest, { redact }: Endpoint): CompletionRequest {
  const messages = request.messages.map(({ role, content }) => ({
    role,
    content: redact(content),
  }));
  return {
    ...request,
    messages,
    ...(request.tag === undefined ? {} : { tag: redact(request.tag) }),
  };
}

function tagOf({ tag }: CompletionRequest): { tag?: string } {
  return tag === undefined ? {} : { tag };
}

function promptTokens(request: CompletionRequest): number {
  return estimateTokens(request.messages.reduce((sum, { content }) => sum + content.length, 0));
}

function sendsInClear(baseUrl: string): boolean {
  const { protocol, hostname } = new URL(baseUrl);
  return protocol === 'http:' && !/^(localhost|127\.[\d.]+|\[::1\])$/.test(hostname);
}
