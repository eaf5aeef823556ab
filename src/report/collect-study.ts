// From the folder of a study to the data of its report.

import { existsSync } from 'node:fs';
import path from 'node:path';
import type { MetricInfo } from '../algorithms/algorithm.ts';
import { readProvenance } from '../run/provenance.ts';
import { isRunFolder, runPaths } from '../run/run-folder.ts';
import type { StudySummary } from '../study/index.ts';
import { chainOf } from '../study/plan.ts';
import { type RecordedState, readRecordedState } from '../study/recorded-state.ts';
import type { StagedRecipe } from '../study/split-recipe.ts';
import { jobDirectory, readJobState, readStudy } from '../study/study-folder.ts';
import { summarizeStudy } from '../study/summarize-study.ts';
import type { Registries } from '../training/registries.ts';
import { readSample } from '../training/sample.ts';
import { summarizeTraining, type TrainingSummary } from '../training/summary.ts';
import { samplePath } from '../training/training-folder.ts';
import { describeCommandLine } from './command-line.ts';
import { listMissingRuns, type MissingRun } from './list-missing.ts';
import { findMetric, SHARE } from './metric-info.ts';
import type { StudyReportData, StudySample, StudySource } from './study-data.ts';

/**
 * Everything that the report of a study shows; runs may be missing.
 *
 * @throws UserError when the folder holds no study, or a damaged one
 */
export function collectStudyReport(directory: string, registries: Registries): StudyReportData {
  const study = readStudy(directory);
  const summarize = (place: string) => summarizeTraining(place, registries);
  const state = readRecordedState(study, { summarize }, directory);
  const measures = Object.assign(
    {},
    ...Object.values(registries.algorithms).map(({ metrics }) => metrics),
  );
  const file = runPaths(directory).provenance;
  const provenance = existsSync(file) ? readProvenance(file) : {};
  return {
    folder: path.basename(path.resolve(directory)),
    missing: listMissingRuns(findMissing(directory, state, summarize), state.all.length),
    samples: collectSamples(directory, state),
    summary: summarizeStudy(study, state),
    measures,
    provenance,
    recipe: study,
    metric: describeMetric(study.metric, measures),
    sources: listSources(state),
    command: describeCommandLine(provenance.command ?? []),
  };
}

/** Runs that have not ended, with what their folders tell of them. */
function findMissing(
  directory: string,
  { all, plan, outcomeOf, outcomeOfJob }: RecordedState,
  summarize: (place: string) => TrainingSummary,
): MissingRun[] {
  return all.flatMap((run): MissingRun[] => {
    // A run has no job yet where its tuned value is not chosen, or the study has grown.
    if (!plan.jobOf.has(run.id)) return [{ label: run.label, progress: null, failure: null }];
    if (outcomeOf(run) !== null) return [];
    const chain = chainOf(plan, run);
    const open = chain.find(({ id }) => outcomeOfJob(id) === null) ?? chain.at(-1)!;
    const state = readJobState(directory, open, plan.jobs);
    const place = jobDirectory(directory, open.id);
    return [
      {
        label: run.label,
        failure: typeof state === 'string' ? null : state.failed,
        progress: isRunFolder(place) ? describeProgress(open.recipe, summarize(place)) : null,
      },
    ];
  });
}

/** `at step 20 of 60 of stage text`; null before the first step. */
function describeProgress({ stages = {} }: StagedRecipe, summary: TrainingSummary): string | null {
  const current = summary.stages.findLast(({ steps }) => steps > 0);
  if (!current) return null;
  const planned = Object(stages[current.name]).steps as unknown;
  const of = typeof planned === 'number' ? ` of ${planned}` : '';
  return `at step ${current.steps}${of} of stage ${current.name}`;
}

/** A sample of each cell, under its first seed that has one. */
function collectSamples(directory: string, { runs, plan }: RecordedState): StudySample[] {
  const samples = new Map<string, StudySample>();
  for (const run of runs) {
    const { cell, seed } = run;
    const file = samplePath(jobDirectory(directory, plan.jobOf.get(run.id)!));
    if (samples.has(cell.name) || !existsSync(file)) continue;
    samples.set(cell.name, { cell: cell.name, seed, sample: readSample(file) });
  }
  return [...samples.values()];
}

const METRICS: Readonly<Record<string, Pick<MetricInfo, 'unit' | 'title'>>> = {
  loss: { unit: 'nats per target', title: 'final held-out loss' },
  bitsPerByte: { unit: 'bits per byte', title: 'final held-out loss' },
  'rollout.loss': { unit: 'nats per target', title: 'free-running loss of the finished model' },
  'rollout.accuracy': { unit: SHARE, title: 'free-running accuracy of the finished model' },
};

function describeMetric(
  { name, stage }: StudySummary['metric'],
  measures: Readonly<Record<string, MetricInfo>>,
): MetricInfo {
  const info = Object.hasOwn(METRICS, name)
    ? { ...METRICS[name]!, description: '' }
    : findMetric(measures, name.replace(/^measures\./, ''));
  return stage === null ? info : { ...info, title: `${info.title} at the end of ${stage}` };
}

/** The models that cells begin with, as the gate found them; those that several cells share once. */
function listSources({ runs, plan, outcomeOfJob }: RecordedState): StudySource[] {
  const sources = new Map<string, StudySource>();
  for (const run of runs) {
    for (const { id } of chainOf(plan, run)) {
      const outcome = outcomeOfJob(id);
      if (outcome?.state !== 'done') continue;
      const { stages } = outcome.summary;
      for (const { name, gate, start, tokens } of stages) {
        const before = stages.some((stage) => stage.name === start?.from);
        const judged = [
          ...(gate ? [{ key: `${id} ${name}`, name, gate, tokens }] : []),
          // What another job trained is named there.
          ...(start?.gate && !before && !start.from.startsWith('run:')
            ? [
                {
                  key: `${start.from} seed ${run.seed}`,
                  name: start.from,
                  gate: start.gate,
                  tokens: start.tokens,
                  shipped: start.shipped !== null,
                },
              ]
            : []),
        ];
        for (const { key, ...source } of judged) {
          const cells = new Set([...(sources.get(key)?.cells ?? []), run.cell.name]);
          sources.set(key, { ...source, seed: run.seed, cells: [...cells] });
        }
      }
    }
  }
  return [...sources.values()];
}
