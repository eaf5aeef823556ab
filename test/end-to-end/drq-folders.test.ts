// Folders of arms races that are not as a run leaves them: somebody else's, moved away, or of a version before.

import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { summarizeRun } from '../../src/redqueen/index.ts';
import { runInProcess, startCommand, withFolder } from '../support/command-line.ts';
import { answerWarrior, askModel, readRace, SMALL_RACE } from '../support/drq-kills.ts';
import { startLanguageModelServer } from '../support/language-model-server.ts';

test('a folder with files of a run’s names and no lock is somebody else’s', async () => {
  await withFolder(async (folder) => {
    mkdirSync(path.join(folder, 'run'));
    writeFileSync(path.join(folder, 'run', 'opponents.json'), 'mine');
    const { code, stderr } = await runInProcess(SMALL_RACE, { cwd: folder });
    expect(code).toBe(1);
    expect(stderr).toContain('run is not empty');
    expect(readFileSync(path.join(folder, 'run', 'opponents.json'), 'utf8')).toBe('mine');
  });
});

afterEach(() => void vi.unstubAllEnvs());

test('a run whose folder is moved away ends with a sentence, and goes on where it is', async () => {
  vi.stubEnv('OPENAI_API_KEY', 'sk-test');
  await withFolder(async (folder) => {
    const at = (...names: string[]) => path.join(folder, ...names);
    const server = await startLanguageModelServer((request) => {
      // The second run is moved while requests are under way.
      if (request.index === 25) renameSync(at('run'), at('moved'));
      return answerWarrior(request);
    });
    try {
      const args = askModel(server.baseUrl);
      expect((await runInProcess(args, { cwd: folder })).code).toBe(0);
      expect(server.requests).toHaveLength(20);
      renameSync(at('run'), at('whole'));
      // A process of its own: its lock is stale once it has ended.
      const { code, stderr } = await startCommand(args, { cwd: folder });
      expect(stderr).toContain('run was moved or removed while it was being written');
      expect(code).toBe(1);
      expect(existsSync(at('run'))).toBe(false);
      expect((await runInProcess(['drq', 'resume', 'moved'], { cwd: folder })).code).toBe(0);
      expect(readRace(at('moved'))).toEqual(readRace(at('whole')));
      // As after a kill before usage is written: kept answers are counted.
      const { calls, tokens } = summarizeRun(at('whole'));
      expect(calls).toBe(20);
      rmSync(at('whole', 'usage.json'));
      expect(summarizeRun(at('whole'))).toMatchObject({ calls, tokens, unanswered: 0 });
    } finally {
      await server.stop();
    }
  });
});

test('run.json says what a folder holds; a race of a version before gets one when it is resumed', async () => {
  await withFolder(async (folder) => {
    const run = (...args: string[]) => runInProcess(args, { cwd: folder });
    expect((await runInProcess(SMALL_RACE, { cwd: folder })).code).toBe(0);
    const record = path.join(folder, 'run', 'run.json');
    expect(JSON.parse(readFileSync(record, 'utf8'))).toEqual({ format: 2, kind: 'redqueen' });
    expect((await run('report', 'run')).code).toBe(0);
    expect((await run('resume', 'run')).stderr).toContain('primordia drq resume run');
    rmSync(record);
    for (const command of ['report', 'resume']) {
      const { code, stderr } = await run(command, 'run');
      expect(code).toBe(1);
      expect(stderr).toContain(
        'run holds a run without a run.json: it was written by an earlier version',
      );
      expect(stderr).toContain('primordia drq resume run');
    }
    expect((await run('drq', 'report', 'run')).code).toBe(0);
    expect((await run('drq', 'resume', 'run')).code).toBe(0);
    expect((await run('report', 'run')).code).toBe(0);
    // Of another kind it is not a race, whatever its recipe says.
    writeFileSync(record, JSON.stringify({ format: 2, kind: 'training' }));
    const { stderr } = await run('drq', 'resume', 'run');
    expect(stderr).toContain('run holds a run of another kind');
  });
});

test('a start that died before its recipe is begun again', async () => {
  await withFolder(async (folder) => {
    mkdirSync(path.join(folder, 'run'));
    const leave = (file: string, text: string) =>
      writeFileSync(path.join(folder, 'run', file), text);
    leave('run.lock.tmp-1', '');
    leave('opponents.json', '[]');
    leave('run.json', JSON.stringify({ format: 2, kind: 'redqueen' }));
    for (const command of [
      ['drq', 'resume', 'run'],
      ['resume', 'run'],
    ]) {
      const { code, stderr } = await runInProcess(command, { cwd: folder });
      expect(code).toBe(1);
      expect(stderr).toMatch(/was stopped before it began|primordia drq resume run/);
    }
    expect((await runInProcess(SMALL_RACE, { cwd: folder })).code).toBe(0);
  });
});

test('rounds that a version before ended at their first warm-up stay; the last one goes on', async () => {
  await withFolder(async (folder) => {
    const args = [...SMALL_RACE, 'fitnessThreshold=0.8'];
    expect((await runInProcess(args, { cwd: folder })).code).toBe(0);
    const file = path.join(folder, 'run', 'candidates.jsonl');
    const lines = () => readFileSync(file, 'utf8').trim().split('\n');
    const first = lines().filter((line) => JSON.parse(line).index === 0);
    expect(first).toHaveLength(2);
    writeFileSync(file, `${first.join('\n')}\n`);
    const { code, stdout } = await runInProcess(['drq', 'resume', 'run'], { cwd: folder });
    expect(code).toBe(0);
    expect(stdout).toContain('WARNING: round 1 ended without a new warrior: none was asked for');
    const rounds = lines().map((line) => JSON.parse(line).round);
    expect(rounds.filter((round) => round === 1)).toHaveLength(1);
    expect(rounds.filter((round) => round === 2).length).toBeGreaterThan(5);
    expect(rounds).toEqual(rounds.toSorted());
    // Without a threshold a round that is too short is damage.
    const recipe = path.join(folder, 'run', 'recipe.json');
    const whole = JSON.parse(readFileSync(recipe, 'utf8'));
    writeFileSync(recipe, JSON.stringify({ ...whole, fitnessThreshold: null }));
    const refused = await runInProcess(['drq', 'resume', 'run'], { cwd: folder });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('round 1 has 1 of 11 candidates, and round 2 follows');
  });
});
