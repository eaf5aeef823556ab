// Evolution strategies (Salimans et al. 2017, arXiv 1703.03864): gradients of a loss that was never differentiated.
// Parameters are moved along random directions, there and back, and each direction counts as much as the two losses
// differ.

import {
  defineAlgorithm,
  describeStep,
  nameArrays,
  openTrainer,
  shapeOf,
  targetWeights,
  trainedParams,
  weightedMean,
} from 'primordia/algorithms';
import { flattenTree, mapTree, spec } from 'primordia/core';
import { sequenceLosses } from 'primordia/nn';
import {
  add,
  after,
  cast,
  cos,
  isTensor,
  log,
  mean,
  mul,
  randomUniform,
  reshape,
  slice,
  sqrt,
  square,
  stopGradient,
  sub,
  sum,
} from 'primordia/tensor';
import { z } from 'zod';

const options = z.strictObject({
  pairs: z.int().min(1).max(256).default(8).describe('Directions per step, each gone both ways.'),
  sigma: z.number().positive().default(0.02).describe('Standard deviation of a move.'),
});

/** Normal numbers (Box and Muller 1958), drawn at once and cut into the shapes of `leaves`. */
function drawNoise(key, stream, leaves) {
  const sizes = leaves.map(([, { shape }]) => shape.reduce((a, b) => a * b, 1));
  const count = sizes.reduce((a, b) => a + b, 0);
  const [radius, angle] = [0, 1].map((i) => randomUniform(key, 2 * stream + i, [count]));
  const length = sqrt(mul(log(sub(1, radius)), -2));
  const all = mul(length, cos(mul(angle, 2 * Math.PI)));
  let from = 0;
  return new Map(
    leaves.map(([path, { shape, dtype }], i) => {
      const own = slice(all, 0, from, from + sizes[i]);
      from += sizes[i];
      return [path, cast(reshape(own, shape), dtype)];
    }),
  );
}

/** Losses in nats from the first position that counts on, `[batch, time − firstPosition]`. */
function lossesOf(model, params, { inputs, targets }, { firstPosition }) {
  const hidden = model.forward(params, inputs);
  return sequenceLosses(hidden, model.readout(params), targets, { firstPosition }).losses;
}

/** The mean loss of a part of a batch. */
function meanLoss(model, params, { batch, whole, parts }, data) {
  const losses = lossesOf(model, params, batch, data);
  if (!batch.weights) return mean(losses);
  const counted = (weights) => slice(weights, 1, data.firstPosition);
  return weightedMean(losses, counted(batch.weights), { weights: counted(whole.weights), parts });
}

/** The estimate of a part of a batch: the gradients by path, the losses, and by how much those of a pair differ. */
function estimate({ model, data, options: { pairs, sigma } }, params, part, paths) {
  const leaves = flattenTree(params, isTensor).filter(([path]) => paths.includes(path));
  const losses = [];
  const differences = [];
  const gradients = new Map();
  for (let pair = 0; pair < pairs; pair++) {
    const noise = drawNoise(part.key, pair, leaves);
    const [there, back] = [sigma, -sigma].map((size) => {
      const place = mapTree(params, isTensor, (leaf, path) =>
        noise.has(path) ? add(leaf, mul(noise.get(path), size)) : leaf,
      );
      // One evaluation waits for the one before, so that the activations of one live at a time.
      const inputs = after(part.batch.inputs, losses.slice(-1));
      losses.push(meanLoss(model, place, { ...part, batch: { ...part.batch, inputs } }, data));
      return losses.at(-1);
    });
    differences.push(sub(there, back));
    const slope = mul(differences.at(-1), 1 / (2 * sigma * pairs));
    for (const [path] of leaves) {
      const own = mul(noise.get(path), slope);
      gradients.set(path, gradients.has(path) ? add(gradients.get(path), own) : own);
    }
  }
  return { gradients, losses, differences };
}

const average = (list) => mul(list.reduce(add), 1 / list.length);

/** A train step as every algorithm has it; its loss has the estimate as its gradient. */
function planStep(plan) {
  const { model, data, optimizer, clipNorm, accumulate, frozen } = plan;
  const shape = [data.batchSize, data.contextLength];
  const paths = trainedParams(model.params, frozen).map(([path]) => path);
  return {
    params: model.params,
    batch: {
      inputs: spec('int32', shape),
      targets: spec('int32', shape),
      ...(data.weighted ? { weights: spec('float32', shape) } : {}),
    },
    forward(params, part) {
      const still = mapTree(params, isTensor, stopGradient);
      const { gradients, losses, differences } = estimate(plan, still, part, paths);
      // The gradient of ⟨parameters, estimate⟩ is the estimate; the value is taken off again.
      const carrier = flattenTree(params, isTensor)
        .filter(([path]) => gradients.has(path))
        .map(([path, leaf]) => sum(mul(leaf, gradients.get(path))))
        .reduce(add);
      return {
        loss: add(average(losses), sub(carrier, stopGradient(carrier))),
        metrics: { difference: sqrt(average(differences.map(square))) },
      };
    },
    optimizer,
    clipNorm,
    accumulate,
    frozen,
  };
}

/** A program of the loss of held-out batches: the sum over targets, by their weights. */
function compileJudge(device, { model, data }, state) {
  const shape = [data.batchSize, data.contextLength];
  return device.compile({
    states: { params: state.specs },
    inputs: {
      inputs: spec('int32', shape),
      targets: spec('int32', shape),
      weights: spec('float32', shape),
    },
    build: ({ params }, batch) => ({
      outputs: {
        total: sum(
          mul(lossesOf(model, params, batch, data), slice(batch.weights, 1, data.firstPosition)),
        ),
      },
    }),
  });
}

const numberOf = ({ data }) => Number(data[0]);

export const evolutionStrategies = defineAlgorithm({
  kind: 'evolution-strategies',
  source: 'Salimans et al. 2017, arXiv 1703.03864',
  description: 'Gradients from losses at places around the parameters; nothing is differentiated.',
  options,
  metrics: {
    difference: {
      unit: 'nats',
      title: 'difference of a pair',
      description: 'how far apart the losses of the two ways of a direction are, root mean square',
    },
  },
  accepts: () => null,
  specs: (model) => model.params,
  facts: (plan) => describeStep(planStep(plan)),
  async open(context) {
    const { device, data, key, initial } = context;
    const trainer = await openTrainer(device, { ...planStep(context), key }, initial);
    const judge = await compileJudge(device, context, trainer.state);
    const shape = [data.batchSize, data.contextLength];
    const arraysOf = ({ inputs, targets }, weights) => ({
      inputs: { dtype: 'int32', shape, data: inputs },
      targets: { dtype: 'int32', shape, data: targets },
      ...(weights ? { weights: { dtype: 'float32', shape, data: weights } } : {}),
    });
    return {
      model: { state: trainer.state },
      async step(batch, how) {
        const out = await trainer.step(arraysOf(batch, batch.weights), how);
        return {
          loss: numberOf(out.loss),
          gradientNorm: numberOf(out.gradientNorm),
          parts: { difference: numberOf(out.difference) },
        };
      },
      async evaluate(batches) {
        let [total, count] = [0, 0];
        for (const batch of batches) {
          const weights = targetWeights(batch, shapeOf(data));
          const out = await judge.run({ params: trainer.state }, arraysOf(batch, weights)).read();
          total += numberOf(out.total);
          count += weights.reduce((a, b) => a + b, 0);
        }
        return { loss: total / count };
      },
      snapshot: () => trainer.snapshot(),
      finish: async () => ({ model: { arrays: nameArrays(await trainer.state.read()) } }),
      async close() {
        await Promise.all([trainer.close(), judge.close()]);
      },
    };
  },
});

export default { algorithms: [evolutionStrategies] };
