// Several runs under one roof, compared: every arm is a run folder of its own, side by side.

import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { UserError } from '../core/index.ts';
import { writeJsonAtomic } from '../files/json.ts';
import { readSealedJson, writeSealedJson } from '../files/sealed-json.ts';
import { watchForeignLock } from '../files/watch-lock.ts';
import { hasText } from '../training/data/prepare-text.ts';
import { readArmGates } from './arm-gates.ts';
import { BASELINE } from './compare-arms.ts';
import { GateNotMet } from './gate-record.ts';
import { removeIfEmpty } from './prepare-run.ts';
import { parseRecipe, type Recipe } from './recipe.ts';
import {
  createRunFolder,
  isRunFolder,
  lockRunFolder,
  type RunLock,
  runPaths,
  textFolder,
} from './run-folder.ts';
import type { Summary } from './summary.ts';
import { lastElapsed, listStages, resumeRun, startRun, type TrainOptions } from './train-run.ts';
import { findTransferMisfit } from './transfer-misfit.ts';

/** One arm: a name, also that of its folder, and a recipe. */
export type Arm = { readonly name: string; readonly recipe: Recipe };

export type Comparison = { readonly name: string; readonly arms: readonly Arm[] };

const comparisonSchema = z.strictObject({
  name: z.string(),
  arms: z.array(z.strictObject({ name: z.string(), recipe: z.unknown() })).min(1),
});

function comparisonPath(directory: string): string {
  return path.join(directory, 'arms.json');
}

/** Whether a folder holds a comparison of arms. */
export function isComparison(directory: string): boolean {
  return existsSync(comparisonPath(directory));
}

/** The comparison that a folder holds. */
export function readComparison(directory: string): Comparison {
  const file = comparisonPath(directory);
  const parsed = comparisonSchema.safeParse(readSealedJson(file));
  if (!parsed.success) {
    const { path: place, message } = parsed.error.issues[0]!;
    throw new UserError(`${file}: ${place.join('.') || 'the file'}: ${message}`);
  }
  const { name, arms } = parsed.data;
  return {
    name,
    arms: arms.map((arm) => ({ name: arm.name, recipe: parseRecipe(arm.recipe, file) })),
  };
}

/** Where an arm's run lies. */
export function armDirectory(directory: string, arm: string): string {
  return path.join(directory, arm);
}

/**
 * Starts a comparison in a new or empty folder; it is left that way when no arm could begin.
 *
 * @throws UserError for a folder in use, and as `startRun`
 */
export async function startComparison(
  comparison: Comparison,
  options: TrainOptions,
): Promise<Summary> {
  const { directory } = options;
  if (isComparison(directory) || isRunFolder(directory)) {
    throw new UserError(`${directory} holds a run already`, {
      hint: `go on with it: primordia resume ${directory}; or choose another --out`,
    });
  }
  // Before the first arm trains: a later one that cannot begin would leave a comparison that never ends.
  for (const { name, recipe } of comparison.arms) {
    const misfit = findTransferMisfit(recipe);
    if (misfit !== null) throw new UserError(`arm '${name}': ${misfit}`);
  }
  const isNew = !existsSync(directory);
  createRunFolder(directory);
  let lock: RunLock | undefined;
  try {
    await watchForeignLock(runPaths(directory).lock);
    lock = lockRunFolder(directory);
    writeSealedJson(comparisonPath(directory), comparison);
    // As it is read when the comparison is gone on with: the same recipes to the byte.
    return await runComparison(readComparison(directory), lock, options);
  } catch (error) {
    const begun = comparison.arms.some(({ name }) => isRunFolder(armDirectory(directory, name)));
    // Without the lock, what lies there is another process's.
    if (lock && !begun) rmSync(comparisonPath(directory), { force: true });
    lock?.release();
    if (!begun && isNew) removeIfEmpty(directory);
    throw error;
  } finally {
    lock?.release();
  }
}

/** Goes on with a comparison where it stopped. */
export async function resumeComparison(options: TrainOptions): Promise<Summary> {
  const comparison = readComparison(options.directory);
  await watchForeignLock(runPaths(options.directory).lock);
  const lock = lockRunFolder(options.directory);
  return lock.guard(() => runComparison(comparison, lock, options));
}

async function runComparison(
  comparison: Comparison,
  lock: RunLock,
  options: TrainOptions,
): Promise<Summary> {
  const summaries: Summary[] = [];
  for (const { name, recipe } of comparison.arms) {
    options.listener?.({ kind: 'run-begins', arm: name, stages: listStages(recipe) });
  }
  for (const arm of comparison.arms) {
    lock.requireFolder();
    summaries.push(await runArm(arm, options, findPreparedText(comparison, arm, options)));
  }
  const summary: Summary = {
    name: comparison.name,
    gate: summaries.find(({ gate }) => gate !== null)?.gate ?? null,
    gates: summaries.flatMap(({ gates }) => gates),
    arms: summaries.flatMap(({ arms }) => arms),
    seconds: summaries.reduce((sum, { seconds }) => sum + seconds, 0),
  };
  lock.requireFolder();
  writeJsonAtomic(runPaths(options.directory).summary, summary);
  return summary;
}

/** An arm whose source has learned less than is required has no text stage; the others go on. */
async function runArm(
  { name, recipe }: Arm,
  options: TrainOptions,
  text: Pick<TrainOptions, 'preparedText'>,
): Promise<Summary> {
  const directory = armDirectory(options.directory, name);
  const armOptions = { ...options, ...text, directory, arm: name };
  try {
    return isRunFolder(directory)
      ? await resumeRun(armOptions)
      : await startRun(recipe, armOptions);
  } catch (error) {
    if (!(error instanceof GateNotMet)) throw error;
    options.listener?.({ kind: 'message', text: error.message });
    return summarizeRefused(recipe, directory, name);
  }
}

function summarizeRefused(recipe: Recipe, directory: string, arm: string): Summary {
  const gates = readArmGates(recipe, directory, arm);
  const { name, seed } = recipe;
  return {
    name,
    gate: gates[0]?.gate ?? null,
    gates,
    arms: [{ name: arm, seed, textLoss: null, bitsPerByte: null, curve: [] }],
    seconds: lastElapsed(runPaths(directory)),
  };
}

/** Arms of equal text share it: it is read and tokenized once. */
function findPreparedText(
  { arms }: Comparison,
  { recipe }: Arm,
  { directory }: TrainOptions,
): Pick<TrainOptions, 'preparedText'> {
  const other = arms.find(
    (arm) =>
      describeTextInput(arm.recipe) === describeTextInput(recipe) &&
      hasText(textFolder(armDirectory(directory, arm.name))),
  );
  return other ? { preparedText: armDirectory(directory, other.name) } : {};
}

/** All that the tokens of a text follow from. */
function describeTextInput({ seed, text }: Recipe): string | null {
  if (!text) return null;
  const { corpus, tokenizer, validationFraction } = text;
  return JSON.stringify([seed, corpus, tokenizer, validationFraction]);
}

/**
 * The recipe's own arm, an arm for each shipped source that begins with it in place of the recipe's source stage, and the same
 * text stage from scratch.
 *
 * @param name of the recipe's own arm
 * @param shipped names of sources that come with the package, also those of their arms
 */
export function withScratch(name: string, recipe: Recipe, shipped: readonly string[] = []): Arm[] {
  const { requireGate, ...rest } = { ...recipe, source: undefined };
  return [
    { name, recipe },
    ...shipped.map((from) => ({
      name: from,
      recipe: { ...rest, requireGate, transfer: { ...recipe.transfer, from } },
    })),
    { name: BASELINE, recipe: rest },
  ];
}
