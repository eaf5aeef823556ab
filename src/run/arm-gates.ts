// What the gate found of the source that a run's text stage begins with, read from its folder.

import { existsSync } from 'node:fs';
import { meetsRequirement } from '../eval/index.ts';
import { listCheckpoints } from './checkpoint.ts';
import { gatePath, readGate } from './gate-record.ts';
import type { Recipe } from './recipe.ts';
import { runPaths, stageFolder } from './run-folder.ts';
import type { ArmGate } from './summary.ts';
import { readTransferRecord } from './transfer-origin.ts';

/**
 * One gate, or none where the run has no source, or is not as far.
 *
 * @param arm name of the arm that the run is
 */
export function readArmGates(recipe: Recipe, directory: string, arm: string): ArmGate[] {
  const file = gatePath(directory);
  if (!existsSync(file)) return [];
  const { gate } = readGate(file);
  // What was let through under other predictors has a text stage, whatever the gate says now.
  const begun = listCheckpoints(stageFolder(runPaths(directory), 'text')).length > 0;
  const refused =
    recipe.text !== undefined && !begun && !meetsRequirement(gate, recipe.requireGate);
  if (recipe.source) {
    const { steps, batchSize, accumulate, contextLength } = recipe.source;
    const tokens = steps * batchSize * accumulate * contextLength;
    return [{ arm, shipped: null, tokens, gate, refused }];
  }
  const shipped = readTransferRecord(directory)?.source;
  if (!shipped) return [];
  return [{ arm, shipped: shipped.name, tokens: shipped.tokens, gate, refused }];
}
