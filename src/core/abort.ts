// Errors from aborted signals.

/** Whether `error` is the reason of the aborted signal, and not another failure. */
export function isAbortReason(error: unknown, signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true && error === signal.reason;
}
