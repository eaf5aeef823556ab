// Ctrl-C: the first stops after the step under way and saves, the second ends at once.

import { endBySignal } from './end-by-signal.ts';

/** Runs `body` with a signal that fires on SIGINT or SIGTERM. */
export async function withInterrupt<T>(
  onFirst: () => void,
  body: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const handle = () => {
    if (controller.signal.aborted) endBySignal('SIGINT', 130);
    onFirst();
    controller.abort();
  };
  process.on('SIGINT', handle);
  process.on('SIGTERM', handle);
  try {
    return await body(controller.signal);
  } finally {
    process.off('SIGINT', handle);
    process.off('SIGTERM', handle);
  }
}
