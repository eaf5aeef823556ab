// Loaded into a job's process before its program: when the process that started it is gone, the job saves and stops.

import { isMainThread } from 'node:worker_threads';

if (isMainThread && process.channel) {
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  // To listen must not keep the process alive.
  process.channel.unref();
}
