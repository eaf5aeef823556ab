// What a signal that stops work leaves to be caught.

/** Whether `error` is what the signal itself threw once it was aborted, and not a failure that came meanwhile. */
export function isAbortReason(error: unknown, signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true && error === signal.reason;
}
