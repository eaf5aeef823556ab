// A study of five short jobs per seed, and what is left of it, for tests that disturb it.

import type { ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { type Finished, startCommand, TINY_RECIPE, writeTinyProject } from './command-line.ts';
import { withoutTimes } from './kill-sweep.ts';

const { model, stages, checkpoint } = TINY_RECIPE;
const short = { ...stages.text, steps: 8, evaluateEvery: 8 };
const STUDY = {
  name: 'tiny-study',
  seeds: [0, 1],
  base: {
    model,
    checkpoint,
    engine: { threads: 1 },
    stages: {
      source: { ...stages.source, steps: 10, evaluateEvery: 10 },
      text: { ...stages.text, steps: 16, evaluateEvery: 8 },
    },
  },
  axes: {
    arm: {
      scratch: { stages: { source: null, text: { start: null } } },
      nca: {},
      norms: { stages: { text: { start: { keep: { modules: ['norms'] } } } } },
      warm: { stages: { source: { ...short, start: null } } },
    },
  },
  baseline: 'scratch',
};
/** The source stage that nca and norms share, and each cell. */
export const JOBS_PER_SEED = 5;

/** Writes `study.json`, changed, and the text that it reads. */
export function writeStudyProject(folder: string, changes: object = {}): void {
  writeTinyProject(folder);
  writeFileSync(path.join(folder, 'study.json'), JSON.stringify({ ...STUDY, ...changes }));
}

export type StudySnapshot = { files: Record<string, string>; summary: string };

/** What stages left and their newest checkpoints byte for byte, and the summary without what depends on the clock. */
export function snapshotStudy(study: string): StudySnapshot {
  const files: Record<string, string> = {};
  const keep = (folder: string) => {
    for (const name of readdirSync(path.join(study, folder)).sort()) {
      const file = path.join(folder, name);
      files[file] = readFileSync(path.join(study, file)).toString('base64');
    }
  };
  const folders = readdirSync(study, { recursive: true, encoding: 'utf8' }).sort();
  for (const name of folders) {
    if (/artifacts\/\w+$/.test(name)) keep(name);
    if (!/checkpoints\/\w+$/.test(name)) continue;
    keep(path.join(name, readdirSync(path.join(study, name)).sort().at(-1)!));
  }
  return { files, summary: withoutTimes(readFileSync(path.join(study, 'summary.json'), 'utf8')) };
}

type Step = { arm: string; stage: string; step: number };

/** Runs a command to which something happens when an arm has come so far. */
export async function interruptStudy(
  folder: string,
  args: readonly string[],
  act: (child: ChildProcess) => void,
  when: (event: Step) => boolean,
): Promise<Finished> {
  let sent = false;
  const finished = await startCommand([...args, '--json'], {
    cwd: folder,
    onLine: (line, child) => {
      const event = JSON.parse(line);
      if (sent || event.event !== 'step' || !when(event)) return;
      sent = true;
      act(child);
    },
  });
  expect(sent).toBe(true);
  return finished;
}

/** Once the text stage of an arm under seed 0 has come half way. */
export const isMiddle = (arm: string) => (event: Step) =>
  event.arm === `${arm} seed 0` && event.stage === 'text' && event.step >= 6;
