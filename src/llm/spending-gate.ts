// Limits requests: the number in flight, the budget, and the totals that it is measured by.

import type { Budget, FailureKind, TokenCount, UsageTotals } from './language-model.ts';
import { BudgetSpent } from './llm-errors.ts';

export const NO_USAGE: UsageTotals = {
  requests: 0,
  retries: 0,
  completions: 0,
  cacheHits: 0,
  inputTokens: 0,
  outputTokens: 0,
  failures: {},
  seconds: 0,
};

/** Both totals together. */
export function addUsage(a: UsageTotals, b: UsageTotals): UsageTotals {
  const failures: Partial<Record<FailureKind, number>> = { ...a.failures };
  for (const [kind, count] of Object.entries(b.failures) as [FailureKind, number][]) {
    failures[kind] = (failures[kind] ?? 0) + count;
  }
  return {
    requests: a.requests + b.requests,
    retries: a.retries + b.retries,
    completions: a.completions + b.completions,
    cacheHits: a.cacheHits + b.cacheHits,
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    failures,
    seconds: a.seconds + b.seconds,
  };
}

/**
 * The larger of each total: what two records of the same requests, each perhaps cut short by a kill, know together.
 */
export function mergeUsage(a: UsageTotals, b: UsageTotals): UsageTotals {
  const kinds = [...new Set([...Object.keys(a.failures), ...Object.keys(b.failures)])];
  const failures = Object.fromEntries(
    (kinds as FailureKind[]).map((kind) => [
      kind,
      Math.max(a.failures[kind] ?? 0, b.failures[kind] ?? 0),
    ]),
  );
  return {
    requests: Math.max(a.requests, b.requests),
    retries: Math.max(a.retries, b.retries),
    completions: Math.max(a.completions, b.completions),
    cacheHits: Math.max(a.cacheHits, b.cacheHits),
    inputTokens: Math.max(a.inputTokens, b.inputTokens),
    outputTokens: Math.max(a.outputTokens, b.outputTokens),
    failures,
    seconds: Math.max(a.seconds, b.seconds),
  };
}

/** Requests that neither an answer nor a failure came of: cut off, or under way. */
export function countUnanswered({ requests, completions, failures }: UsageTotals): number {
  const failed = Object.values(failures).reduce((sum, count) => sum + count, 0);
  return Math.max(0, requests - completions - failed);
}

type Waiter = {
  readonly reserve: number;
  readonly start: () => void;
  readonly refuse: (error: unknown) => void;
};

/** Lets requests through in the order in which they came. One per model. */
export class SpendingGate {
  readonly #concurrency: number;
  readonly #budget: Budget;
  #totals: UsageTotals;
  #active = 0;
  #reserved = 0;
  #waiters: Waiter[] = [];

  constructor(options: { concurrency: number; budget: Budget; spent: UsageTotals }) {
    this.#concurrency = options.concurrency;
    this.#budget = options.budget;
    this.#totals = options.spent;
  }

  get totals(): UsageTotals {
    return { ...this.#totals, failures: { ...this.#totals.failures } };
  }

  /** Adds to the totals. */
  count(more: Partial<UsageTotals>): void {
    this.#totals = addUsage(this.#totals, { ...NO_USAGE, ...more });
  }

  /**
   * Runs `body` when a place is free. `reserve` is an estimate of its tokens: while others are in flight, one that
   * would begin beyond the token budget waits for what they really cost.
   *
   * @throws BudgetSpent; the signal's reason; whatever `body` throws
   */
  async pass<T>(
    reserve: number,
    signal: AbortSignal | undefined,
    body: () => Promise<T>,
  ): Promise<T> {
    await this.#enter(reserve, signal);
    try {
      return await body();
    } finally {
      this.#active--;
      this.#reserved -= reserve;
      this.#admit();
    }
  }

  /**
   * Counts a request that is about to be sent.
   *
   * @throws BudgetSpent with `failure` as its cause; then the request must not be sent
   */
  countRequest(retry: boolean, failure?: unknown): void {
    const spent = this.#findSpent(failure);
    if (spent !== null) throw spent;
    this.count({ requests: 1, retries: retry ? 1 : 0 });
  }

  countFailure(kind: FailureKind, seconds: number): void {
    this.count({ failures: { [kind]: 1 }, seconds });
  }

  countCompletion(usage: TokenCount, seconds: number): void {
    this.count({ ...usage, completions: 1, seconds });
  }

  #enter(reserve: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = () => {
        this.#waiters = this.#waiters.filter((other) => other !== waiter);
        reject(signal?.reason);
        this.#admit();
      };
      const settle = () => signal?.removeEventListener('abort', abort);
      const waiter: Waiter = {
        reserve,
        start: () => {
          settle();
          resolve();
        },
        refuse: (error) => {
          settle();
          reject(error);
        },
      };
      if (signal?.aborted) return reject(signal.reason);
      signal?.addEventListener('abort', abort, { once: true });
      this.#waiters.push(waiter);
      this.#admit();
    });
  }

  #admit(): void {
    for (let next = this.#waiters[0]; next !== undefined; next = this.#waiters[0]) {
      const spent = this.#findSpent();
      if (spent === null && !this.#hasRoom()) return;
      this.#waiters.shift();
      if (spent !== null) {
        next.refuse(spent);
        continue;
      }
      this.#active++;
      this.#reserved += next.reserve;
      next.start();
    }
  }

  #hasRoom(): boolean {
    if (this.#active === 0) return true;
    if (this.#active >= this.#concurrency) return false;
    const { tokens } = this.#budget;
    return tokens === undefined || this.#tokens() + this.#reserved < tokens;
  }

  #findSpent(cause?: unknown): BudgetSpent | null {
    const { requests, tokens } = this.#budget;
    const sent = this.#totals.requests;
    if (requests !== undefined && sent >= requests) {
      return new BudgetSpent('requests', { allowed: requests, spent: sent, cause });
    }
    if (tokens !== undefined && this.#tokens() >= tokens) {
      return new BudgetSpent('tokens', { allowed: tokens, spent: this.#tokens(), cause });
    }
    return null;
  }

  #tokens(): number {
    return this.#totals.inputTokens + this.#totals.outputTokens;
  }
}
