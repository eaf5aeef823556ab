// What a step of each stage is like: how many parameters it trains, and its sequential depth.

import {
  bpttTrainer,
  dmtTrainer,
  smtTrainer,
  type TrainerOptions,
  trainedParams,
  trainerProgram,
} from '../algorithms/index.ts';
import { countElements, type ParamSpec, spec, type Tree } from '../core/index.ts';
import {
  createCell,
  encodeContexts,
  encodePrefixes,
  encoderSpecs,
  type MemoryConfig,
} from '../nn/index.ts';
import { programDepth } from '../tensor/index.ts';
import { bpttOptions, dmtOptions, type PreparedRecurrent, smtOptions } from './prepare.ts';
import type { RecurrentStage } from './recipe.ts';

export type StageFacts = {
  /** Numbers that the stage trains. */
  readonly parameters: number;
  /**
   * The longest chain of operations up to a step's gradients, each of which needs the one before (`graphDepth`); the
   * optimizer's update is left out, which is the same for all. Of DMT it is the
   * rollout's, token after token, then the teacher's encoder's and the step's; only the rollout grows with time.
   */
  readonly depth: number;
};

/** The options with which a stage's learner is opened, and what its step is like. */
export function stepOptions(prepared: PreparedRecurrent, stage: RecurrentStage) {
  const options = { smt: smtOptions, dmt: dmtOptions, bptt: bpttOptions }[stage](prepared);
  return { options, ...describeStep(prepared, stage) };
}

/** Traces a stage's step; nothing is compiled. */
export function describeStep(prepared: PreparedRecurrent, stage: RecurrentStage): StageFacts {
  switch (stage) {
    case 'smt':
      return describe(smtTrainer(smtOptions(prepared)));
    case 'bptt':
      return describe(bpttTrainer(bpttOptions(prepared)));
    case 'dmt': {
      const options = dmtOptions(prepared);
      const { parameters, depth } = describe(dmtTrainer(options));
      const rollout = options.time * cellDepth(prepared.config);
      return { parameters, depth: rollout + encoderDepth(prepared.config) + depth };
    }
  }
}

function describe<P>(options: TrainerOptions<P>): StageFacts {
  const trained = trainedParams(options.params as Tree<ParamSpec>, options.frozen);
  return {
    parameters: countElements(trained.map(([, spec]) => spec)),
    depth: programDepth(trainerProgram(options)),
  };
}

/** Of one token's step. */
function cellDepth(config: MemoryConfig): number {
  const cell = createCell(config);
  const { memoryTokens, hiddenSize } = config;
  return programDepth({
    states: { params: cell.specs() },
    inputs: { memory: spec('float32', [1, memoryTokens, hiddenSize]), token: spec('int32', [1]) },
    build: ({ params }, { memory, token }) => ({
      outputs: cell.step(params as never, memory, token),
    }),
  });
}

/** Of the teacher's encoder, whatever the length of its context. */
function encoderDepth(config: MemoryConfig): number {
  return programDepth({
    states: { params: encoderSpecs(config) },
    inputs: { tokens: spec('int32', [1, 2]), lengths: spec('int32', [1]) },
    build: ({ params }, { tokens, lengths }) => ({
      outputs:
        config.encoder === 'causal'
          ? encodePrefixes(params, config, tokens)
          : encodeContexts(params, config, tokens, lengths),
    }),
  });
}
