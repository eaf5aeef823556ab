// Answers of a worker to one request; another request ends it.

import { useEffect } from 'preact/hooks';
import type { WorkerAnswer, WorkerRequest } from './serve-worlds.ts';

/**
 * Runs a request while the component is there and the request is the same, by what it says.
 *
 * @param request null asks nothing
 */
export function useWorker(
  request: WorkerRequest | null,
  begin: () => void,
  receive: (answer: WorkerAnswer) => void,
): void {
  const identity = JSON.stringify(request);
  useEffect(() => {
    begin();
    if (request === null) return;
    const worker = new Worker(new URL('./worlds-worker.ts', import.meta.url), { type: 'module' });
    worker.onmessage = ({ data }: MessageEvent<WorkerAnswer>) => receive(data);
    worker.onerror = (event) => {
      receive({ kind: 'error', message: event.message || 'the worker did not start', hint: null });
    };
    worker.postMessage(request);
    return () => worker.terminate();
  }, [identity]);
}
