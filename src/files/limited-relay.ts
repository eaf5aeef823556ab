// The thread between a `LimitedWorker` that waits and its process: it hears the process while the caller cannot.

import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { workerData } from 'node:worker_threads';
import type { CallReply, LimitedRelayData } from './limited-worker.ts';

const { port, signal, script, heapMebibytes } = workerData as LimitedRelayData;

const send = (reply: CallReply): void => {
  port.postMessage(reply);
  Atomics.store(signal, 0, 1);
  Atomics.notify(signal, 0);
};

const child = fork(fileURLToPath(script), [], {
  execArgv: [`--max-old-space-size=${heapMebibytes}`],
  serialization: 'advanced',
  // What it prints is for people, and standard output may be a program's. V8's last words are not for people.
  stdio: ['ignore', 2, 'ignore', 'ipc'],
});
child.on('message', (reply) => send(reply as CallReply));
child.on('error', ({ message }) => send({ error: { message } }));
child.on('exit', (code, by) => send({ ended: isOutOfMemory(code, by) ? 'memory' : 'exit' }));
port.on('message', (request) => child.send(request));

/** V8 ends a process without memory by a trap or by aborting, the system by killing it. */
function isOutOfMemory(code: number | null, by: NodeJS.Signals | null): boolean {
  return by !== null || code === 133 || code === 134;
}
