// Time as an argument, so that tests need not wait.

export type Clock = {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls `fire` once, `ms` from now; the function returned cancels that. */
  after(ms: number, fire: () => void): () => void;
};

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, fire) => {
    const timer = setTimeout(fire, ms);
    return () => clearTimeout(timer);
  },
};

/** Waits `ms`. Throws the signal's reason as soon as it is aborted. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  let cancel = () => {};
  const waiting = new Promise<void>((resolve) => {
    cancel = clock.after(ms, resolve);
  });
  return raceAbort(waiting, signal).finally(cancel);
}

/** `promise`, unless the signal is aborted first: then it throws the signal's reason. */
export function raceAbort<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise<T>((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
