// The end of a run: measures of its finished model along held-out sequences, n-gram baselines, and a sample.

import { existsSync } from 'node:fs';
import { batchSequences } from '../algorithms/index.ts';
import { foldIn, keyFromSeed } from '../core/index.ts';
import type { TokenLosses } from '../eval/index.ts';
import { ensureDirectory } from '../files/atomic.ts';
import { writeJsonAtomic } from '../files/json.ts';
import { readArtifacts } from '../run/artifacts.ts';
import type { TokenBatch } from '../text/index.ts';
import { drawTokens } from '../worlds/world.ts';
import { measureRollout } from './measure-rollout.ts';
import { measureNgrams } from './ngram-losses.ts';
import { type OpenedModel, openModel, withTokenLosses } from './open-model.ts';
import type { PreparedStage } from './prepare.ts';
import { rolloutLength } from './rollout-length.ts';
import { drawSamples, finalSampleOptions } from './sample.ts';
import { artifactsPath, baselinesPath, rolloutPath, samplePath } from './training-folder.ts';
import type { TrainingRun } from './training-run.ts';

/** Measures and samples the model of the last stage; existing files are kept. */
export async function finishRun(run: TrainingRun): Promise<void> {
  const last = run.prepared.stages.at(-1)!;
  const { directory, samples } = run.paths;
  const wantsRollout = last.data.worlds && !existsSync(rolloutPath(directory));
  const wantsSample =
    last.data.shows !== 'frames' && last.model.stepping && !existsSync(samplePath(directory));
  if (!wantsRollout && !wantsSample) return;
  const { model: artifact } = readArtifacts(artifactsPath(directory, last.stage.name));
  const model = await openModel(run.device, last.model, artifact!.arrays);
  try {
    if (wantsRollout) await measureAlong(run, last, model);
    if (wantsSample) {
      const options = finalSampleOptions(last.data, run.prepared.recipe.seed);
      const sample = await drawSamples(run.device, model, last.data, options);
      run.requireFolder();
      ensureDirectory(samples, { parents: 0 });
      writeJsonAtomic(samplePath(directory), sample);
    }
  } finally {
    await model.close();
  }
}

async function measureAlong(
  run: TrainingRun,
  last: PreparedStage,
  model: OpenedModel,
): Promise<void> {
  const { prepared, paths, requireFolder, device } = run;
  const { sequences } = prepared.recipe.rollout;
  const length = rolloutLength(prepared.recipe, last);
  const worlds = last.data.worlds!(length);
  // Both are judged by the same held-out sequences.
  const heldOutKey = foldIn(keyFromSeed(prepared.recipe.seed), 'rollout');
  const baselines = measureNgrams(worlds, last.dataKey, heldOutKey, {
    sequences: (last.firstBatch + last.stage.steps) * last.data.batchSize,
    heldOut: sequences,
  });
  requireFolder();
  writeJsonAtomic(baselinesPath(paths.directory), baselines);
  const drawn = Array.from({ length: sequences }, (_, i) =>
    drawTokens(worlds.heldOut, heldOutKey, i),
  );
  const batch = batchSequences(worlds.heldOut, drawn);
  // A growing state takes memory for whole sequences, so no more of them are read at a time than in training.
  const grows = last.model.stepping?.growth !== 'constant';
  const rows = grows ? Math.min(sequences, last.data.batchSize) : sequences;
  const sizes = { batchSize: rows, contextLength: length, firstPosition: 0 };
  const judged = await withTokenLosses(device, model, sizes, (judge) =>
    judgeRows(judge, batch, sizes),
  );
  const measures = measureRollout(judged, batch, length, last.data.contextLength);
  requireFolder();
  writeJsonAtomic(rolloutPath(paths.directory), measures);
}

/** Losses of all sequences, a number of rows at a time. */
async function judgeRows(
  judge: (batch: TokenBatch) => Promise<TokenLosses>,
  { inputs, targets }: TokenBatch,
  { batchSize, contextLength }: { readonly batchSize: number; readonly contextLength: number },
): Promise<TokenLosses> {
  const losses = new Float32Array(targets.length);
  const predictions = new BigInt64Array(targets.length);
  const count = batchSize * contextLength;
  for (let first = 0; first < targets.length; first += count) {
    // The last piece repeats some rows of the one before.
    const at = Math.min(first, targets.length - count);
    const cut = (ids: Int32Array) => ids.slice(at, at + count);
    const out = await judge({ inputs: cut(inputs), targets: cut(targets) });
    losses.set(out.losses, at);
    predictions.set(out.predictions, at);
  }
  return { losses, predictions };
}
