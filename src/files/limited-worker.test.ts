// A thread or process that never answers, fills its memory, fails or ends: each is an error with a cause, and the next
// call works.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { Worker } from 'node:worker_threads';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { UserError } from '../core/index.ts';
import { LimitExceeded, LimitedWorker } from './limited-worker.ts';
import { isProcessAlive } from './process-alive.ts';

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
    `import { serveCalls } from '${SERVE}';
     import { UserError } from '${ERRORS}';
     let calls = 0;
     serveCalls(async ({ kind, value }) => {
       calls++;
       if (kind === 'echo') return { value, calls };
       if (kind === 'spin') {
         for (let i = 0; i < 1e8; i++);
         return 'done';
       }
       if (kind === 'loop') for (;;);
       if (kind === 'interval') setInterval(() => {}, 9);
       if (kind === 'wait' || kind === 'interval') await new Promise(() => {});
       if (kind === 'fill') for (const all = []; ; ) all.push(new Array(1e5).fill(all.length));
       if (kind === 'map') for (const all = new Map(); ; ) all.set(all.size, 1);
       if (kind === 'buffers') for (const all = []; ; ) all.push(Buffer.alloc(2 ** 24, 1));
       if (kind === 'pid') return process.pid;
       if (kind === 'list') for (const all = []; ; ) all.push(1);
       if (kind === 'late') {
         setTimeout(() => { throw new Error('thrown later'); });
         await new Promise(() => {});
       }
       if (kind === 'exit') process.exit(3);
       if (kind === 'function') return () => 1;
       if (kind === 'null') throw null;
       throw new UserError('refused', { hint: 'ask otherwise' });
     });`,
  );
  script = pathToFileURL(file);
  worker = new LimitedWorker(script, { heapMebibytes: 64, longestSleepMs: 1000 });
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
    // Time enough to fill the memory.
    const timeoutMs = kind === 'fill' ? 600 : 200;
    expect(() => call(kind, timeoutMs)).toThrow(
      new LimitExceeded(
        'time or memory',
        `the work takes more than ${timeoutMs / 1000} seconds or 64 MiB of memory`,
      ),
    );
    expect(call('echo')).toEqual({ value: [1, 'two'], calls: 1 });
  },
);

describe('in a process', () => {
  let own: LimitedWorker;
  beforeAll(() => {
    own = new LimitedWorker(script, {
      isolation: 'process',
      heapMebibytes: 64,
      longestSleepMs: 1000,
    });
  });
  afterAll(() => own.close());
  const ask = (asked: string, timeoutMs: number) =>
    own.call({ kind: asked, value: 1 }, { what: 'the work', timeoutMs });

  test.each([
    ['loop', 'time', 'the work takes more than 0.1 seconds'],
    ['interval', 'time', 'the work takes more than 0.1 seconds'],
    ['fill', 'memory', 'the work takes more than 64 MiB of memory'],
    ['map', 'memory', 'the work takes more than 64 MiB of memory'],
    ['list', 'memory', 'the work takes more than 64 MiB of memory'],
    ['buffers', 'memory', 'the work takes more than 1088 MiB of memory'],
    ['wait', 'exit', 'the work ended without a result'],
    ['exit', 'exit', 'the work ended without a result'],
  ] as const)(
    '%s is an error: %s; another process serves the next call',
    (kind, limit, message) => {
      let error: unknown;
      try {
        ask(kind, limit === 'time' ? 100 : 60_000);
      } catch (thrown) {
        error = thrown;
      }
      expect(error).toBeInstanceOf(LimitExceeded);
      expect(error).toMatchObject({ limit, message });
      expect(ask('echo', 60_000)).toEqual({ value: 1, calls: 1 });
    },
  );

  test('an error of the work is passed on, and the process stays', () => {
    const { calls } = ask('echo', 60_000) as { calls: number };
    expect(() => ask('late', 60_000)).toThrow(new UserError('thrown later'));
    expect(() => ask('else', 60_000)).toThrow(
      expect.objectContaining({ message: 'refused', hint: 'ask otherwise' }),
    );
    expect(() => ask('function', 60_000)).toThrow(/could not be cloned/);
    expect(ask('echo', 60_000)).toEqual({ value: 1, calls: calls + 4 });
  });

  test('a notification that comes late is taken for no reply', () => {
    const { calls: before } = ask('echo', 60_000) as { calls: number };
    for (let calls = before + 1; calls <= before + 1000; calls++) {
      const reply = ask('echo', 60_000);
      if (!isDeepStrictEqual(reply, { value: 1, calls })) throw new Error(JSON.stringify(reply));
    }
  });
});

test('a process that dies between two calls is started again', async () => {
  const own = new LimitedWorker(script, { isolation: 'process', heapMebibytes: 64 });
  const ask = (kind: string) => own.call({ kind, value: 1 }, { what: 'the work' });
  try {
    const pid = ask('pid') as number;
    expect(own.isRunning).toBe(true);
    process.kill(pid, 'SIGKILL');
    await vi.waitFor(() => expect(own.isRunning).toBe(false), { timeout: 10_000 });
    process.kill(ask('pid') as number, 'SIGKILL');
    // Not `isRunning`, which would itself clear up.
    const { signal } = Reflect.get(own, 'thread') as { signal: Int32Array };
    await vi.waitFor(() => expect(Atomics.load(signal, 0)).toBe(1), { timeout: 10_000 });
    expect(ask('echo')).toEqual({ value: 1, calls: 1 });
  } finally {
    own.close();
  }
});

test('an endless call does not outlive a process that is killed in the middle of it', async () => {
  const main = path.join(folder, 'main.mjs');
  const pid = path.join(folder, 'pid');
  const limited = new URL('../../dist/files/limited-worker.js', import.meta.url).href;
  const endless = path.join(folder, 'endless.mjs');
  writeFileSync(
    endless,
    `import { writeFileSync } from 'node:fs';
     import { serveCalls } from '${SERVE}';
     serveCalls(() => {
       writeFileSync(${JSON.stringify(pid)}, String(process.pid));
       for (;;);
     });`,
  );
  writeFileSync(
    main,
    `import { LimitedWorker } from '${limited}';
     const worker = new LimitedWorker(new URL('${pathToFileURL(endless).href}'), { isolation: 'process' });
     worker.call({}, { what: 'the work', timeoutMs: 600_000 });`,
  );
  const parent = spawn(process.execPath, [main], { stdio: 'ignore' });
  await vi.waitFor(() => expect(readFileSync(pid, 'utf8')).not.toBe(''), { timeout: 60_000 });
  const child = Number(readFileSync(pid, 'utf8'));
  expect(isProcessAlive(child)).toBe(true);
  parent.kill('SIGKILL');
  await vi.waitFor(() => expect(isProcessAlive(child)).toBe(false), { timeout: 60_000 });
});

test('errors pass with their hint, whatever is thrown', () => {
  expect(() => call('else')).toThrow(
    expect.objectContaining({ message: 'refused', hint: 'ask otherwise' }),
  );
  expect(() => call('null')).toThrow(new UserError('null'));
  expect(() => call('function')).toThrow(/could not be cloned/);
  expect(call('echo')).toEqual({ value: [1, 'two'], calls: 4 });
});

test('busy threads beside it do not make a call late', () => {
  call('echo');
  const busy = Array.from(
    { length: 12 },
    () => new Worker('for (const end = Date.now() + 2500; Date.now() < end; );', { eval: true }),
  );
  try {
    // Twelve threads on a few processors: their time is not the call's.
    expect(call('spin', 500)).toBe('done');
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
