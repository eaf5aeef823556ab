// The gate of a stage's model, recorded in the folder of the run.

import { existsSync } from 'node:fs';
import type { NamedArrays } from '../algorithms/index.ts';
import { ensureDirectory } from '../files/atomic.ts';
import { writeJsonAtomic } from '../files/json.ts';
import { holdsSupersededGate } from './gate-record.ts';
import { judgeModel } from './judge.ts';
import type { PreparedStage } from './prepare.ts';
import { gatePath, stageFolder } from './training-folder.ts';
import type { TrainingRun } from './training-run.ts';

/**
 * Judges the model of a stage, unless there is a record that holds.
 *
 * @param readModel its arrays
 * @throws UserError if its data have nothing to judge it by
 */
export async function renewGate(
  run: TrainingRun,
  { stage, data, model }: PreparedStage,
  readModel: () => NamedArrays,
): Promise<void> {
  const { directory } = run.paths;
  const file = gatePath(directory, stage.name);
  if (existsSync(file) && !holdsSupersededGate(file)) return;
  const record = await judgeModel(run.device, data, model, readModel());
  run.requireFolder();
  ensureDirectory(stageFolder(directory, stage.name), { parents: 1 });
  writeJsonAtomic(file, record);
  run.listener({ kind: 'gate', gate: record.gate, arm: run.label });
}
