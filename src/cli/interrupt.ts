// Signals that ask a command to stop: the first stops it after the current step and saves, the second ends it at once.

import { isAbortReason } from '../core/index.ts';
import { endBySignal } from './end-by-signal.ts';

/** The signals with their exit codes in shells, 128 plus the signal's number. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129, SIGPIPE: 141 } as const;

type StopSignal = keyof typeof EXIT_CODES;

/** Why a command stops. */
export type Interruption = { readonly signal: StopSignal; readonly exitCode: number };

/** A closing terminal sends SIGHUP more than once, and each further line is a broken pipe. */
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
 * Runs `body`, whose result is an exit code, as `withInterrupt` does. If it throws the reason of its signal, `onStop` tells the
 * user and the exit code is the signal's; any other error is thrown, also after a signal.
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
 * Called when standard output is no longer read: a command that can be stopped saves and stops, any other one ends as if by the
 * signal.
 */
export function reportClosedOutput(): void {
  if (process.listenerCount('SIGPIPE') > 0) process.emit('SIGPIPE', 'SIGPIPE');
  else endBySignal('SIGPIPE', EXIT_CODES.SIGPIPE);
}

/** Called when standard output cannot be written, as on a full disk: like a closed output, but with exit code 1. */
export function reportFailedOutput(): void {
  if (process.listenerCount('SIGPIPE') > 0) process.emit('SIGPIPE', 'SIGPIPE');
  else process.exit(1);
}
