// A thread that never answers, fills its memory, fails or ends: each is an error with a cause, and the next call works.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { UserError } from '../core/index.ts';
import { LimitedWorker } from './limited-worker.ts';

const SERVE = new URL('../../dist/files/serve-calls.js', import.meta.url).href;
const ERRORS = new URL('../../dist/core/errors.js', import.meta.url).href;

let folder: string;
let worker: LimitedWorker;
let script: URL;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-limits-'));
  const file = path.join(folder, 'worker.mjs');
  writeFileSync(
    file,
    `import { workerData } from 'node:worker_threads';
     import { serveCalls } from '${SERVE}';
     import { UserError } from '${ERRORS}';
     let calls = 0;
     serveCalls(workerData, async ({ kind, value }) => {
       calls++;
       if (kind === 'echo') return { value, calls };
       if (kind === 'spin') {
         for (let i = 0; i < 3e8; i++);
         return 'done';
       }
       if (kind === 'loop') for (;;);
       if (kind === 'wait') await new Promise(() => {});
       if (kind === 'fill') for (const all = []; ; ) all.push(new Array(1e5).fill(all.length));
       if (kind === 'exit') process.exit(3);
       if (kind === 'function') return () => 1;
       if (kind === 'null') throw null;
       throw new UserError('refused', { hint: 'ask otherwise' });
     });`,
  );
  script = pathToFileURL(file);
  worker = new LimitedWorker(script, { heapMebibytes: 64 });
});
afterEach(() => worker.close());
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const call = (kind: string, timeoutMs = 60_000) =>
  worker.call({ kind, value: [1, 'two'] }, { what: 'the work', timeoutMs });

test('answers, and keeps what is in the thread', () => {
  expect(call('echo')).toEqual({ value: [1, 'two'], calls: 1 });
  expect(call('echo')).toEqual({ value: [1, 'two'], calls: 2 });
});

test.each(['loop', 'wait', 'fill', 'exit'])(
  '%s ends with an error; another thread serves the next call',
  (kind) => {
    call('echo');
    expect(() => call(kind, 600)).toThrow(
      new UserError('the work takes more than 0.6 seconds or 64 MiB of memory'),
    );
    expect(call('echo')).toEqual({ value: [1, 'two'], calls: 1 });
  },
);

test('errors pass with their hint, whatever is thrown', () => {
  expect(() => call('else')).toThrow(
    expect.objectContaining({ message: 'refused', hint: 'ask otherwise' }),
  );
  expect(() => call('null')).toThrow(new UserError('null'));
  expect(() => call('function')).toThrow(/could not be cloned/);
  expect(call('echo')).toEqual({ value: [1, 'two'], calls: 4 });
});

test('busy threads beside it do not make a call late', () => {
  const busy = Array.from(
    { length: 12 },
    () => new Worker('for (const end = Date.now() + 4000; Date.now() < end; );', { eval: true }),
  );
  try {
    call('echo');
    // Twelve threads on a few processors: their time is not the call's.
    expect(call('spin', 1000)).toBe('done');
  } finally {
    for (const one of busy) void one.terminate();
  }
});

test('a thread that is not called for a while ends, and the next call starts another', async () => {
  const idle = new LimitedWorker(script, { heapMebibytes: 64, idleMs: 50 });
  const echo = () => idle.call({ kind: 'echo', value: 1 }, { what: 'the work' });
  expect(echo()).toEqual({ value: 1, calls: 1 });
  expect(idle.isRunning).toBe(true);
  await vi.waitFor(() => expect(idle.isRunning).toBe(false), { timeout: 10_000 });
  expect(echo()).toEqual({ value: 1, calls: 1 });
  idle.close();
});
