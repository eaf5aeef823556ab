// Runs readers over changed files, with a watchdog: what is neither accepted nor refused in words is a fault.

import { Worker } from 'node:worker_threads';
import { READERS } from './readers.mjs';

/** An input that takes more processor time hangs. */
export const HANG_MS = 5000;
/** So does one that takes so long without: it waits for what does not come. */
const WAIT_MS = 60_000;
/** Making the files to begin with. */
const PREPARE_MS = 60_000;
const HEAP_MEBIBYTES = 1024;

export const READER_NAMES = Object.keys(READERS);

/**
 * Changes and reads `runs` files per reader.
 *
 * @param {{ seed: number, runs: number, readers?: string[], first?: number, onFault?: (fault: object) => void }} options
 * @returns per reader: counts of `accepted` and `refused`, `faults` with their reproducers, the `slowest` input, and
 *   the `peakRss` of the process while it ran
 */
export async function fuzz({ seed, runs, readers = READER_NAMES, first = 0, onFault = () => {} }) {
  const results = [];
  for (const reader of readers) {
    const result = {
      reader,
      accepted: 0,
      refused: 0,
      faults: [],
      slowest: { milliseconds: 0 },
      peakRss: 0,
    };
    const addFault = (index, file, message) => {
      const fault = { reader, seed, index, file, message, again: reproducer(seed, reader, index) };
      result.faults.push(fault);
      onFault(fault);
    };
    const end = first + runs;
    for (let next = first; next < end; ) {
      next = await runThread({ reader, seed, first: next, end }, result, addFault);
    }
    results.push(result);
  }
  return results;
}

/** The command that reads one input again. */
export function reproducer(seed, reader, index) {
  return `npm run fuzz -- --seed ${seed} --reader ${reader} --first ${index} --runs 1`;
}

/** One thread, from `first` until it is done, hangs or dies; resolves to the index to go on with. */
function runThread(job, result, addFault) {
  const worker = new Worker(new URL('./fuzz-worker.mjs', import.meta.url), {
    workerData: job,
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MEBIBYTES },
  });
  // Nobody reads what the program prints.
  worker.stdout.resume();
  worker.stderr.resume();
  return new Promise((resolve, reject) => {
    let current = null;
    const stop = async (next, error) => {
      clearInterval(timer);
      await worker.terminate();
      if (error) reject(error);
      else resolve(next);
    };
    let begun = performance.now();
    let usedBefore = processorMs();
    const restart = () => {
      begun = performance.now();
      usedBefore = processorMs();
    };
    const timer = setInterval(() => {
      const used = processorMs() - usedBefore;
      const limit = current === null ? PREPARE_MS : HANG_MS;
      if (used < limit && performance.now() - begun < WAIT_MS + limit) return;
      if (current === null) stop(null, new Error(`${job.reader}: no files to begin with`));
      else {
        addFault(current.index, current.file, `hangs for more than ${limit} ms`);
        stop(current.index + 1);
      }
    }, 100);
    worker.on('message', (message) => {
      if (message.kind === 'done') return stop(job.end);
      if (message.kind === 'begin') {
        current = message;
        return restart();
      }
      const { index, outcome, milliseconds, rss } = message;
      if (outcome === 'fault') addFault(index, current.file, message.message);
      else result[outcome]++;
      if (milliseconds > result.slowest.milliseconds)
        result.slowest = { index, milliseconds, file: current.file };
      result.peakRss = Math.max(result.peakRss, rss);
      restart();
    });
    worker.on('error', (error) => {
      if (current === null) return stop(null, error);
      addFault(current.index, current.file, `the thread died: ${error?.stack ?? error}`);
      stop(current.index + 1);
    });
  });
}

/** The results as a table. */
export function formatResults(results) {
  const rows = results.map(({ reader, accepted, refused, faults, slowest, peakRss }) => [
    reader.padEnd(18),
    String(accepted).padStart(8),
    String(refused).padStart(8),
    String(faults.length).padStart(7),
    `${slowest.milliseconds.toFixed(0)} ms`.padStart(9),
    `${(peakRss / 2 ** 20).toFixed(0)} MiB`.padStart(9),
  ]);
  const head = ['reader'.padEnd(18), 'accepted', ' refused', ' faults', '  slowest', ' peak RSS'];
  return [head, ...rows].map((row) => row.join(' ')).join('\n');
}

/** Processor time of this process, its threads included. */
function processorMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
