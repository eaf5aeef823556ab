// A queue of events in bounded memory.

import type { JobEvent } from './executor.ts';

const MAX_QUEUED = 1000;

export type EventQueue = {
  /** Beyond the bound, the oldest progress events are dropped. */
  readonly push: (event: JobEvent) => void;
  /** The events, until `close` was called and all have been taken. */
  readonly events: AsyncIterable<JobEvent>;
  /** No events follow; an error is thrown once the earlier events have been taken. */
  readonly close: (error?: unknown) => void;
};

export function createEventQueue(): EventQueue {
  const queued: JobEvent[] = [];
  let closed: { readonly error?: unknown } | null = null;
  let wake = () => {};
  async function* take(): AsyncGenerator<JobEvent, void, undefined> {
    for (;;) {
      const event = queued.shift();
      if (event) yield event;
      else if (closed) {
        if (closed.error !== undefined) throw closed.error;
        return;
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  }
  return {
    push: (event) => {
      queued.push(event);
      if (queued.length > MAX_QUEUED) {
        const oldest = queued.findIndex(({ kind }) => kind === 'progress');
        if (oldest >= 0) queued.splice(oldest, 1);
      }
      wake();
    },
    events: take(),
    close: (error) => {
      closed ??= error === undefined ? {} : { error };
      wake();
    },
  };
}
