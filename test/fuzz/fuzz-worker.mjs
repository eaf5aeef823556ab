// The thread that changes files and reads them. It says before each input what it begins, so that a hang has a name.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { UserError } from '../../dist/core/index.js';
import { createRandom, mutate } from './mutate.mjs';
import { READERS } from './readers.mjs';

const { seed, jobs } = workerData;
let stray = null;
process.on('unhandledRejection', (error) => {
  stray ??= error;
});

for (const job of jobs) await runJob(job);
parentPort.postMessage({ kind: 'done' });

async function runJob({ reader: name, first, end }) {
  parentPort.postMessage({ kind: 'prepare', reader: name });
  const reader = READERS[name];
  const folder = mkdtempSync(path.join(tmpdir(), `primordia-fuzz-${name}-`));
  try {
    const targets = await reader.prepare(folder);
    const originals = new Map(targets.map(({ file }) => [file, readFileSync(file)]));
    // What is not changed is read: a fixture that is refused would test nothing.
    for (const { file } of targets) await reader.read(folder, file);
    for (let index = first; index < end; index++) {
      const random = createRandom(seed, name, index);
      const { file, kind } = random.pick(targets);
      const changed = mutate(originals.get(file), kind, random);
      const place = path.relative(folder, file);
      parentPort.postMessage({ kind: 'begin', reader: name, index, file: place });
      writeFileSync(file, changed);
      const begun = performance.now();
      const outcome = await attempt(() => reader.read(folder, file));
      const milliseconds = performance.now() - begun;
      const rss = process.memoryUsage.rss();
      parentPort.postMessage({ kind: 'end', index, milliseconds, rss, ...outcome });
      writeFileSync(file, originals.get(file));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function attempt(body) {
  stray = null;
  let failure = null;
  try {
    await body();
  } catch (error) {
    failure = error ?? new Error(`${error} was thrown`);
  }
  await new Promise((resolve) => setImmediate(resolve));
  failure ??= stray;
  if (failure === null) return { outcome: 'accepted' };
  if (
    failure instanceof UserError &&
    !(stray && stray !== failure && !(stray instanceof UserError))
  ) {
    return { outcome: 'refused', message: failure.message.slice(0, 300) };
  }
  const fault = failure instanceof UserError ? stray : failure;
  return { outcome: 'fault', message: String(fault?.stack ?? fault).slice(0, 1500) };
}
