// The two errors that callers of a language model tell apart.

import { UserError } from '../core/index.ts';
import type { FailureKind } from './language-model.ts';

/** The server refused, or still failed after the last retry. `kind` says why; `status` is the HTTP status, if any. */
export class LanguageModelError extends UserError {
  readonly kind: FailureKind;
  readonly status: number | null;

  constructor(
    message: string,
    options: { hint: string; kind: FailureKind; status?: number | null },
  ) {
    super(message, { hint: options.hint });
    this.name = 'LanguageModelError';
    this.kind = options.kind;
    this.status = options.status ?? null;
  }
}

/** The budget is spent; nothing was sent. `cause` is the last failure when a retry was what it no longer allowed. */
export class BudgetSpent extends UserError {
  readonly limit: 'requests' | 'tokens';
  readonly allowed: number;
  readonly spent: number;

  constructor(
    limit: 'requests' | 'tokens',
    options: { allowed: number; spent: number; cause?: unknown },
  ) {
    super(`the budget of ${options.allowed} ${limit} is spent (${options.spent} used)`, {
      hint: `resume with a larger budget of ${limit}; finished answers are not asked for again`,
      cause: options.cause,
    });
    this.name = 'BudgetSpent';
    this.limit = limit;
    this.allowed = options.allowed;
    this.spent = options.spent;
  }
}
