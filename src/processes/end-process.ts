// The end of a process one of whose threads waits in native code for ever: Node would wait for that thread.

/**
 * Loads what ends this process at once, whatever its threads do. Without koffi, the process ends by a signal instead of with an
 * exit code.
 */
export async function loadEndProcess(): Promise<(exitCode: number) => void> {
  try {
    const { default: native } = await import('koffi');
    return native.load(null).func('void _exit(int code)');
  } catch {
    return () => process.kill(process.pid, 'SIGKILL');
  }
}
