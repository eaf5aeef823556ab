// Ending at once, as a signal's default action does.

const noop = () => {};

/**
 * Ends the process the way an unhandled signal does; a shell reports `exitCode`.
 *
 * `process.exit` would first tear down the environments of threads, and onnxruntime aborts the process, with a message, if one of
 * its threads is in the middle of a run.
 */
export function endBySignal(
  signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'SIGPIPE',
  exitCode: number,
): never {
  if (process.platform !== 'win32') {
    // Node ignores SIGPIPE from the start; adding and removing a handler restores the default action.
    process.removeAllListeners(signal);
    process.on(signal, noop);
    process.off(signal, noop);
    process.kill(process.pid, signal);
  }
  process.exit(exitCode);
}
