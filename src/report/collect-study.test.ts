import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { gateResult } from '../../test/support/gate-result.ts';
import { expectInPage, expectNotInPage } from '../../test/support/page-text.ts';
import { withoutScripts } from '../../test/support/self-contained.ts';
import { parseStudy } from '../study/index.ts';
import { writePlan } from '../study/study-folder.ts';
import { readStudyState } from '../study/study-state.ts';
import { parseRecipe } from '../training/recipe.ts';
import { REGISTRIES } from '../training/registries.ts';
import { summarizeTraining } from '../training/summary.ts';
import { collectStudyReport } from './collect-study.ts';
import { writeReport } from './write-report.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-collect-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const nca = { kind: 'nca', colors: 2, grid: 4, band: { kind: 'none' } };
const STUDY = parseStudy(
  {
    kind: 'study',
    name: 'tiny',
    seeds: [0, 1],
    baseline: 'scratch',
    base: {
      contextLength: 23,
      stages: { source: { data: nca, steps: 1 }, text: { data: { kind: 'text' }, steps: 1 } },
    },
    axes: {
      arm: {
        scratch: { stages: { source: null } },
        nca: {},
        whole: { stages: { text: { start: { keep: 'all' } } } },
      },
    },
  },
  'tiny',
);

const readState = () =>
  readStudyState(
    STUDY,
    {
      parse: (value, origin) => parseRecipe(value, origin, REGISTRIES),
      summarize: (place) => summarizeTraining(place, REGISTRIES),
    },
    folder,
  );

function write(file: string, value: unknown): void {
  mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
  writeFileSync(path.join(folder, file), JSON.stringify(value));
}

/** Leaves finished runs of the jobs that are chosen; their losses differ by seed and by what they begin with. */
function writeJobs(isDone: (id: string) => boolean): void {
  write('run.json', { format: 2, kind: 'study' });
  write('study.json', STUDY);
  write('provenance.json', { command: ['main.js', 'study', 'tiny'] });
  const { plan } = readState();
  writePlan(folder, plan);
  for (const { id, recipe } of [...plan.jobs.values()].filter((job) => isDone(job.id))) {
    const at = (file: string) => path.join('jobs', id, file);
    write(at('run.json'), { format: 2, kind: 'training' });
    write(at('recipe.json'), recipe);
    write(at('summary.json'), {});
    const rows = Object.keys(recipe.stages!).flatMap((stage) => {
      const loss = recipe.seed / 10 + (id.includes('nca') ? 1 : 2 + recipe.seed / 100);
      return [
        { stage, step: 0, tokens: 0, heldOutLoss: 3, parameters: 5, depth: 7 },
        { stage, step: 1, tokens: 64, loss, stepMs: 10, elapsedSeconds: 2 },
        { stage, step: 1, tokens: 64, heldOutLoss: loss },
      ];
    });
    for (const stage of Object.keys(recipe.stages!)) {
      mkdirSync(path.join(folder, at(`stages/${stage}/artifacts`)), { recursive: true });
      if (stage === 'source') {
        write(at('stages/source/gate.json'), { gate: gateResult(), examples: [] });
      }
    }
    writeFileSync(
      path.join(folder, at('metrics.jsonl')),
      rows.map((row) => `${JSON.stringify(row)}\n`).join(''),
    );
  }
}

describe('collectStudyReport', () => {
  test('has cells in pairs, and each source once with the cells that begin with it', () => {
    writeJobs(() => true);
    const { summary, sources, metric, command } = collectStudyReport(folder, REGISTRIES);
    expect(summary.runs).toEqual({ finished: 6, diverged: 0, total: 6 });
    expect(summary.cells.map(({ name, result }) => [name, result!.mean.toFixed(3)])).toEqual([
      ['scratch', '2.055'],
      ['nca', '1.050'],
      ['whole', '2.055'],
    ]);
    expect(sources.map(({ name, seed, tokens, cells }) => [name, seed, tokens, cells])).toEqual([
      ['source', 0, 64, ['nca', 'whole']],
      ['source', 1, 64, ['nca', 'whole']],
    ]);
    expect(metric).toMatchObject({ unit: 'nats per target', title: 'final held-out loss' });
    expect(command).toBe('primordia study tiny');
  });

  test('of a study under way has what is finished', () => {
    writeJobs((id) => id.includes('scratch') || id.startsWith('shared'));
    const { summary, sources } = collectStudyReport(folder, REGISTRIES);
    expect(summary.runs.finished).toBe(2);
    expect(sources).toHaveLength(2);
    const html = readFileSync(writeReport(folder, REGISTRIES), 'utf8');
    expectInPage(html, 'Unfinished: 2 of 6 runs are done.');
    expectNotInPage(withoutScripts(html), /NaN|undefined|Infinity/);
  });

  test('of a study whose plan is not made yet has no result', () => {
    write('run.json', { format: 2, kind: 'study' });
    write('study.json', STUDY);
    const { summary, missing } = collectStudyReport(folder, REGISTRIES);
    expect(summary.runs).toEqual({ finished: 0, diverged: 0, total: 6 });
    expect(missing).toContain('6 of 6 runs have not ended.');
  });

  test('of a study from which a seed was taken is refused: its runs would vanish', () => {
    writeJobs(() => true);
    write('study.json', { ...STUDY, seeds: [0] });
    expect(() => collectStudyReport(folder, REGISTRIES)).toThrow(
      'cells/scratch/seed-1 has been planned, and is no longer part of the study',
    );
  });

  test('of a folder without a study is refused', () => {
    expect(() => collectStudyReport(folder, REGISTRIES)).toThrow('does not hold a study');
  });
});
