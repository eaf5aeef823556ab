import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { JobQueue } from './job-queue.ts';

let folder: string;
let queue: JobQueue;

/** Ends as its argument says: with a code, or once it is asked to stop. */
const PROGRAM = `
const [how, code] = process.argv.slice(2);
process.stderr.write(how + ' ' + code);
if (how === 'end') process.exitCode = Number(code);
else {
  process.on('SIGTERM', () => process.exit(143));
  setInterval(() => {}, 1000);
}`;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-jobs-'));
  const program = path.join(folder, 'program.mjs');
  writeFileSync(program, PROGRAM);
  queue = new JobQueue({ program });
});
afterEach(async () => {
  await queue.close();
  rmSync(folder, { recursive: true, force: true });
});

const add = (name: string, ...args: string[]) =>
  queue.add({ args, directory: path.join(folder, name), place: name });
const states = () => queue.list().map(({ place, state }) => `${place} ${state}`);

test('commands run one behind the other, and say how they ended', async () => {
  let told = 0;
  queue.listen(() => told++);
  add('a', 'end', '0');
  add('b', 'end', '1');
  add('c', 'end', '130');
  expect(states()).toEqual(['c queued', 'b queued', 'a running']);
  await expect.poll(states).toEqual(['c stopped', 'b failed', 'a finished']);
  expect(queue.list()[1]).toMatchObject({ command: 'primordia end 1', message: 'end 1' });
  expect(told).toBeGreaterThan(3);
});

test('a folder is worked on once at a time, and what waits can be taken out', async () => {
  add('a', 'wait', '0');
  const { number } = add('b', 'end', '0');
  expect(() => add('a', 'end', '0')).toThrow('a is queued or running already');
  expect(() => add('b', 'end', '0')).toThrow('b is queued or running already');
  expect(queue.remove(number)).toBe(true);
  expect(queue.remove(number)).toBe(false);
  expect(queue.remove(1)).toBe(false);
  expect(states()).toEqual(['a running']);
});

test('a command waits for one in its folder that was asked to stop, and no other does', async () => {
  const parallel = new JobQueue({ program: path.join(folder, 'program.mjs'), atOnce: 2 });
  try {
    const directory = path.join(folder, 'a');
    const request = { directory, place: 'a' };
    parallel.add({ ...request, args: ['wait', '0'] });
    parallel.noteStop(path.join(folder, 'b'));
    expect(() => parallel.add({ ...request, args: ['end', '0'] })).toThrow(
      'a is queued or running',
    );
    parallel.noteStop(directory);
    parallel.add({ ...request, args: ['end', '0'] });
    // There is room for two, but not in one folder.
    expect(parallel.list().map(({ state }) => state)).toEqual(['queued', 'running']);
    expect(() => parallel.add({ ...request, args: ['end', '0'] })).toThrow(
      'a is queued or running',
    );
    await expect.poll(() => parallel.list()[1]!.message).toBe('wait 0');
  } finally {
    await parallel.close();
  }
});

test('closing stops what runs, and begins nothing that waits', async () => {
  add('a', 'wait', '0');
  add('b', 'end', '0');
  await expect.poll(() => queue.list()[1]!.message).toBe('wait 0');
  expect(await queue.close()).toEqual(['a']);
  expect(states()).toEqual(['b queued', 'a stopped']);
});

test('no more than some wait', () => {
  add('first', 'wait', '0');
  for (let i = 0; i < 200; i++) add(`job-${i}`, 'end', '0');
  expect(() => add('one-more', 'end', '0')).toThrow('200 runs are waiting already');
});
