// Ending at once, as a signal's default action does.

const noop = () => {};

/**
 * Ends the process the way an unhandled signal does; a shell reports `exitCode`.
 *
 * `process.exit` would tear the threads' environments down first, and onnxruntime aborts the process, with a message,
 * where a thread of its is in the middle of a run.
 */
export function endBySignal(
  signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'SIGPIPE',
  exitCode: number,
): never {
  if (process.platform !== 'win32') {
    // Node ignores SIGPIPE from its start: a handler that comes and goes leaves the default action behind.
    process.removeAllListeners(signal);
    process.on(signal, noop);
    process.off(signal, noop);
    process.kill(process.pid, signal);
  }
  process.exit(exitCode);
}
