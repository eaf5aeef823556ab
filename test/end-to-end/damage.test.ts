// Damaged files, edited recipes, two processes at one folder, a full disk: a run says what is wrong, keeps what
// is good, and ends with the bytes of one that was left alone.

import { execFileSync } from 'node:child_process';
import {
  closeSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { clearTemporaries } from '../../src/files/temporaries.ts';
import { findLatestCheckpoint, listCheckpoints } from '../../src/run/checkpoint.ts';
import { readMetrics } from '../../src/run/metrics.ts';
import { type Finished, runInProcess, startCommand, writeStory } from '../support/command-line.ts';
import { startWithFault } from '../support/disk-faults.ts';
import { withoutTimes } from '../support/kill-sweep.ts';

const RECIPE = {
  model: { hiddenSize: 16, layers: 1, heads: 2 },
  stages: {
    text: {
      data: { kind: 'text', corpus: { files: ['story.txt'] }, evaluationTokens: 64 },
      contextLength: 16,
      batchSize: 2,
      steps: 20,
      evaluateEvery: 5,
    },
  },
  checkpoint: { everySteps: 2, keepLast: 3 },
};

let folder: string;
let undisturbed: ReturnType<typeof snapshot>;
const at = (...names: string[]) => path.join(folder, ...names);
const checkpoints = (run = 'run') => at(run, 'checkpoints', 'text');
const run = (...args: string[]) => runInProcess(args, { cwd: folder });

/** The last checkpoint byte for byte, metrics and summary without what depends on the clock. */
function snapshot(directory: string) {
  const last = path.join(directory, 'checkpoints', 'text', 'step-00000020');
  const files = readdirSync(last).map((name) => [name, readFileSync(path.join(last, name), 'hex')]);
  const metrics = readMetrics(path.join(directory, 'metrics.jsonl')).map(
    ({ tokensPerSecond: _, elapsedSeconds: __, stepMs: ___, ...row }) => row,
  );
  const summary = withoutTimes(readFileSync(path.join(directory, 'summary.json'), 'utf8'));
  return { files, metrics, summary };
}

/** All files below a folder. */
function contents(directory: string): Record<string, string> {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .map((file) => [path.relative(directory, file), readFileSync(file, 'hex')]),
  );
}

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-damage-'));
  writeStory(at('story.txt'), 120);
  writeFileSync(at('text.json'), JSON.stringify(RECIPE));
  expect(await run('train', 'text.json', '--out', 'whole')).toMatchObject({ code: 0, stderr: '' });
  undisturbed = snapshot(at('whole'));
  // In the middle of writing its third checkpoint, of which two files are left.
  const killed = await startWithFault(['train', 'text.json', '--out', 'stopped'], folder, {
    under: path.join(checkpoints('stopped'), 'step-00000006'),
    at: 6,
  });
  expect(killed.signal).toBe('SIGKILL');
  expect(readdirSync(checkpoints('stopped'))).toEqual([
    'step-00000002',
    'step-00000004',
    expect.stringMatching(/^step-00000006\.tmp-\d+$/),
  ]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeEach(() => {
  rmSync(at('run'), { recursive: true, force: true });
  cpSync(at('stopped'), at('run'), { recursive: true });
});

const newest = () => listCheckpoints(checkpoints()).at(-1)!.path;
const cut = (file: string) => truncateSync(file, 300);

describe('resume of a run', () => {
  test.each([
    ['weights are cut', 'model.safetensors', cut],
    ['manifest is gone', 'checkpoint.json', rmSync],
  ])(
    'whose newest %s uses the checkpoint before, says so, and ends the same',
    async (_, file, harm) => {
      const damaged = newest();
      harm(path.join(damaged, file));
      const { code, stdout, stderr } = await run('resume', 'run');
      expect(stderr).toBe('');
      expect(stdout).toContain(path.relative(folder, damaged));
      expect(stdout).toContain('the checkpoint before it is used');
      expect(code).toBe(0);
      expect(snapshot(at('run'))).toEqual(undisturbed);
    },
  );

  test.each<[string, () => void, string[]]>([
    [
      'whose checkpoints are all damaged',
      () => {
        for (const saved of listCheckpoints(checkpoints())) {
          cut(path.join(saved.path, 'model.safetensors'));
        }
      },
      [
        'no checkpoint is intact',
        'model.safetensors',
        'run/checkpoints/text to start that stage again',
      ],
    ],
    [
      'whose recipe has another model now',
      () => {
        const file = at('run', 'recipe.json');
        const recipe = JSON.parse(readFileSync(file, 'utf8'));
        writeFileSync(file, JSON.stringify({ ...recipe, model: { ...recipe.model, layers: 2 } }));
      },
      ["holds a different model from the recipe's: layers 1 against 2"],
    ],
    [
      'whose recipe is broken',
      () => writeFileSync(at('run', 'recipe.json'), '{"name": '),
      ['run/recipe.json is not JSON'],
    ],
    [
      'whose recipe has an unknown key',
      () => {
        const file = at('run', 'recipe.json');
        writeFileSync(file, readFileSync(file, 'utf8').replace('"seed"', '"sede"'));
      },
      ["run/recipe.json: unknown key 'sede'", "did you mean 'seed'?"],
    ],
    [
      'whose text is cut',
      () => truncateSync(at('run', 'data', 'text', 'train', 'tokens-00000.bin'), 100),
      ['tokens-00000.bin'],
    ],
    [
      'whose metrics are no metrics',
      () => writeFileSync(at('run', 'metrics.jsonl'), 'step 1: fine\nstep 2: fine\n'),
      ['run/metrics.jsonl:1: not a row of metrics'],
    ],
  ])('%s is refused with nothing changed', async (_, harm, parts) => {
    // What the killed process left is cleared up first.
    rmSync(at('run', 'run.lock'), { force: true });
    clearTemporaries(checkpoints());
    harm();
    const before = contents(at('run'));
    const { code, stderr } = await run('resume', 'run');
    expect(stderr).toMatch(/^error: [^\n]+\n$/);
    for (const part of parts) expect(stderr).toContain(part);
    expect(stderr).not.toContain('internal error');
    expect(code).toBe(1);
    expect(contents(at('run'))).toEqual(before);
  });
});

test('a second process is kept out, and the first is not disturbed', async () => {
  const others: Promise<Finished>[] = [];
  const first = await startCommand(['train', 'text.json', '--out', 'busy', '--json'], {
    cwd: folder,
    onLine: (line) => {
      const { event, step } = JSON.parse(line);
      if (event !== 'checkpoint' || step !== 2) return;
      others.push(
        startCommand(['resume', 'busy'], { cwd: folder }),
        startCommand(['train', 'text.json', '--out', 'busy'], { cwd: folder }),
      );
    },
  });
  const [resumed, started] = (await Promise.all(others)) as [Finished, Finished];
  // A fast run may be over before the second process looks: then there is nothing left to do.
  if (resumed.code !== 0) {
    expect(resumed.stderr).toMatch(/^error: busy is being written by process \d+ \(.*\)\n$/);
  }
  expect(started.stderr).toContain('already holds a run');
  expect(first).toMatchObject({ code: 0, stderr: '' });
  expect(snapshot(at('busy'))).toEqual(undisturbed);
});

test('a reader that goes away ends a run quietly, with everything saved', async () => {
  const finished = await startCommand(['train', 'text.json', '--out', 'piped', '--json'], {
    cwd: folder,
    onLine: (_, child) => child.stdout!.destroy(),
  });
  expect(finished).toMatchObject({ signal: 'SIGPIPE', stderr: '' });
  const rows = readMetrics(at('piped', 'metrics.jsonl'));
  expect(listCheckpoints(checkpoints('piped')).at(-1)?.step).toBe(rows.at(-1)?.step);
  expect((await run('resume', 'piped')).code).toBe(0);
  expect(snapshot(at('piped'))).toEqual(undisturbed);
});

/** Whether this process may mount a small file system, which fills up at once. */
function canMount(): boolean {
  if (process.getuid?.() !== 0) return false;
  const probe = mkdtempSync(path.join(tmpdir(), 'primordia-mount-'));
  try {
    mountInMemory(probe, 'size=64k');
    execFileSync('umount', [probe], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  } finally {
    rmSync(probe, { recursive: true, force: true });
  }
}

/** Mounts a file system that lies in memory, or mounts it again with another size. */
function mountInMemory(directory: string, options: `${'' | 'remount,'}size=${string}`): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', directory], {
    stdio: 'ignore',
  });
}

/** Writes until nothing more fits. */
function fillUp(file: string): void {
  const descriptor = openSync(file, 'w');
  try {
    for (const size of [65_536, 4096]) {
      try {
        for (;;) writeSync(descriptor, Buffer.alloc(size));
      } catch (error) {
        expect((error as NodeJS.ErrnoException).code).toBe('ENOSPC');
      }
    }
  } finally {
    closeSync(descriptor);
  }
}

describe.skipIf(!canMount())('on a disk that fills up', () => {
  const disk = () => at('disk');
  beforeAll(() => mkdirSync(disk()));
  const unmount = () => execFileSync('umount', [disk()]);

  test('training ends with the last checkpoint whole, and goes on when there is room', async () => {
    // Room for two checkpoints, but not for a third.
    mountInMemory(disk(), 'size=512k');
    try {
      const { code, stderr } = await run('train', 'text.json', '--out', 'disk/run');
      expect(stderr).toMatch(
        /^error: disk full while writing disk\/run\/checkpoints\/[^\n]+free space[^\n]+\n$/,
      );
      expect(stderr).toContain(
        'the last good checkpoint is disk/run/checkpoints/text/step-00000004',
      );
      expect(code).toBe(1);
      const { checkpoint, warnings } = findLatestCheckpoint(checkpoints('disk/run'), {
        hashes: true,
      });
      expect(warnings).toEqual([]);
      expect(checkpoint!.step).toBe(4);
      mountInMemory(disk(), 'remount,size=8m');
      const resumed = await run('resume', 'disk/run');
      expect(resumed).toMatchObject({ code: 0, stderr: '' });
      expect(snapshot(at('disk', 'run'))).toEqual(undisturbed);
    } finally {
      unmount();
    }
  });

  test('a run does not begin, and leaves nothing', async () => {
    mountInMemory(disk(), 'size=2m');
    try {
      fillUp(at('disk', 'filler'));
      const { code, stderr } = await run('train', 'text.json', '--out', 'disk/run');
      expect(stderr).toMatch(/^error: disk full while writing disk\/run[^\n]+free space[^\n]+\n$/);
      expect(code).toBe(1);
      expect(readdirSync(disk())).toEqual(['filler']);
    } finally {
      unmount();
    }
  });
});
