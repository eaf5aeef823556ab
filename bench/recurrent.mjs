// Time of a training step of a recurrent network against the length of its sequences, by SMT, DMT and BPTT with the same
// cell, batch and parameters: `npm run bench:recurrent [-- --times 8,16,32,64,128 --steps 20 --threads 1]`.
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { openLearner } from '../dist/algorithms/index.js';
import { initParams, keyFromSeed, quantile } from '../dist/core/index.js';
import { createOptimizer, OPTIMIZERS } from '../dist/optim/index.js';
import { openDevice } from '../dist/tensor/index.js';
import { parseRecipe, prepare, REGISTRIES } from '../dist/training/index.js';

const { values } = parseArgs({
  options: {
    times: { type: 'string', default: '8,16,32,64,128' },
    steps: { type: 'string', default: '20' },
    threads: { type: 'string', default: '1' },
    batch: { type: 'string', default: '32' },
  },
});
const steps = Number(values.steps);
const threads = Number(values.threads);
const common = {
  name: 'bench',
  data: { kind: 'retrieval' },
  batchSize: Number(values.batch),
  model: {
    kind: 'recurrent-transformer',
    hiddenSize: 32,
    memoryTokens: 2,
    decoderLayers: 1,
    cellLayers: 1,
  },
};
const taught = {
  smt: { algorithm: { kind: 'smt', supervision: { positions: 4 } } },
  dmt: { algorithm: { kind: 'dmt', every: 4, gradientSteps: 4 }, start: { keep: 'all' } },
};
const STAGES = { smt: taught, dmt: taught, bptt: { bptt: {} } };

/** The learner of a stage with new parameters. */
async function open(device, { model, algorithm, stage, data }, artifacts) {
  const { kind: _, ...options } = stage.algorithm;
  const key = keyFromSeed(0);
  return openLearner(algorithm, {
    device,
    model,
    data,
    options,
    key,
    artifacts,
    accumulate: 1,
    clipNorm: 1,
    optimizer: createOptimizer(OPTIMIZERS, 'adamw', {}),
    initial: { params: initParams(algorithm.specs(model, options), key) },
  });
}

/** Compiles, warms up, and times steps. */
async function time(device, prepared, artifacts) {
  const began = performance.now();
  const learner = await open(device, prepared, artifacts);
  const times = [];
  for (let step = 0; step < steps + 3; step++) {
    const batch = await prepared.data.batch(step);
    const from = performance.now();
    await learner.step(batch, { step, learningRate: 1e-4 });
    // The first step compiles what is left to compile.
    if (step === 0) times.compile = (performance.now() - began) / 1000;
    if (step >= 3) times.push(performance.now() - from);
  }
  const { depth } = learner.facts();
  await learner.close();
  return { ms: quantile(times, 0.5), compile: times.compile, depth };
}

/** What SMT leaves to DMT. */
async function teach(device, prepared) {
  const learner = await open(device, prepared, {});
  const artifacts = await learner.finish();
  await learner.close();
  return artifacts;
}

console.log(
  `${cpus()[0]?.model ?? 'unknown processor'}, ${threads} threads, Node ${process.version}, batch ${values.batch}, memory 2 x 32`,
);
console.log('tokens  algorithm  ms/step (median)  until the first step  sequential depth');
for (const contextLength of values.times.split(',').map(Number)) {
  for (const stage of ['smt', 'dmt', 'bptt']) {
    const recipe = parseRecipe(
      { ...common, contextLength, stages: STAGES[stage] },
      'b',
      REGISTRIES,
    );
    const prepared = await prepare(recipe, { registries: REGISTRIES, directory: null });
    const device = openDevice({ threads });
    const own = prepared.stages.find((one) => one.stage.name === stage);
    const artifacts = stage === 'dmt' ? await teach(device, prepared.stages[0]) : {};
    const { ms, compile, depth } = await time(device, own, artifacts);
    await Promise.all([device.close(), prepared.close()]);
    console.log(
      [
        String(contextLength).padStart(6),
        stage.padEnd(9),
        ms.toFixed(1).padStart(16),
        `${compile.toFixed(1)} s`.padStart(20),
        String(depth).padStart(17),
      ].join('  '),
    );
  }
}
