// Signals that ask a command to stop: the first stops after the step under way and saves, the second ends at once.

import { isAbortReason } from '../core/index.ts';
import { endBySignal } from './end-by-signal.ts';

/** With the exit code that a shell knows each by, 128 plus the signal's number. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129, SIGPIPE: 141 } as const;

type StopSignal = keyof typeof EXIT_CODES;

/** Why a command stops. */
export type Interruption = { readonly signal: StopSignal; readonly exitCode: number };

/** A terminal that closes sends SIGHUP more than once, and every line that nobody reads any more is a broken pipe. */
const REPEATS_BY_ITSELF: ReadonlySet<StopSignal> = new Set(['SIGHUP', 'SIGPIPE']);

/**
 * Runs `body` with a signal that fires on Ctrl-C (SIGINT), SIGTERM, SIGHUP (the terminal was closed), and when standard
 * output is closed (`reportClosedOutput`).
 */
export async function withInterrupt<T>(
  onFirst: (interruption: Interruption) => void,
  body: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const names = Object.keys(EXIT_CODES) as StopSignal[];
  const handlers = names.map((name) => {
    const exitCode = EXIT_CODES[name];
    const handle = () => {
      if (!controller.signal.aborted) {
        onFirst({ signal: name, exitCode });
        controller.abort();
      } else if (!REPEATS_BY_ITSELF.has(name)) endBySignal(name, exitCode);
    };
    return [name, handle] as const;
  });
  for (const [name, handle] of handlers) process.on(name, handle);
  try {
    return await body(controller.signal);
  } finally {
    for (const [name, handle] of handlers) process.off(name, handle);
  }
}

/**
 * Runs `body`, whose result is an exit code, as `withInterrupt` does. Where it ends with the reason of its signal, `onStop`
 * tells the user and the exit code is the signal's; any other error is thrown, also after a signal.
 */
export async function runUntilStopped(
  body: (signal: AbortSignal) => Promise<number>,
  onStop: () => void,
): Promise<number> {
  let stopped: Interruption | undefined;
  let asked: AbortSignal | undefined;
  try {
    return await withInterrupt(
      (interruption) => {
        stopped = interruption;
      },
      (signal) => {
        asked = signal;
        return body(signal);
      },
    );
  } catch (error) {
    if (!stopped || !isAbortReason(error, asked)) throw error;
    onStop();
    return stopped.exitCode;
  }
}

/**
 * What to do when nobody reads standard output any more: a command that can be stopped saves and stops, any other one
 * ends, as by the signal.
 */
export function reportClosedOutput(): void {
  if (process.listenerCount('SIGPIPE') > 0) process.emit('SIGPIPE', 'SIGPIPE');
  else endBySignal('SIGPIPE', EXIT_CODES.SIGPIPE);
}

/** What to do when standard output cannot be written, as on a full disk: as when it is closed, but with exit code 1. */
export function reportFailedOutput(): void {
  if (process.listenerCount('SIGPIPE') > 0) process.emit('SIGPIPE', 'SIGPIPE');
  else process.exit(1);
}
