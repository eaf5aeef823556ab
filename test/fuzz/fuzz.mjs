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
  const end = first + runs;
  const results = new Map(
    readers.map((reader) => [
      reader,
      { reader, accepted: 0, refused: 0, faults: [], slowest: { milliseconds: 0 }, peakRss: 0 },
    ]),
  );
  const addFault = ({ reader, index, file }, message) => {
    const fault = { reader, seed, index, file, message, again: reproducer(seed, reader, index) };
    results.get(reader).faults.push(fault);
    onFault(fault);
  };
  let jobs = readers.map((reader) => ({ reader, first, end }));
  while (jobs.length > 0) {
    const stopped = await runThread({ seed, jobs }, results, addFault);
    if (stopped === null) break;
    // A thread that hung or died is followed by another, from the next input on.
    const rest = jobs.slice(jobs.findIndex(({ reader }) => reader === stopped.reader));
    jobs = [{ ...rest[0], first: stopped.index + 1 }, ...rest.slice(1)];
  }
  return [...results.values()];
}

/** The command that reads one input again. */
export function reproducer(seed, reader, index) {
  return `npm run fuzz -- --seed ${seed} --reader ${reader} --first ${index} --runs 1`;
}

/** One thread, until it is done, hangs or dies; resolves to the input that stopped it, or null. */
function runThread(workerData, results, addFault) {
  const worker = new Worker(new URL('./fuzz-worker.mjs', import.meta.url), {
    workerData,
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MEBIBYTES },
  });
  // Nobody reads what the program prints.
  worker.stdout.resume();
  worker.stderr.resume();
  return new Promise((resolve, reject) => {
    let current = null;
    let begun = performance.now();
    let usedBefore = processorMs();
    const restart = () => {
      begun = performance.now();
      usedBefore = processorMs();
    };
    const stop = async (fault, message) => {
      clearInterval(timer);
      await worker.terminate();
      if (fault && current?.kind !== 'begin')
        return reject(new Error(`${current?.reader}: ${message}`));
      if (fault) addFault(current, message);
      resolve(fault ? current : null);
    };
    const timer = setInterval(() => {
      const used = processorMs() - usedBefore;
      const limit = current?.kind === 'begin' ? HANG_MS : PREPARE_MS;
      if (used < limit && performance.now() - begun < WAIT_MS + limit) return;
      stop(true, `hangs for more than ${limit} ms`);
    }, 100);
    worker.on('message', (message) => {
      restart();
      if (message.kind === 'done') return stop(false);
      if (message.kind !== 'end') {
        current = message;
        return;
      }
      const { index, outcome, milliseconds, rss } = message;
      const result = results.get(current.reader);
      if (outcome === 'fault') addFault(current, message.message);
      else result[outcome]++;
      if (milliseconds > result.slowest.milliseconds) {
        result.slowest = { index, milliseconds, file: current.file };
      }
      result.peakRss = Math.max(result.peakRss, rss);
      current = { ...current, kind: 'between' };
    });
    worker.on('error', (error) => stop(true, `the thread died: ${error?.stack ?? error}`));
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
