// What calls native libraries: an optional dependency.

import type koffi from 'koffi';
import { UserError } from '../../../../core/index.ts';

/**
 * @throws UserError where it is not installed
 */
export async function loadNative(): Promise<typeof koffi> {
  try {
    const native = (await import('koffi')).default;
    silenceLogs(native);
    return native;
  } catch (error) {
    throw new UserError(
      `koffi, which calls PJRT plugins, does not load: ${(error as Error).message}`,
      {
        hint: 'npm install koffi',
      },
    );
  }
}

/**
 * XLA writes what it does to standard error unless the environment says otherwise before it is loaded; that of a worker thread
 * is a copy, which native code does not see.
 */
function silenceLogs(native: typeof koffi): void {
  if (process.platform === 'win32') return;
  const setenv = native
    .load(null)
    .func('int setenv(const char *name, const char *value, int overwrite)');
  setenv('TF_CPP_MIN_LOG_LEVEL', '2', 0);
}

/** Makes libraries known to what is loaded later. One that does not load is left to the plugin, which says what it misses. */
export function preloadLibraries(native: typeof koffi, files: readonly string[]): void {
  for (const file of files) {
    try {
      native.load(file, { lazy: true, global: true });
    } catch {}
  }
}
