// Numbers and requests that cannot be right are refused before anything is sent.

import { UserError } from '../core/index.ts';
import type { Budget, CompletionRequest } from './language-model.ts';

type Limits = {
  readonly timeoutMs?: number;
  readonly retries?: number;
  readonly concurrency?: number;
  readonly budget?: Budget;
  readonly fetch?: typeof fetch;
};

/** The longest that Node's own `fetch` waits for a response. */
const LONGEST_TIMEOUT_MS = 300_000;

/** @throws UserError naming the option that is out of its range */
export function checkLimits(options: Limits): void {
  // A `fetch` that was passed in may wait longer than Node's own.
  const longest = options.fetch === undefined ? LONGEST_TIMEOUT_MS : 2 ** 31 - 1;
  checkInteger('timeoutMs', options.timeoutMs, 1, longest);
  checkInteger('retries', options.retries, 0, 100);
  checkInteger('concurrency', options.concurrency, 1, 1000);
  checkInteger('budget.requests', options.budget?.requests, 0);
  checkInteger('budget.tokens', options.budget?.tokens, 0);
}

/** @throws RangeError if the request is none that any provider takes */
export function checkRequest({ messages, temperature, maxTokens, seed }: CompletionRequest): void {
  if (!messages.some(({ role }) => role !== 'system')) {
    throw new RangeError('a request needs a message that is not a system message');
  }
  if (temperature !== undefined && !(temperature >= 0 && Number.isFinite(temperature))) {
    throw new RangeError(`temperature must be a number of at least 0, got ${temperature}`);
  }
  if (maxTokens !== undefined && !(Number.isSafeInteger(maxTokens) && maxTokens > 0)) {
    throw new RangeError(`maxTokens must be a positive integer, got ${maxTokens}`);
  }
  if (seed !== undefined && !Number.isSafeInteger(seed)) {
    throw new RangeError(`seed must be an integer, got ${seed}`);
  }
}

function checkInteger(
  name: string,
  value: number | undefined,
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): void {
  if (value === undefined) return;
  if (Number.isSafeInteger(value) && value >= least && value <= most) return;
  const range = most === Number.MAX_SAFE_INTEGER ? `at least ${least}` : `${least} to ${most}`;
  throw new UserError(`${name} must be an integer, ${range}, got ${value}`, {
    hint: `choose ${range}`,
  });
}
