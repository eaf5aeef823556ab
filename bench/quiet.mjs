// Waiting for a quiet machine, and telling how much of it others took while something was timed.
import { cpus } from 'node:os';

/** Milliseconds that all processors have been busy, and have existed, since the machine started. */
function processorTimes() {
  let busy = 0;
  let total = 0;
  for (const { times } of cpus()) {
    const all = times.user + times.nice + times.sys + times.irq + times.idle;
    total += all;
    busy += all - times.idle;
  }
  return { busy, total };
}

/**
 * Runs `work`, which tells how many milliseconds of processor time it used itself.
 *
 * @returns what it gave, and the share of the processors that others took meanwhile
 */
export async function withShareOfOthers(work) {
  const before = processorTimes();
  const value = await work();
  const after = processorTimes();
  const others = after.busy - before.busy - value.cpu;
  return { value, others: Math.max(0, others) / Math.max(1, after.total - before.total) };
}

/** Resolves when others leave the processors alone, or after so many seconds. */
export async function waitForQuiet(seconds = 4) {
  const until = performance.now() + seconds * 1e3;
  while (performance.now() < until) {
    const { others } = await withShareOfOthers(async () => {
      await new Promise((resolve) => setTimeout(resolve, 200));
      return { cpu: 0 };
    });
    if (others < 0.06) return;
  }
}
