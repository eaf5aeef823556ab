// Arms races as a user runs them: offline, killed and gone on with, measured, reported.

import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runInProcess, startCommand, withFolder } from '../support/command-line.ts';
import { expectInPage } from '../support/page-text.ts';

/** A race of a second or two. */
const SMALL = [
  'drq',
  'drq-tiny',
  '--rounds',
  '3',
  '--iterations',
  '30',
  '--seed',
  '4',
  '--set',
  'simulations=3',
  'core.setting=tiny',
  'opponents.last=3',
];

let folder: string;
let release: () => void;

beforeAll(async () => {
  await new Promise<void>((ready, fail) => {
    withFolder(async (made) => {
      folder = made;
      const { code, stderr } = await run([...SMALL, '--out', 'whole']);
      expect(stderr).toBe('');
      expect(code).toBe(0);
      const done = new Promise<void>((resolve) => {
        release = resolve;
      });
      ready();
      await done;
    }).catch(fail);
  });
});

afterAll(() => release?.());

/** In this process, but where it is to be killed. */
function run(args: readonly string[], options: Parameters<typeof startCommand>[1] = {}) {
  if (options.onLine) return startCommand(args, { cwd: folder, ...options });
  return runInProcess(args, { cwd: folder });
}

function read(...names: string[]): string {
  return readFileSync(path.join(folder, ...names), 'utf8');
}

/** Everything of a run that must not depend on the clock. */
function snapshot(name: string): Record<string, string> {
  const files = ['recipe.json', 'opponents.json', 'candidates.jsonl'];
  for (const inner of ['archives', 'champions']) {
    files.push(...readdirSync(path.join(folder, name, inner)).map((file) => `${inner}/${file}`));
  }
  const { seconds: _, ...summary } = JSON.parse(read(name, 'summary.json'));
  const bytes = files.map((file) => [file, read(name, file)] as const);
  return { ...Object.fromEntries(bytes), summary: JSON.stringify(summary) };
}

describe('primordia drq', () => {
  test('leaves a folder from which everything can be told', async () => {
    const summary = JSON.parse(read('whole', 'summary.json'));
    expect(summary).toMatchObject({
      name: 'drq-tiny',
      seed: 4,
      finished: true,
      calls: 0,
      tokens: 0,
    });
    expect(summary.rounds).toHaveLength(3);
    for (const [i, round] of summary.rounds.entries()) {
      const archive = JSON.parse(read('whole', 'archives', `round-00${i + 1}.json`));
      const best = archive.elites.find(
        ({ candidate }: { candidate: number }) => candidate === archive.champion,
      );
      expect(round.fitness).toBe(best.fitness);
      expect(round.fitness).toBe(
        Math.max(...archive.elites.map(({ fitness }: { fitness: number }) => fitness)),
      );
      expect(round).toMatchObject({ coverage: archive.coverage, qdScore: archive.qdScore });
      expect(read('whole', 'champions', `round-00${i + 1}.red`).trim()).toBe(best.source.trim());
      expect(round.generality).toBeNull();
    }
    const rows = read('whole', 'candidates.jsonl').trim().split('\n');
    // Warm-ups are the initial opponent and the champions before.
    expect(rows).toHaveLength(3 * (1 + 8 + 30) + 0 + 1 + 2);
    expectInPage(read('whole', 'report.html'), 'The last champion');
  });

  test('does not depend on the number of workers', async () => {
    const { code } = await run([...SMALL, '--out', 'one-worker', '--workers', '1']);
    expect(code).toBe(0);
    expect(snapshot('one-worker')).toEqual(snapshot('whole'));
  });

  // At any candidate: test/full/drq-kill-sweep.test.ts.
  test.each([44])('killed at candidate %i, it ends the same', async (at) => {
    const name = `killed-${at}`;
    let seen = 0;
    const { signal } = await run([...SMALL, '--out', name, '--json'], {
      onLine: (line, child) => {
        if (JSON.parse(line).event === 'candidate' && ++seen === at) child.kill('SIGKILL');
      },
    });
    expect(signal).toBe('SIGKILL');
    const { code, stderr } = await run(['drq', 'resume', name]);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(snapshot(name)).toEqual(snapshot('whole'));
  });

  test('a log that a crash cut short is resumed; one with a hole is refused', async () => {
    const rows = read('whole', 'candidates.jsonl').trim().split('\n');
    const copy = (name: string, text: string) => {
      cpSync(path.join(folder, 'whole'), path.join(folder, name), { recursive: true });
      writeFileSync(path.join(folder, name, 'candidates.jsonl'), text);
    };
    copy('torn', `${rows.slice(0, 50).join('\n')}\n${rows[50]!.slice(0, 40)}`);
    // So may a champion that was being written; no process has this number.
    writeFileSync(path.join(folder, 'torn', 'champions', 'round-002.red.tmp-999999999'), 'dat');
    expect((await run(['drq', 'resume', 'torn'])).code).toBe(0);
    expect(snapshot('torn')).toEqual(snapshot('whole'));
    copy('hole', `${[...rows.slice(0, 20), ...rows.slice(21)].join('\n')}\n`);
    const refused = await run(['drq', 'resume', 'hole']);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('candidates.jsonl:21');
    expect(read('hole', 'candidates.jsonl').trim().split('\n')).toHaveLength(rows.length - 1);
  });

  test('Ctrl-C stops it resumably', async () => {
    let sent = false;
    const { code, stdout } = await run([...SMALL, '--out', 'stopped', '--json'], {
      onLine: (line, child) => {
        if (!sent && JSON.parse(line).event === 'candidate') sent = child.kill('SIGINT');
      },
    });
    expect(code).toBe(130);
    expect(JSON.parse(stdout.trim().split('\n').at(-1)!)).toMatchObject({ stopped: true });
    expect((await run(['drq', 'resume', 'stopped'])).code).toBe(0);
    expect(snapshot('stopped')).toEqual(snapshot('whole'));
  });

  test('says what is wrong before anything is written', async () => {
    const cases: [string[], string][] = [
      [['drq', 'drq-tinny'], "did you mean 'drq-tiny'?"],
      [['drq', 'nca-tiny'], "its kind must be 'redqueen'"],
      [['drq', 'drq-tiny', '--set', 'roundz=3'], "did you mean 'rounds'?"],
      [['drq', 'drq-tiny', '--set', 'opponents.initial=["imq"]'], "did you mean 'imp'?"],
      [['drq', 'drq-tiny', '--set', 'rounds=40', 'opponents.last=null'], 'opponents.last'],
      [['train', 'drq-tiny'], 'primordia drq drq-tiny'],
      [['drq', 'resume', 'nowhere'], 'nowhere holds no run'],
      [['drq', 'resume', 'whole', '--max-requests', '3'], 'does not use a language model'],
      [['drq', 'generality', 'nowhere.red'], 'no warrior nowhere.red'],
    ];
    for (const [args, message] of cases) {
      const { code, stderr } = await run([
        ...args,
        ...(args[1] === 'drq-tiny' ? ['--out', 'bad'] : []),
      ]);
      expect(stderr, args.join(' ')).toContain(message);
      expect(code).toBe(1);
    }
    expect(existsSync(path.join(folder, 'bad'))).toBe(false);
    const again = await run([...SMALL, '--out', 'whole']);
    expect(again.stderr).toContain('primordia drq resume whole');
  });
});

describe('primordia drq generality', () => {
  test('of a run: every champion against the shipped warriors, kept with the run', async () => {
    cpSync(path.join(folder, 'whole'), path.join(folder, 'measured'), { recursive: true });
    const args = ['drq', 'generality', 'measured', '--rounds', '4'];
    const { code, stdout, stderr } = await run(args);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const record = JSON.parse(read('measured', 'generality.json'));
    expect(record.champions).toHaveLength(3);
    for (const { outcomes, generality, defeated, tied } of record.champions) {
      expect(outcomes).toHaveLength(record.opponents.length);
      const share = (wanted: string) =>
        outcomes.filter((outcome: string) => outcome === wanted).length / outcomes.length;
      expect(defeated).toBe(share('defeated'));
      expect(tied).toBe(share('tied'));
      expect(generality).toBeCloseTo(defeated + tied, 12);
    }
    const opposite = { defeated: 'lost', lost: 'defeated', tied: 'tied' } as const;
    for (const i of [0, 1, 2]) {
      expect(record.tournament[i][i]).toBeNull();
      for (const j of [0, 1, 2].filter((other) => other !== i)) {
        const outcome = record.tournament[i][j] as keyof typeof opposite;
        expect(record.tournament[j][i]).toBe(opposite[outcome]);
      }
    }
    const { rounds } = JSON.parse(read('measured', 'summary.json'));
    expect(rounds.map((round: { generality: number }) => round.generality)).toEqual(
      record.champions.map((champion: { generality: number }) => champion.generality),
    );
    expect(stdout).toContain(`${record.opponents.length} opponents`);
    const before = read('measured', 'generality.json');
    expect((await run([...args, '--workers', '1'])).code).toBe(0);
    expect(read('measured', 'generality.json')).toBe(before);
  });

  test('of a warrior: a line an opponent', async () => {
    const { code, stdout } = await run(['drq', 'generality', 'imp', '--rounds', '2', '--json']);
    expect(code).toBe(0);
    const { warriors } = JSON.parse(stdout);
    expect(warriors).toHaveLength(1);
    const imp = warriors[0].duels.find(({ opponent }: { opponent: string }) => opponent === 'imp');
    // An imp against an imp: neither ends the other.
    expect(imp).toMatchObject({ score: 1, opponentScore: 1, outcome: 'tied' });
  });
});

describe('primordia drq report', () => {
  test('of several runs', async () => {
    const names = ['a', 'b'].map((name) => `several-${name}`);
    for (const [i, name] of names.entries()) {
      const args = ['drq', 'drq-tiny', '--rounds', '3', '--iterations', '4', '--seed', `${i}`];
      const set = ['--set', 'simulations=1', 'core.setting=tiny', '--out', name];
      expect((await run([...args, ...set])).code).toBe(0);
    }
    const early = await run(['drq', 'report', ...names, '--out', 'several.html']);
    expect(early.stderr).toContain('has not been measured');
    for (const name of names) {
      expect((await run(['drq', 'generality', name, '--rounds', '2'])).code).toBe(0);
    }
    const { code, stdout } = await run(['drq', 'report', ...names, '--out', 'several.html']);
    expect(code).toBe(0);
    expect(stdout.trim()).toBe('several.html');
    const page = read('several.html');
    expectInPage(page, 'Variance of phenotypes');
    expectInPage(page, 'drq-tiny');
  });
});
