// The functions by which a plugin reaches the store of a group of processes.

import { Worker } from 'node:worker_threads';
import type { KeyValueFunctions, KeyValueThreadData } from './key-value-thread.ts';
import type { ProcessPlace } from './protocol.ts';

/** Threads are plain JavaScript: from sources, the built one is used. */
function threadUrl(): URL {
  const built = '../../../../../dist/tensor/backends/xla/session/key-value-thread.js';
  return new URL(
    import.meta.url.endsWith('.ts') ? built : './key-value-thread.js',
    import.meta.url,
  );
}

/**
 * Starts threads that answer a plugin. They are not the one that calls it, because that one may wait in the plugin for what they
 * answer. They end with the thread that starts them.
 */
export async function openKeyValueFunctions({
  ports,
}: Pick<ProcessPlace, 'ports'>): Promise<Required<KeyValueFunctions>> {
  const [get, other] = await Promise.all([
    startThread({ role: 'get', port: ports.get }),
    startThread({ role: 'other', port: ports.other }),
  ]);
  return { get: get.get!, tryGet: other.tryGet!, put: other.put! };
}

function startThread(workerData: KeyValueThreadData): Promise<KeyValueFunctions> {
  return new Promise((resolve, reject) => {
    const thread = new Worker(threadUrl(), {
      execArgv: [],
      workerData,
      transferList: [workerData.port],
    });
    thread.once('message', resolve);
    thread.once('error', reject);
  });
}
