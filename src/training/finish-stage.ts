// The end of a stage: what it leaves to the next one, and what the gate says of its model.

import { existsSync } from 'node:fs';
import type { Learner } from '../algorithms/index.ts';
import { ensureDirectory } from '../files/atomic.ts';
import { writeJsonAtomic } from '../files/json.ts';
import { saveArtifacts } from '../run/artifacts.ts';
import { holdsSupersededGate } from './gate-record.ts';
import { judgeModel } from './judge.ts';
import type { PreparedStage } from './prepare.ts';
import { isJudged } from './require-judged.ts';
import { artifactsPath, gatePath, stageFolder } from './training-folder.ts';
import type { TrainingRun } from './training-run.ts';

/** Judges the model of a stage, and saves what it leaves: once that is there, the stage is finished. */
export async function finishStage(
  run: TrainingRun,
  prepared: PreparedStage,
  learner: Learner,
): Promise<void> {
  const { stage, description, data, model } = prepared;
  const { directory } = run.paths;
  const artifacts = await learner.finish();
  const file = gatePath(directory, stage.name);
  if (
    isJudged(run.prepared.stages, stage.name) &&
    (!existsSync(file) || holdsSupersededGate(file))
  ) {
    const record = await judgeModel(run.device, data, model, artifacts.model!.arrays);
    run.requireFolder();
    ensureDirectory(stageFolder(directory, stage.name));
    writeJsonAtomic(file, record);
    run.listener({ kind: 'gate', gate: record.gate, arm: run.label });
  }
  run.requireFolder();
  saveArtifacts(artifactsPath(directory, stage.name), run.prepared.registries.models, artifacts, {
    model: description,
    tokenizer: data.tokenizer,
    step: stage.steps,
  });
}
