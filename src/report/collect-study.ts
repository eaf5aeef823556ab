// From the folder of a study to the data of its report.

import { existsSync } from 'node:fs';
import type { MetricInfo } from '../algorithms/algorithm.ts';
import { readProvenance } from '../run/provenance.ts';
import { runPaths } from '../run/run-folder.ts';
import type { StudySummary } from '../study/index.ts';
import { chainOf } from '../study/plan.ts';
import { readStudy } from '../study/study-folder.ts';
import { readStudyState, type StudyState } from '../study/study-state.ts';
import { summarizeStudy } from '../study/summarize-study.ts';
import { parseRecipe } from '../training/recipe.ts';
import type { Registries } from '../training/registries.ts';
import { summarizeTraining } from '../training/summary.ts';
import { describeCommandLine } from './command-line.ts';
import { findMetric, SHARE } from './metric-info.ts';
import type { StudyReportData, StudySource } from './study-data.ts';

/**
 * Everything that the report of a study shows; runs may be missing.
 *
 * @throws UserError when the folder holds no study, or a damaged one
 */
export function collectStudyReport(directory: string, registries: Registries): StudyReportData {
  const study = readStudy(directory);
  const state = readStudyState(
    study,
    {
      parse: (value, origin) => parseRecipe(value, origin, registries),
      summarize: (place) => summarizeTraining(place, registries),
    },
    directory,
  );
  const measures = Object.assign(
    {},
    ...Object.values(registries.algorithms).map(({ metrics }) => metrics),
  );
  const file = runPaths(directory).provenance;
  const provenance = existsSync(file) ? readProvenance(file) : {};
  return {
    summary: summarizeStudy(study, state),
    measures,
    provenance,
    recipe: study,
    metric: describeMetric(study.metric, measures),
    sources: listSources(state),
    command: describeCommandLine(provenance.command ?? []),
  };
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
function listSources({ runs, plan, outcomeOfJob }: StudyState): StudySource[] {
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
