// Training speed and memory of the reference shapes: `npm run bench:train [-- --steps 6 --shape 0]`; a shape is a number or a name.
// Each shape runs in a process of its own, so that its peak memory is its own.
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openTrainer } from '../dist/algorithms/index.js';
import { mean as meanOf, quantile, spec } from '../dist/core/index.js';
import { matmul, mean, openDevice } from '../dist/tensor/index.js';
import { LEARNING_RATE, llamaStep, nameShape, parseShape } from './llama-steps.mjs';

const SHAPES = [
  'd128 L4 H4 T256 B16 V10004',
  'd256 L6 H8 T512 B8 V10004',
  'd512 L8 H8 T512 B4 V10004',
  'd128 L4 H4 T256 B8 V257',
  'd256 L6 H8 T256 B16 V1024',
];

const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '8' },
    shape: { type: 'string' },
    threads: { type: 'string', default: String(Math.min(2, availableParallelism())) },
    attention: { type: 'string' },
    loss: { type: 'string' },
  },
});

if (values.shape === undefined) {
  for (const i of SHAPES.keys()) {
    const args = [fileURLToPath(import.meta.url), '--shape', String(i), '--steps', values.steps];
    args.push('--threads', values.threads);
    const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
    if (status !== 0) process.exit(status ?? 1);
  }
} else {
  const shape = parseShape(SHAPES[values.shape] ?? values.shape);
  await measure(shape, Number(values.steps), Number(values.threads));
}

async function measure(shape, steps, threads) {
  const { config, trainer: options, params, data } = llamaStep(shape);
  const device = openDevice({ threads });
  const ratioBase = await matrixProductSpeed(device);
  const trainer = await openTrainer(device, options, { params });
  const times = [];
  let loss = Number.NaN;
  for (let step = 0; step < steps; step++) {
    const start = performance.now();
    const out = await trainer.step(data, { step, learningRate: LEARNING_RATE });
    times.push(performance.now() - start);
    loss = out.loss.data[0];
  }
  await device.close();
  const median = quantile(times.slice(2), 0.5);
  const tokens = shape.batch * shape.time;
  const flops = trainFlops(config, shape.batch, shape.time);
  const rate = flops / median / 1e6;
  console.log(
    `${nameShape(shape)}: ` +
      `${Math.round((tokens / median) * 1e3)} tokens/s, ${rate.toFixed(0)} GFLOP/s, ` +
      `${((100 * rate) / ratioBase).toFixed(0)} % of a raw matrix product (${ratioBase.toFixed(0)} GFLOP/s), ` +
      `peak memory ${((process.resourceUsage().maxRSS * 1024) / 1e9).toFixed(2)} GB, ` +
      `step ${median.toFixed(0)} ms (best ${Math.min(...times).toFixed(0)}), ` +
      `${trainer.nodeCount} nodes, loss ${loss.toFixed(4)}`,
  );
  if (!Number.isFinite(meanOf(times))) process.exit(1);
}

/** Multiplications and additions of matrix products in forward and backward pass (a causal half of attention). */
function trainFlops(config, batch, time) {
  const { hiddenSize: d, intermediateSize: f, layers, vocabSize } = config;
  const perToken = layers * (4 * d * d + 3 * d * f) + vocabSize * d + layers * d * time;
  return 3 * 2 * perToken * batch * time;
}

async function matrixProductSpeed(device) {
  const size = 1024;
  const square = spec('float32', [size, size]);
  const program = await device.compile({
    states: { a: square, b: square },
    inputs: {},
    build: ({ a, b }) => {
      let x = a;
      for (let i = 0; i < 8; i++) x = matmul(x, b);
      return { outputs: { sum: mean(x) } };
    },
  });
  const a = await device.createState(square);
  const b = await device.createState(square);
  const times = [];
  for (let i = 0; i < 6; i++) {
    const start = performance.now();
    await program.run({ a, b }, {}).read();
    times.push(performance.now() - start);
  }
  await program.close();
  await a.drop();
  await b.drop();
  return (8 * 2 * size ** 3) / quantile(times.slice(1), 0.5) / 1e6;
}
