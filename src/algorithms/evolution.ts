// Antithetic evolution strategies on the parameters (Salimans et al. 2017). Only losses at perturbed parameters are computed; the
// model is not differentiated.

import { z } from 'zod';
import { flattenTree, mapTree, type NdArray, type Tree } from '../core/index.ts';
import { type Model, sequenceLosses } from '../nn/index.ts';
import {
  add,
  after,
  cos,
  isTensor,
  log,
  mean,
  mul,
  randomUniform,
  slice,
  sqrt,
  stopGradient,
  sub,
  sum,
  type Tensor,
} from '../tensor/tracing.ts';
import type { TokenBatch } from '../text/batches.ts';
import {
  batchSpecs,
  type DataFacts,
  defineAlgorithm,
  type Learner,
  type LearnerContext,
  type ParamFilter,
  type StepPlan,
} from './algorithm.ts';
import { openHeldOutJudge } from './held-out-judge.ts';
import { lazily, numberParts } from './learner-parts.ts';
import { ROLLED_OUT_METRICS } from './memory/memory-metrics.ts';
import { weightedMean } from './memory/weighted-mean.ts';
import {
  describeStep,
  type Forward,
  type Part,
  type TrainStepOptions,
  trainedParams,
} from './train-step.ts';
import { nameArrays, openTrainer } from './trainer.ts';

const options = z.strictObject({
  pairs: z
    .int()
    .positive()
    .max(1024)
    .default(8)
    .describe('Random directions per step; each is tried with both signs.'),
  sigma: z
    .number()
    .positive()
    .default(0.02)
    .describe('Standard deviation of the perturbation of each parameter.'),
});

type EvolutionOptions = z.output<typeof options>;

/** Evolution strategies with antithetic perturbations (Salimans et al. 2017). */
export const evolution = defineAlgorithm({
  kind: 'evolution',
  source: 'Salimans et al. 2017, arXiv 1703.03864',
  description:
    'Evolution strategies with antithetic pairs of perturbations: no gradient of the model is computed.',
  options,
  metrics: ROLLED_OUT_METRICS,
  accepts: (_, { order }) =>
    order === 'stream'
      ? 'evolution starts every sequence from the initial state, and these data are streams that continue'
      : null,
  specs: (model) => model.params,
  facts: (plan) => describeStep(evolutionStep(plan)),
  open: openEvolution,
});

function evolutionStep(plan: StepPlan<EvolutionOptions>): TrainStepOptions {
  const { model, data, options: given, optimizer, clipNorm, accumulate, frozen } = plan;
  return {
    params: model.params,
    batch: batchSpecs(data),
    forward: (params, part) =>
      evolutionForward(model, params, part, { ...given, ...data, moves: movesOf(model, frozen) }),
    optimizer,
    clipNorm,
    accumulate,
    frozen,
  };
}

/** Whether a parameter is perturbed. Perturbing frozen ones would only add noise to the losses. */
function movesOf({ params }: Model, frozen: ParamFilter = () => false) {
  const paths = new Set(trainedParams(params, frozen).map(([path]) => path));
  return (path: string) => paths.has(path);
}

/**
 * A loss whose value is the mean of those at the perturbed parameters, and whose gradient is the estimate
 * Σ (L(θ + σε) − L(θ − σε)) / (2σ pairs) · ε: it is linear in the parameters themselves, with losses as constants.
 */
function evolutionForward(
  model: Model,
  params: Tree<Tensor>,
  { batch, whole, parts, key }: Part,
  {
    pairs,
    sigma,
    firstPosition,
    moves,
  }: EvolutionOptions & Pick<DataFacts, 'firstPosition'> & { moves: (path: string) => boolean },
): Forward {
  const paths = new Map(flattenTree<Tensor>(params, isTensor).map(([path], i) => [path, i]));
  const lossAt = (moved: Tree<Tensor>) => {
    const { losses } = sequenceLosses(
      model.forward(moved, batch.inputs!),
      model.readout(moved),
      batch.targets!,
      { firstPosition },
    );
    if (!batch.weights) return mean(losses);
    const counted = (weights: Tensor) => slice(weights, 1, firstPosition);
    const all = { weights: counted(whole.weights!), parts };
    return weightedMean(losses, counted(batch.weights), all);
  };
  let total: Tensor | undefined;
  let surrogate: Tensor | undefined;
  for (let pair = 0; pair < pairs; pair++) {
    const directions = mapTree<Tensor, Tensor>(params, isTensor, (x, path) =>
      normalLike(x, key, 2 * (pair * paths.size + paths.get(path)!)),
    );
    const noise = new Map(flattenTree<Tensor>(directions, isTensor));
    const move = (by: number) =>
      mapTree<Tensor, Tensor>(params, isTensor, (x, path) => {
        const still = stopGradient(x);
        const moved = moves(path) ? add(still, mul(noise.get(path)!, by)) : still;
        // Only one perturbed model is alive at a time.
        return total ? after(moved, [total]) : moved;
      });
    const [forwards, backwards] = [
      stopGradient(lossAt(move(sigma))),
      stopGradient(lossAt(move(-sigma))),
    ];
    const slope = mul(sub(forwards, backwards), 1 / (2 * sigma * pairs));
    const along = flattenTree<Tensor>(params, isTensor)
      .filter(([path]) => moves(path))
      .map(([path, x]) => sum(mul(x, noise.get(path)!)))
      .reduce(add);
    const both = mul(add(forwards, backwards), 1 / (2 * pairs));
    total = total ? add(total, both) : both;
    const term = mul(slope, along);
    surrogate = surrogate ? add(surrogate, term) : term;
  }
  return { loss: add(total!, sub(surrogate!, stopGradient(surrogate!))) };
}

/** Standard normal numbers (Box and Muller 1958). */
function normalLike(x: Tensor, key: Tensor, stream: number): Tensor {
  const [u, v] = [randomUniform(key, stream, x.shape), randomUniform(key, stream + 1, x.shape)];
  return mul(sqrt(mul(log(sub(1, u)), -2)), cos(mul(v, 2 * Math.PI)));
}

async function openEvolution(
  context: LearnerContext<EvolutionOptions>,
): Promise<Omit<Learner, 'facts'>> {
  const { device, data, key, initial } = context;
  const trainer = await openTrainer(device, { ...evolutionStep(context), key }, initial);
  const judge = lazily(() => openHeldOutJudge(context, trainer.state));
  const shape = [data.batchSize, data.contextLength];
  const ids = (values: Int32Array): NdArray => ({ dtype: 'int32', shape, data: values });
  return {
    model: { state: trainer.state },
    peakBytes: trainer.facts.peakBytes,
    async step({ inputs, targets, weights }: TokenBatch, step) {
      const out = await trainer.step(
        {
          inputs: ids(inputs),
          targets: ids(targets),
          ...(weights ? { weights: { dtype: 'float32', shape, data: weights } as const } : {}),
        },
        step,
      );
      const { loss, gradientNorm } = numberParts(out);
      return { loss: loss!, gradientNorm: gradientNorm! };
    },
    evaluate: async (batches) => (await judge.get()).evaluate(batches),
    snapshot: () => trainer.snapshot(),
    finish: async () => ({
      model: { arrays: nameArrays((await trainer.state.read()) as Tree<NdArray>) },
    }),
    async close() {
      await Promise.all([trainer.close(), judge.close()]);
    },
  };
}
