// A page of every kind of report, made by the command line in one folder.

import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { runInProcess, TINY_RECIPE, writeTinyProject } from './command-line.ts';
import { TINY_RECURRENT } from './tiny-recurrent.ts';
import { SOURCES } from './warriors.ts';

const RACE = ['--rounds', '3', '--iterations', '4', '--set'];
const RACE_SETTINGS = ['simulations=1', 'core.setting=tiny', 'newAtStart=3'];

/** Pages by name: at least one of each kind, whole and unfinished. */
export const PAGES = [
  'run',
  'half',
  'memory',
  'study',
  'half-study',
  'race',
  'half-race',
  'compared-runs',
  'hill',
  'rollouts',
] as const;
/** More of the same kinds. */
export const MORE_PAGES = ['other', 'task', 'compared-studies', 'compared-races'] as const;

export type ReportPage = (typeof PAGES)[number] | (typeof MORE_PAGES)[number];

const { model, stages, checkpoint } = TINY_RECIPE;
const study = (name: string, seeds: readonly number[]) => ({
  name,
  description: 'Whether the dynamics of automata help with text',
  seeds,
  base: {
    model,
    checkpoint,
    engine: { threads: 1 },
    stages: {
      source: { ...stages.source, steps: 6, evaluateEvery: 3 },
      text: { ...stages.text, steps: 6, evaluateEvery: 3 },
    },
  },
  axes: {
    arm: {
      scratch: { stages: { source: null, text: { start: null } } },
      nca: {},
      shuffled: {
        stages: { source: { data: { kind: 'shuffled', of: stages.source.data } } },
      },
    },
  },
  baseline: 'scratch',
  contrasts: [['nca', 'shuffled']],
});

/** A page's file in the folder of all. */
export function pageFile(folder: string, name: ReportPage): string {
  const isFile = /^(compared|hill|rollouts)/.test(name);
  return path.join(folder, ...(isFile ? [`${name}.html`] : [name, 'report.html']));
}

/** Writes PAGES into an empty folder, and `more` where asked to. */
export async function writeReportPages(folder: string, { more = false } = {}): Promise<void> {
  const at = (...names: string[]) => path.join(folder, ...names);
  const json = (file: string, value: unknown) => writeFileSync(at(file), JSON.stringify(value));
  const run = async (...args: string[]) => {
    const { code, stderr } = await runInProcess(args, { cwd: folder });
    if (code !== 0) throw new Error(`primordia ${args.join(' ')}: ${stderr}`);
  };
  writeTinyProject(folder);
  await run('train', 'tiny.json', '--out', 'run');
  // Without the stage before it, which takes most of the time of such a run.
  const alone = ['stages.source=null', 'stages.text.start=null'];
  const changes = ['seed=1', 'stages.text.steps=8', ...alone];
  await run('train', 'tiny.json', '--out', 'other', '--set', ...changes);
  writeHalf(at('run'), at('half'));
  json('memory.json', TINY_RECURRENT);
  await run('train', 'memory.json', '--out', 'memory');

  json('study.json', study('tiny-study', [0, 1]));
  const compare = ['study', 'study.json', '--executor', 'in-process'];
  await run(...compare, '--out', 'study');
  cpSync(at('study'), at('half-study'), { recursive: true });
  rmSync(at('half-study', 'summary.json'));
  rmSync(at('half-study', 'jobs', 'cells', 'shuffled', 'seed-1'), { recursive: true });

  const race = async (place: string, seed: string) => {
    await run('drq', 'drq-tiny', '--out', place, '--seed', seed, ...RACE, ...RACE_SETTINGS);
    await run('drq', 'generality', place, '--rounds', '2');
  };
  await race('race', '0');
  cpSync(at('race'), at('half-race'), { recursive: true });
  rmSync(at('half-race', 'champions', 'round-003.red'));
  rmSync(at('half-race', 'generality.json'));
  const candidates = readFileSync(at('race', 'candidates.jsonl'), 'utf8').split('\n');
  writeFileSync(at('half-race', 'candidates.jsonl'), `${candidates.slice(0, -3).join('\n')}\n`);

  mkdirSync(at('warriors'));
  for (const [name, text] of Object.entries(SOURCES)) {
    writeFileSync(at('warriors', `${name}.red`), text);
  }
  await run('hill', 'warriors', '--rounds', '4', '--out', 'hill.json');
  const world = ['--colors', '4', '--grid', '8', '--rules', '2', '--frames', '5', '--tries', '40'];
  await run('nca', 'render', '--out', 'rollouts.html', ...world);

  await run('report', 'run', 'other', '--out', 'compared-runs.html');
  await run('report', 'hill.json');
  // The others wrote theirs when they ended.
  for (const name of ['half', 'half-study', 'race', 'half-race']) await run('report', name);
  if (!more) return;

  const { data: _, stages: __, ...recurrent } = TINY_RECURRENT;
  json('task.json', {
    ...recurrent,
    name: 'task',
    stages: { own: { data: { kind: 'copy' }, steps: 6, evaluateEvery: 3 } },
    contextLength: 16,
    rollout: { sequences: 4 },
  });
  await run('train', 'task.json', '--out', 'task');
  await run(...compare, '--out', 'other-study', '--seeds', '3');
  await run('report', 'study', 'other-study', '--out', 'compared-studies.html');
  await race('other-race', '1');
  await run('report', 'race', 'other-race', '--out', 'compared-races.html');
}

/** A run that was stopped in its second stage, as its folder would be. */
function writeHalf(whole: string, half: string): void {
  cpSync(whole, half, { recursive: true });
  rmSync(path.join(half, 'summary.json'));
  rmSync(path.join(half, 'samples'), { recursive: true });
  rmSync(path.join(half, 'stages', 'text', 'artifacts'), { recursive: true });
  const rows = readFileSync(path.join(half, 'metrics.jsonl'), 'utf8').split('\n');
  const kept = rows.filter((row) => {
    if (row === '') return false;
    const { stage, step } = JSON.parse(row);
    return stage !== 'text' || step <= 7;
  });
  writeFileSync(path.join(half, 'metrics.jsonl'), `${kept.join('\n')}\n`);
}
