// Time of a training step of a recurrent network against the length of its sequences, by SMT, DMT and BPTT with the same
// cell, batch and parameters: `npm run bench:recurrent [-- --times 8,16,32,64,128 --steps 20 --threads 1]`.
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { drawBatch, nameArrays, smt } from '../dist/algorithms/index.js';
import { initParams, keyFromSeed, quantile } from '../dist/core/index.js';
import { parseRecurrentRecipe, prepareRecurrent, stepOptions } from '../dist/recurrent/index.js';
import {
  openBpttLearner,
  openDmtLearner,
  openSmtLearner,
} from '../dist/recurrent/open-learners.js';
import { planStage } from '../dist/recurrent/prepare.js';
import { openDevice } from '../dist/tensor/index.js';

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
const model = { hiddenSize: 32, memoryTokens: 2, decoderLayers: 1, cellLayers: 1 };
const common = {
  kind: 'recurrent',
  name: 'bench',
  task: { kind: 'retrieval' },
  batchSize: Number(values.batch),
  model,
};
const taught = {
  smt: { supervision: { positions: 4 } },
  dmt: { every: 4, gradientSteps: 4 },
};

/** Compiles, warms up, and times steps. */
async function time(open, world, batchSize) {
  const began = performance.now();
  const learner = await open();
  const key = keyFromSeed(1);
  const times = [];
  for (let step = 0; step < steps + 3; step++) {
    const batch = drawBatch(world, key, step, batchSize);
    const from = performance.now();
    await learner.step(batch, { step, learningRate: 1e-4 });
    // The first step compiles what is left to compile.
    if (step === 0) times.compile = (performance.now() - began) / 1000;
    if (step >= 3) times.push(performance.now() - from);
  }
  await learner.close();
  return { ms: quantile(times, 0.5), compile: times.compile };
}

console.log(
  `${cpus()[0]?.model ?? 'unknown processor'}, ${threads} threads, Node ${process.version}, batch ${values.batch}, memory 2 x 32`,
);
console.log('tokens  algorithm  ms/step (median)  until the first step  sequential depth');
for (const contextLength of values.times.split(',').map(Number)) {
  for (const stage of ['smt', 'dmt', 'bptt']) {
    const recipe = parseRecurrentRecipe(
      { ...common, contextLength, ...(stage === 'bptt' ? { bptt: {} } : taught) },
      'bench',
    );
    const key = keyFromSeed(0);
    const prepared = prepareRecurrent(recipe, '.', key);
    const { worlds } = prepared;
    const { options, depth } = stepOptions(prepared, stage);
    const device = openDevice({ threads });
    const { model } = planStage(prepared, stage).plan;
    const network = initParams(model.params, key);
    const taughtParams = initParams(smt.specs(model, smt.options.parse({})), key);
    const open = {
      smt: () => openSmtLearner(device, options, { params: taughtParams }),
      dmt: () =>
        openDmtLearner(device, options, {
          params: network,
          teacher: nameArrays(taughtParams.teacher),
        }),
      bptt: () => openBpttLearner(device, options, { params: network }),
    }[stage];
    const { ms, compile } = await time(open, worlds.training, recipe.batchSize);
    await device.close();
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
