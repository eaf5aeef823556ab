// Time and memory of a training step of a recurrent network against the length of its sequences, by SMT, DMT and BPTT with
// the same cell, batch and parameters: `npm run bench:recurrent [-- --algorithm smt,dmt,bptt --time 8,16,32,64,128 --device cpu --json]`.
// Each measurement has a process of its own: memory is that process's highest resident size.
import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openLearner } from '../dist/algorithms/index.js';
import { initParams, keyFromSeed, quantile } from '../dist/core/index.js';
import { createOptimizer, OPTIMIZERS } from '../dist/optim/index.js';
import { openDevice } from '../dist/tensor/index.js';
import { parseRecipe, prepare, REGISTRIES } from '../dist/training/index.js';

const { values } = parseArgs({
  options: {
    algorithm: { type: 'string', default: 'smt,dmt,bptt' },
    time: { type: 'string', default: '8,16,32,64,128' },
    model: { type: 'string', default: 'recurrent-transformer' },
    steps: { type: 'string', default: '20' },
    threads: { type: 'string', default: '1' },
    device: { type: 'string', default: 'cpu' },
    batch: { type: 'string', default: '32' },
    // Steps between the states that BPTT keeps; 0 keeps all that gradients need.
    checkpoint: { type: 'string', default: '0' },
    json: { type: 'boolean', default: false },
    // One algorithm and length, measured in this process.
    measure: { type: 'boolean', default: false },
  },
});
const steps = Number(values.steps);
const threads = Number(values.threads);
const warmUp = Math.min(3, steps);
const common = {
  name: 'bench',
  data: { kind: 'retrieval' },
  batchSize: Number(values.batch),
  model: {
    kind: values.model,
    hiddenSize: 32,
    memoryTokens: 2,
    decoderLayers: 1,
    ...(values.model === 'recurrent-transformer' ? { cellLayers: 1 } : {}),
  },
};
const taught = {
  smt: { algorithm: { kind: 'smt', supervision: { positions: 4 } } },
  dmt: { algorithm: { kind: 'dmt', every: 4, gradientSteps: 4 }, start: { keep: 'all' } },
};
const checkpointEvery = Number(values.checkpoint) || null;
const STAGES = {
  smt: taught,
  dmt: taught,
  bptt: { bptt: checkpointEvery ? { algorithm: { kind: 'next-token', checkpointEvery } } : {} },
};

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
async function timeSteps(device, prepared, artifacts) {
  const began = performance.now();
  const learner = await open(device, prepared, artifacts);
  const times = [];
  let first = 0;
  let loss = 0;
  for (let step = 0; step < steps + warmUp; step++) {
    const batch = await prepared.data.batch(step);
    const from = performance.now();
    ({ loss } = await learner.step(batch, { step, learningRate: 1e-4 }));
    // The first step compiles what is left to compile.
    if (step === 0) first = (performance.now() - began) / 1000;
    if (step >= warmUp) times.push(performance.now() - from);
  }
  const { depth } = learner.facts();
  await learner.close();
  return { secondsUntilFirstStep: first, msPerStep: quantile(times, 0.5), depth, loss };
}

/** What SMT leaves to DMT. */
async function teach(device, prepared) {
  const learner = await open(device, prepared, {});
  const artifacts = await learner.finish();
  await learner.close();
  return artifacts;
}

async function measure(algorithm, time) {
  const recipe = parseRecipe(
    { ...common, contextLength: time, stages: STAGES[algorithm] },
    'b',
    REGISTRIES,
  );
  const prepared = await prepare(recipe, { registries: REGISTRIES, directory: null });
  const device = openDevice({ device: values.device, threads });
  const own = prepared.stages.find((one) => one.stage.name === algorithm);
  const artifacts = algorithm === 'dmt' ? await teach(device, prepared.stages[0]) : {};
  const found = await timeSteps(device, own, artifacts);
  await Promise.all([device.close(), prepared.close()]);
  const peakMegabytes = process.resourceUsage().maxRSS / 1024;
  return { algorithm, time, ...found, peakMegabytes };
}

/** The same in a process of its own. */
function measureApart(algorithm, time) {
  const options = ['model', 'steps', 'threads', 'device', 'batch', 'checkpoint'].flatMap((name) => [
    `--${name}`,
    values[name],
  ]);
  const out = execFileSync(
    process.execPath,
    [
      fileURLToPath(import.meta.url),
      ...['--measure', '--algorithm', algorithm, '--time', `${time}`],
      ...options,
    ],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
  );
  return JSON.parse(out);
}

const algorithms = values.algorithm.split(',');
const times = values.time.split(',').map(Number);
if (values.measure) {
  console.log(JSON.stringify(await measure(algorithms[0], times[0])));
  process.exit();
}
const machine = {
  processor: cpus()[0]?.model ?? 'unknown processor',
  threads,
  device: values.device,
  node: process.version,
  model: values.model,
  batch: common.batchSize,
};
if (!values.json) {
  console.log(
    `${machine.processor}, ${values.device}, ${threads} threads, Node ${machine.node}, batch ${machine.batch}, memory 2 x 32`,
  );
  console.log(
    'tokens  algorithm  ms/step (median)  until the first step  peak memory  sequential depth',
  );
}
const rows = [];
for (const time of times) {
  for (const algorithm of algorithms) {
    const row = measureApart(algorithm, time);
    rows.push(row);
    if (values.json) continue;
    console.log(
      [
        String(time).padStart(6),
        algorithm.padEnd(9),
        row.msPerStep.toFixed(1).padStart(16),
        `${row.secondsUntilFirstStep.toFixed(1)} s`.padStart(20),
        `${row.peakMegabytes.toFixed(0)} MB`.padStart(11),
        String(row.depth).padStart(16),
      ].join('  '),
    );
  }
}
if (values.json) console.log(JSON.stringify({ ...machine, rows }, null, 2));
