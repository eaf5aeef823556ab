// The contract of predictors: one sequence at a time, token by token.

/**
 * Predicts a sequence from its tokens so far. Streaming: `reset`, then for every token in turn `logProbability` (or
 * not) and `observe`.
 */
export type Predictor = {
  /** Begins another sequence. */
  reset(): void;
  /** Natural logarithm of the probability that the next token is `token`. */
  logProbability(token: number): number;
  /** Reads the next token. */
  observe(token: number): void;
};
