// A process of a group that does on its devices what process 0 does on its own.

import type { JoinedGroup, Outcome } from '../../../../processes/index.ts';
import type { Request } from './protocol.ts';
import { startXlaWorker, type XlaOptions } from './xla-backend.ts';

/** What process 0 sends: what it asks its own devices, and where it is. */
type Command = Request | { readonly kind: 'note'; readonly at: string };

/**
 * Follows process 0 until it closes its device.
 *
 * @returns how it ended
 * @throws Error where this process's devices fail, or a process is lost
 */
export async function followXla(
  options: XlaOptions & { readonly processes: JoinedGroup },
): Promise<Outcome> {
  const { processes } = options;
  // Opened when process 0 has opened its own: the plugin waits for all.
  let worker: ReturnType<typeof startXlaWorker> | null = null;
  const underWay = new Set<Promise<unknown>>();
  await new Promise<void>((resolve, reject) => {
    // What process 0 has asked for before is done first, since the others may wait for it.
    const close = () => Promise.allSettled(underWay).then(() => worker?.close());
    processes.onLost(reject);
    processes.onCommand((received) => {
      const command = received as Command;
      switch (command.kind) {
        case 'note':
          processes.note(command.at);
          break;
        case 'close':
          close().then(resolve, reject);
          break;
        default: {
          worker ??= startXlaWorker(options);
          const asked = worker.ask(command).then(() => processes.moved(), reject);
          underWay.add(asked);
          asked.finally(() => underWay.delete(asked));
        }
      }
    });
    // Process 0 may end before it has a device.
    processes.outcome.then(close).then(resolve, reject);
  });
  return processes.outcome;
}
