// Training speed and memory of the reference shapes:
// `npm run bench:train [-- --steps 6 --shape 0 --device cpu,xla:cpu --precision float32 --peak TFLOPS]`; a shape is a number or
// a name. Each shape and device runs in a process of its own, so that its peak memory is its own. Share of peak is that of a
// product of large matrices on the same device, or of `--peak`, the device's own figure.
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
    device: { type: 'string', default: 'cpu' },
    precision: { type: 'string', default: 'float32' },
    peak: { type: 'string' },
  },
});

const shapes = values.shape === undefined ? SHAPES : [SHAPES[values.shape] ?? values.shape];
const devices = values.device.split(',');
if (shapes.length * devices.length === 1) {
  await measure(parseShape(shapes[0]), devices[0], Number(values.steps), Number(values.threads));
} else {
  for (const shape of shapes) {
    for (const device of devices) {
      const args = [fileURLToPath(import.meta.url), '--shape', shape, '--device', device];
      args.push('--steps', values.steps, '--threads', values.threads);
      args.push('--precision', values.precision, ...(values.peak ? ['--peak', values.peak] : []));
      const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
      if (status !== 0) process.exit(status ?? 1);
    }
  }
}

async function measure(shape, deviceName, steps, threads) {
  const { config, trainer: options, params, data } = llamaStep(shape);
  const device = openDevice({ device: deviceName, threads, precision: values.precision });
  const peakRate = values.peak ? 1e3 * Number(values.peak) : await matrixProductSpeed(device);
  const began = performance.now();
  const trainer = await openTrainer(device, options, { params });
  const openSeconds = (performance.now() - began) / 1e3;
  const times = [];
  let loss = Number.NaN;
  for (let step = 0; step < steps; step++) {
    const start = performance.now();
    const out = await trainer.step(data, { step, learningRate: LEARNING_RATE });
    times.push(performance.now() - start);
    loss = out.loss.data[0];
  }
  await device.close();
  const { nodes, isCached, peakBytes, hasFusedAttention } = trainer.facts;
  const median = quantile(times.slice(2), 0.5);
  const rate = trainFlops(config, shape.batch, shape.time) / median / 1e6;
  const parts = [
    `${Math.round((1e3 * shape.batch * shape.time) / median)} tokens/s`,
    `${rate.toFixed(0)} GFLOP/s`,
    `${((100 * rate) / peakRate).toFixed(0)} % of ${values.peak ? 'the peak' : 'a raw matrix product'} (${peakRate.toFixed(0)} GFLOP/s)`,
    `step ${median.toFixed(0)} ms (best ${Math.min(...times).toFixed(0)})`,
    `opened in ${openSeconds.toFixed(1)} s${isCached ? ' from the cache' : ''}`,
    `peak memory ${gigabytes(process.resourceUsage().maxRSS * 1024)} of the process`,
    ...(peakBytes === undefined ? [] : [`${gigabytes(peakBytes)} of the device`]),
    `${nodes} nodes${hasFusedAttention ? ', fused attention' : ''}`,
    `loss ${loss.toFixed(4)}`,
  ];
  console.log(`${nameShape(shape)}, ${deviceName}, ${values.precision}: ${parts.join(', ')}`);
  if (!Number.isFinite(meanOf(times))) process.exit(1);
}

function gigabytes(bytes) {
  return `${(bytes / 1e9).toFixed(2)} GB`;
}

/** Multiplications and additions of matrix products in forward and backward pass (a causal half of attention). */
function trainFlops(config, batch, time) {
  const { hiddenSize: d, intermediateSize: f, layers, vocabSize } = config;
  const perToken = layers * (4 * d * d + 3 * d * f) + vocabSize * d + layers * d * time;
  return 3 * 2 * perToken * batch * time;
}

/** Of the device's own precision, GFLOP/s. */
async function matrixProductSpeed(device) {
  const size = device.name.endsWith('cpu') ? 1024 : 8192;
  const square = spec('float32', [size, size]);
  const program = await device.compile({
    states: { a: square, b: square },
    inputs: {},
    build: ({ a, b }) => {
      let x = a;
      for (let i = 0; i < 8; i++) x = matmul(x, b, { precision: x.graph.precision });
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
