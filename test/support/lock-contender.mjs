// A process that works under a lock: takes it, again and again until it has had it `TIMES` times, and says where it was not alone.
//   node lock-contender.mjs LOCK TIMES     or with `hold` in place of TIMES: takes it and keeps it
import { closeSync, openSync, rmSync } from 'node:fs';
import path from 'node:path';
import { takeLock } from '../../dist/files/lock.js';

const [lock, times] = process.argv.slice(2);
const mark = path.join(path.dirname(lock), 'at-work');
if (times === 'hold') {
  takeLock(lock, { renewEveryMs: 5 });
  console.log('held');
  setInterval(() => {}, 1000);
} else {
  for (let had = 0; had < Number(times); ) {
    let held;
    try {
      held = takeLock(lock);
    } catch {
      await new Promise(setImmediate);
      continue;
    }
    held.requireFolder();
    // Fails where another one is here.
    closeSync(openSync(mark, 'wx'));
    await new Promise(setImmediate);
    held.requireFolder();
    rmSync(mark);
    held.release();
    had++;
  }
}
