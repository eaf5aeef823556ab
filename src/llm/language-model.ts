// The port: what a language model is to the rest of the program, and what it counts and tells.

export type Message = {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
};

export type CompletionRequest = {
  /** At least one that is not a system message. */
  readonly messages: readonly Message[];
  /** Non-negative; the provider's default where absent. */
  readonly temperature?: number;
  /** The longest answer, in tokens; the provider's default where absent (Anthropic: 4096). */
  readonly maxTokens?: number;
  /** An integer, sent to providers that know seeds (Anthropic does not); no promise of equal answers. */
  readonly seed?: number;
  /** Tells otherwise equal requests apart, as in "round 3 iteration 17". Part of the cache's key; not sent. */
  readonly tag?: string;
};

export type StopReason = 'stop' | 'length' | 'other';

/** Tokens as the server counted them; where it counts none, a quarter of the characters, rounded up. */
export type TokenCount = { readonly inputTokens: number; readonly outputTokens: number };

export type Completion = {
  /**
   * The visible text. Empty if the model gave none: it refused, called a tool, or spent all its tokens
   * on reasoning (`stopReason: 'length'`). An empty answer is an answer: it is cached and not asked for again.
   */
  readonly text: string;
  readonly usage: TokenCount;
  /** Whether it came from the cache: nothing was sent, and nothing spent. */
  readonly cached: boolean;
  readonly stopReason: StopReason;
};

/** Why an attempt failed. */
export type FailureKind =
  /** HTTP 429. */
  | 'rate-limit'
  /** HTTP 5xx, 408, 409, 425. */
  | 'server'
  /** No complete answer within `timeoutMs`. */
  | 'timeout'
  /** The connection was refused, lost, or could not be made. */
  | 'network'
  /** An answer that is not JSON, not UTF-8, or lacks what the protocol demands. */
  | 'malformed'
  /** An answer above the largest size that is read. */
  | 'too-large'
  /** HTTP 401, 403. */
  | 'authorization'
  /** HTTP 404. */
  | 'not-found'
  /** HTTP 402, or 429 because the account has no credit left. */
  | 'quota'
  /** HTTP 400 and other 4xx: the server does not accept this request. */
  | 'rejected'
  /** HTTP 3xx: not followed, because the key would travel along. */
  | 'redirect';

/** What was spent, since the first run when earlier totals were passed in. Plain JSON. */
export type UsageTotals = {
  /** Requests sent, retries among them, answered or not. */
  readonly requests: number;
  /** Those of `requests` that repeated a failed one. */
  readonly retries: number;
  /** Completions that a server gave. */
  readonly completions: number;
  /** Completions that the cache gave. */
  readonly cacheHits: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Failed attempts by kind. Attempts that the caller or a kill cut off are in `requests` only: see `countUnanswered`. */
  readonly failures: Readonly<Partial<Record<FailureKind, number>>>;
  /** Time spent waiting for servers, summed over requests: with several in flight, more than the clock shows. */
  readonly seconds: number;
};

/** Where requests end. Both bounds count what earlier runs spent when it was passed in as `spent`. */
export type Budget = {
  /** Most requests sent; a retry is a request. */
  readonly requests?: number;
  /** Input and output tokens together. Exceeded by at most about one answer, because its length is not known before. */
  readonly tokens?: number;
};

/**
 * What a model tells while it works. No event ever holds the key. `request` comes when the attempt is counted and before
 * it is sent: a listener that saves `usage()` then loses sight of none, whenever the process dies.
 */
export type LanguageModelEvent =
  | { readonly kind: 'request'; readonly tag?: string; readonly attempt: number }
  | {
      readonly kind: 'retry';
      readonly tag?: string;
      /** The attempt that failed, from 1. */
      readonly attempt: number;
      readonly failure: FailureKind;
      readonly message: string;
      readonly delayMs: number;
    }
  | {
      readonly kind: 'completion';
      readonly tag?: string;
      readonly cached: boolean;
      readonly usage: TokenCount;
      readonly seconds: number;
    }
  | { readonly kind: 'damaged-cache'; readonly file: string; readonly reason: string }
  | { readonly kind: 'warning'; readonly text: string };

export type CompleteOptions = {
  /** Ends everything at once: the answer to a request under way is lost, though it may be paid for. */
  readonly signal?: AbortSignal | undefined;
  /** Once aborted, nothing more is sent, but what was sent is waited for, and its answer kept. */
  readonly drain?: AbortSignal | undefined;
};

export type LanguageModel = {
  /** Provider and model, as in "openai:gpt-5". */
  readonly name: string;
  /**
   * The model's answer, from the cache where there is one. It is in the cache, on disk, before it is returned.
   *
   * @throws BudgetSpent before sending, when the budget is spent
   * @throws LanguageModelError if the server refuses, or still fails after the last retry
   * @throws UserError if the cache cannot be written
   * @throws the reason of a signal that is aborted
   */
  complete(request: CompletionRequest, options?: CompleteOptions): Promise<Completion>;
  /** A copy of the totals at this moment. */
  usage(): UsageTotals;
};
