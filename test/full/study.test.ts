// A study that is killed, moved and taken up by two processes at once; test/end-to-end/study.test.ts has the shorter ones.

import { mkdirSync, renameSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import {
  type Finished,
  runInProcess,
  startCommand,
  withFolder,
  writeTinyProject,
} from '../support/command-line.ts';
import {
  interruptStudy,
  isMiddle,
  snapshotStudy,
  writeStudyProject,
} from '../support/tiny-study.ts';

test('killed, moved to another path, resumed beside a second process: comes out the same', async () => {
  await withFolder(async (folder) => {
    writeStudyProject(folder);
    const whole = ['study', 'study.json', '--out', 'whole', '--executor', 'in-process'];
    expect(await runInProcess(whole, { cwd: folder })).toMatchObject({ code: 0, stderr: '' });
    const undisturbed = snapshotStudy(path.join(folder, 'whole'));
    const begin = ['study', 'study.json', '--out', 'out', '--workers', '1'];
    const killed = await interruptStudy(
      folder,
      begin,
      (child) => child.kill('SIGKILL'),
      isMiddle('norms'),
    );
    expect(killed.signal).toBe('SIGKILL');
    await withFolder(async (elsewhere) => {
      const place = path.join(elsewhere, 'deep', 'place');
      mkdirSync(path.dirname(place));
      renameSync(path.join(folder, 'out'), place);
      // Texts are found from where the command runs.
      writeTinyProject(elsewhere);
      let second: Promise<Finished> | undefined;
      const resume = ['resume', 'deep/place'];
      const first = await interruptStudy(
        elsewhere,
        resume,
        () => {
          second = startCommand(resume, { cwd: elsewhere });
        },
        ({ arm }) => arm === 'warm seed 0',
      );
      expect(first).toMatchObject({ code: 0, stderr: '' });
      const { code, stderr } = await second!;
      expect(code).toBe(1);
      expect(stderr).toMatch(/^error: deep\/place is being written by process \d+/);
      const found = snapshotStudy(place);
      expect(found.files).toEqual(undisturbed.files);
      expect(found.summary).toEqual(undisturbed.summary);
    });
  });
});
