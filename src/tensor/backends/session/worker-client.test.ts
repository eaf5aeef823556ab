import { expect, test } from 'vitest';
import { WorkerClient } from './worker-client.ts';

/** A thread that answers nothing and, told to close, waits for `release`, as one does inside of native code. */
const STUCK = `
  import { parentPort, workerData } from 'node:worker_threads';
  parentPort.on('message', ({ request }) => {
    if (request.kind !== 'close') return;
    Atomics.wait(workerData.release, 0, 0);
    process.exit();
  });
`;

function openStuck() {
  const release = new Int32Array(new SharedArrayBuffer(4));
  const url = new URL(`data:text/javascript,${encodeURIComponent(STUCK)}`);
  const client = new WorkerClient<{ kind: string }, object, object>(url, { release });
  return {
    client,
    end() {
      Atomics.store(release, 0, 1);
      Atomics.notify(release, 0);
    },
  };
}

test('closing rejects what waits, and resolves when the thread has ended', async () => {
  const { client, end } = openStuck();
  const asked = client.ask({ kind: 'work' });
  let isClosed = false;
  const closed = client.close().then(() => {
    isClosed = true;
  });
  await expect(asked).rejects.toThrow('the device is closed');
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(isClosed).toBe(false);
  end();
  await closed;
});

test.each(['before', 'while'])('one given up %s it closes is not waited for', async (when) => {
  const { client, end } = openStuck();
  const asked = client.ask({ kind: 'work' });
  asked.catch(() => {});
  const closed = when === 'while' ? client.close() : null;
  client.abandon(new Error('rank 1 is gone'));
  await (closed ?? client.close());
  await expect(asked).rejects.toThrow(closed ? 'the device is closed' : 'rank 1 is gone');
  await expect(client.ask({ kind: 'work' })).rejects.toThrow();
  end();
});
