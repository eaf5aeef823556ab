// Timers of waits.

/** Longer waits than a timer can have are cut to some 24 days. */
const LONGEST_MS = 2 ** 31 - 1;

/** A timer that keeps no process alive: whoever waits has a connection. */
export function startTimer(ms: number, then: () => void): NodeJS.Timeout {
  return setTimeout(then, Math.min(Math.max(0, ms), LONGEST_MS)).unref();
}
