// Whatever happens to a run, it ends with the bits of one that was left alone.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readMetrics } from '../../src/run/metrics.ts';
import { runInProcess, withFolder, writeTinyProject } from '../support/command-line.ts';
import { startWithFault } from '../support/disk-faults.ts';
import { withoutTimes } from '../support/kill-sweep.ts';

const PROJECT = {
  stages: { source: { steps: 40, evaluateEvery: 20 }, text: { steps: 40, evaluateEvery: 15 } },
};
const FINAL = ['source/step-00000040', 'text/step-00000040'];
let undisturbed: Snapshot;
let release: () => void;

type Snapshot = { files: Record<string, string>; metrics: object[]; summary: string };

/** Final checkpoints byte for byte, metrics and summary without what depends on the clock. */
function snapshot(run: string): Snapshot {
  const files = Object.fromEntries(
    FINAL.flatMap((checkpoint) => {
      const folder = path.join(run, 'checkpoints', checkpoint);
      return readdirSync(folder).map((file) => [
        `${checkpoint}/${file}`,
        readFileSync(path.join(folder, file)).toString('base64'),
      ]);
    }),
  );
  const metrics = readMetrics(path.join(run, 'metrics.jsonl')).map(
    ({ tokensPerSecond: _, elapsedSeconds: __, stepMs: ___, ...row }) => row,
  );
  const summary = withoutTimes(readFileSync(path.join(run, 'summary.json'), 'utf8'));
  return { files, metrics, summary };
}

beforeAll(async () => {
  await new Promise<void>((ready, fail) => {
    withFolder(async (folder) => {
      writeTinyProject(folder, PROJECT);
      const { code, stderr } = await runInProcess(['train', 'tiny.json', '--out', 'run'], {
        cwd: folder,
      });
      expect(stderr).toBe('');
      expect(code).toBe(0);
      undisturbed = snapshot(path.join(folder, 'run'));
      const done = new Promise<void>((resolve) => {
        release = resolve;
      });
      ready();
      await done;
    }).catch(fail);
  });
});

afterAll(() => release?.());

// Killed at 20 points of both stages: test/full/kill-sweep.test.ts.
const INTERRUPTIONS = [
  { name: 'killed', kind: 'kill before' },
  { name: 'stopped with Ctrl-C', kind: 'SIGINT' },
];

describe('a run that is', () => {
  test.each(INTERRUPTIONS)(
    '$name in the text stage ends the same after resume',
    async ({ kind }) => {
      await withFolder(async (folder) => {
        writeTinyProject(folder, PROJECT);
        const begin = ['train', 'tiny.json', '--out', 'run', '--json'];
        const { code, signal, stdout } = await startWithFault(begin, folder, {
          under: path.join(folder, 'run/checkpoints/text/step-00000016'),
          at: 1,
          kind,
        });
        if (kind === 'SIGINT') {
          expect(code).toBe(130);
          expect(JSON.parse(stdout.trim().split('\n').at(-1)!)).toMatchObject({ stopped: true });
        } else expect(signal).toBe('SIGKILL');
        const second = await runInProcess(['resume', 'run'], { cwd: folder });
        expect(second.stderr).toBe('');
        expect(second.code).toBe(0);
        const resumed = snapshot(path.join(folder, 'run'));
        expect(Object.keys(resumed.files).sort()).toEqual(Object.keys(undisturbed.files).sort());
        for (const [name, bytes] of Object.entries(undisturbed.files)) {
          expect(resumed.files[name] === bytes, name).toBe(true);
        }
        expect(resumed.metrics).toEqual(undisturbed.metrics);
        expect(resumed.summary).toEqual(undisturbed.summary);
      });
    },
  );

  test('finished already is left as it is', async () => {
    await withFolder(async (folder) => {
      writeTinyProject(folder, { stages: { source: null } });
      const first = await runInProcess(['train', 'tiny.json', '--out', 'run'], { cwd: folder });
      expect(first.code).toBe(0);
      const before = readFileSync(path.join(folder, 'run/summary.json'), 'utf8');
      expect((await runInProcess(['resume', 'run'], { cwd: folder })).code).toBe(0);
      expect(readFileSync(path.join(folder, 'run/summary.json'), 'utf8')).toBe(before);
      const again = await runInProcess(['train', 'tiny.json', '--out', 'run'], { cwd: folder });
      expect(again.code).toBe(1);
      expect(again.stderr).toContain('run');
    });
  });
});
