// Beginning with the weights of another recurrent run, such as one on NCA before one on text.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { NamedArrays } from '../algorithms/index.ts';
import {
  flattenTree,
  isParamSpec,
  type NdArray,
  type ParamSpec,
  type Tree,
  UserError,
} from '../core/index.ts';
import { readJsonFile, writeJsonAtomic } from '../files/json.ts';
import { findWholeCheckpoint, listCheckpoints, verifyModelFiles } from '../run/checkpoint.ts';
import { LEARNER_FILES, learnerWeights } from '../run/learner-checkpoint.ts';
import { isRunFolder, type RunPaths, runPaths } from '../run/run-folder.ts';
import { RECURRENT_STAGES, type RecurrentRecipe, type RecurrentStage } from './recipe.ts';
import { loadRecurrent } from './recurrent-checkpoint.ts';
import { stageDirectory } from './recurrent-folder.ts';

/**
 * Where the weights lie with which a stage may begin.
 *
 * @param stage SMT begins with SMT's teacher and cell, BPTT with the network of DMT or BPTT
 * @throws UserError when the folder has no such model
 */
export function findTransferFolder(from: string, stage: RecurrentStage): string {
  if (!isRunFolder(from)) {
    verifyModelFiles(from, LEARNER_FILES);
    loadRecurrent(from);
    return from;
  }
  const wanted: readonly RecurrentStage[] = stage === 'smt' ? ['smt'] : ['dmt', 'bptt'];
  for (const name of RECURRENT_STAGES.filter((candidate) => wanted.includes(candidate))) {
    const checkpoint = findWholeCheckpoint(stageDirectory(runPaths(from), name), () => {});
    if (checkpoint) return checkpoint.path;
  }
  throw new UserError(`transfer.from: ${from} has no checkpoint of ${wanted.join(' or ')}`, {
    hint: `${stage} can begin with the weights of ${wanted.join(' or ')} alone`,
  });
}

/**
 * New parameters, which `specs` describe, with those of another run in their places, but for what belongs to its
 * vocabulary: embeddings and read-outs mean the tokens of one task and start anew.
 *
 * @throws UserError naming the first parameter that is missing there or has another shape
 */
export function transferArrays(
  specs: Tree<ParamSpec>,
  fresh: NamedArrays,
  source: NamedArrays,
  from: string,
): NamedArrays {
  return Object.fromEntries(
    flattenTree<ParamSpec>(specs, isParamSpec).map(([name, { role }]): [string, NdArray] => {
      const own = fresh[name]!;
      if (role === 'embedding' || role === 'head') return [name, own];
      const found = source[name];
      if (found && String(found.shape) === String(own.shape)) return [name, found];
      const what = found
        ? `is [${found.shape.join(', ')}] there and [${own.shape.join(', ')}] here`
        : 'is missing there';
      throw new UserError(`transfer.from ${from}: the parameter '${name}' ${what}`, {
        hint: 'use the same model options in both runs; the vocabulary alone may differ',
      });
    }),
  );
}

/** What a run folder notes of the model that it began with. */
export const TRANSFER_RECORD = 'transfer.json';

/**
 * Notes which weights a run begins with, or makes sure that they are the same as long as it has no checkpoint of its
 * own: the other run may have trained on meanwhile.
 *
 * @throws UserError when there is no such model, or it is another one than before
 */
export function bindTransfer({ transfer, smt }: RecurrentRecipe, paths: RunPaths): void {
  const stage = smt ? 'smt' : 'bptt';
  if (!transfer || listCheckpoints(stageDirectory(paths, stage)).length > 0) return;
  const folder = findTransferFolder(transfer.from, stage);
  const weights = readFileSync(learnerWeights(folder));
  const sha256 = createHash('sha256').update(weights).digest('hex');
  const record = path.join(paths.directory, TRANSFER_RECORD);
  if (!existsSync(record)) writeJsonAtomic(record, { step: loadRecurrent(folder).step, sha256 });
  else if ((readJsonFile(record) as { sha256?: string }).sha256 !== sha256) {
    throw new UserError(`${transfer.from} holds other weights than the run began with`, {
      hint: 'begin a new run: it has taken no step that is saved',
    });
  }
}
