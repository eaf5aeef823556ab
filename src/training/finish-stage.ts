// The end of a stage: its artifacts, and the gate's verdict on its model.

import type { Learner } from '../algorithms/index.ts';
import { saveArtifacts } from '../run/artifacts.ts';
import type { PreparedStage } from './prepare.ts';
import { renewGate } from './renew-gate.ts';
import { isJudged } from './require-judged.ts';
import { artifactsPath } from './training-folder.ts';
import type { TrainingRun } from './training-run.ts';

/** Judges the model of a stage and saves its artifacts. Once these are saved, the stage is finished. */
export async function finishStage(
  run: TrainingRun,
  prepared: PreparedStage,
  learner: Learner,
): Promise<void> {
  const { stage, description, data } = prepared;
  const artifacts = await learner.finish();
  if (isJudged(run.prepared.stages, stage.name)) {
    await renewGate(run, prepared, () => artifacts.model!.arrays);
  }
  run.requireFolder();
  saveArtifacts(
    artifactsPath(run.paths.directory, stage.name),
    run.prepared.registries.models,
    artifacts,
    {
      model: description,
      tokenizer: data.tokenizer,
      step: stage.steps,
    },
  );
}
