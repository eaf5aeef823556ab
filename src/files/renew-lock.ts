// One thread for all locks of this process that renews them, also while the main thread computes.

import { Worker } from 'node:worker_threads';

/** What the thread is told: to renew a lock while its file holds `content`, or with null, not any more. */
export type Renewal = {
  readonly lock: string;
  readonly content: string | null;
  readonly everyMs: number;
};

/** Locks belong to the process, and so does the thread. */
let thread: Worker | null = null;

/**
 * Renews the file `lock` every `everyMs` until the function that is returned is called, or the file holds something else.
 * Does not keep the process alive.
 *
 * @param lock absolute path
 */
export function renewLock(lock: string, content: string, everyMs: number): () => void {
  thread ??= startThread();
  const own = thread;
  own.postMessage({ lock, content, everyMs } satisfies Renewal);
  return () => own.postMessage({ lock, content: null, everyMs } satisfies Renewal);
}

function startThread(): Worker {
  // Flags such as --input-type are meant for the program, not for its threads.
  const started = new Worker(threadUrl(), {
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 },
  });
  // Locks that are not renewed any more may be taken over, which is found before anything is written.
  started.on('error', () => {});
  started.on('exit', () => {
    if (thread === started) thread = null;
  });
  started.unref();
  return started;
}

/** Threads are plain JavaScript: from sources, the built one is used. */
function threadUrl(): URL {
  const built = '../../dist/files/renewal-thread.js';
  return new URL(import.meta.url.endsWith('.ts') ? built : './renewal-thread.js', import.meta.url);
}
