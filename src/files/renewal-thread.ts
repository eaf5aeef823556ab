// The thread that renews locks: it changes the time of their files, while they are this process's.

import { readFileSync, utimesSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import type { Renewal } from './renew-lock.ts';

const timers = new Map<string, NodeJS.Timeout>();

parentPort!.on('message', ({ lock, content, everyMs }: Renewal) => {
  stop(lock);
  if (content === null) return;
  timers.set(
    lock,
    setInterval(() => renew(lock, content), everyMs),
  );
});

function renew(lock: string, content: string): void {
  try {
    const now = new Date();
    if (readFileSync(lock, 'utf8') === content) utimesSync(lock, now, now);
    else stop(lock);
  } catch {
    // A network may be away for a while: the next time tells.
  }
}

function stop(lock: string): void {
  clearInterval(timers.get(lock));
  timers.delete(lock);
}
