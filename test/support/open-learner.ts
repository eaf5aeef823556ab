// Learners of any algorithm on small data, with what tests have no reason to choose filled in.

import {
  type AlgorithmDefinition,
  type Artifacts,
  arraysToTree,
  type DataFacts,
  type Learner,
  type LearnerContext,
  type LearnerSnapshot,
  openLearner,
} from '../../src/algorithms/index.ts';
import { initParams, keyFromSeed, type NdArray, type Tree } from '../../src/core/index.ts';
import type { Model } from '../../src/nn/index.ts';
import { createOptimizer, OPTIMIZERS } from '../../src/optim/index.ts';
import type { Device } from '../../src/tensor/index.ts';

/** AdamW of a small weight decay, clipped. */
export const OPTIMIZER = {
  optimizer: createOptimizer(OPTIMIZERS, 'adamw', { weightDecay: 0.01 }),
  clipNorm: 1,
};

export type LearnerRequest = {
  readonly model: Model;
  readonly data: Partial<DataFacts> & Pick<DataFacts, 'contextLength' | 'batchSize'>;
  /** As a recipe has them. */
  readonly options?: object;
  /** To go on from; new parameters of the key else. */
  readonly snapshot?: LearnerSnapshot | undefined;
  readonly artifacts?: Artifacts;
  readonly params?: unknown;
} & Partial<
  Pick<LearnerContext, 'optimizer' | 'clipNorm' | 'accumulate' | 'frozen' | 'key' | 'source'>
>;

const KEY = keyFromSeed(5);

/** What a learner is opened with. */
export function contextOf(
  device: Device,
  definition: AlgorithmDefinition,
  request: LearnerRequest,
): LearnerContext {
  const { model, data, snapshot, artifacts = {}, options = {}, params, ...rest } = request;
  const parsed = definition.options.parse(options);
  const specs = definition.specs(model, parsed);
  const key = request.key ?? KEY;
  return {
    device,
    model,
    options: parsed,
    artifacts,
    accumulate: 1,
    key,
    ...OPTIMIZER,
    ...rest,
    data: {
      vocabSize: model.vocabSize,
      firstPosition: 0,
      order: 'independent',
      weighted: false,
      ...data,
    },
    // Arrays are handed over, and tests use theirs again.
    initial: structuredClone(
      snapshot
        ? { params: arraysToTree(specs, snapshot.params), optimizer: snapshot.optimizer }
        : { params: (params ?? initParams(specs, key)) as Tree<NdArray> },
    ),
  };
}

export async function openTestLearner(
  device: Device,
  definition: AlgorithmDefinition,
  request: LearnerRequest,
): Promise<Learner> {
  return openLearner(definition, contextOf(device, definition, request));
}
