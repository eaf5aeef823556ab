// Training speed and memory of the three reference shapes: `npm run bench:train [-- --steps 6 --shape 0]`.
// Each shape runs in a process of its own, so that its peak memory is its own.
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openTrainer } from '../dist/algorithms/index.js';
import {
  arrayOf,
  foldIn,
  keyFromSeed,
  mean as meanOf,
  quantile,
  randomBits,
  spec,
} from '../dist/core/index.js';
import { deriveLlamaConfig, initLlama, llamaLosses, llamaSpecs } from '../dist/nn/index.js';
import { createOptimizer, OPTIMIZERS } from '../dist/optim/index.js';
import { matmul, mean, openDevice } from '../dist/tensor/index.js';

const VOCABULARY = 10_004;
const SHAPES = [
  { hiddenSize: 128, layers: 4, heads: 4, time: 256, batch: 16 },
  { hiddenSize: 256, layers: 6, heads: 8, time: 512, batch: 8 },
  { hiddenSize: 512, layers: 8, heads: 8, time: 512, batch: 4 },
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
  await measure(SHAPES[Number(values.shape)], Number(values.steps), Number(values.threads));
}

async function measure(shape, steps, threads) {
  const { time, batch, ...model } = shape;
  const config = deriveLlamaConfig(model, { vocabSize: VOCABULARY, contextLength: time });
  const device = openDevice({ threads });
  const ratioBase = await matrixProductSpeed(device);
  const specs = llamaSpecs(config);
  const key = keyFromSeed(1);
  const trainer = await openTrainer(
    device,
    {
      params: specs,
      batch: { tokens: spec('int32', [batch, time]), targets: spec('int32', [batch, time]) },
      forward: (params, { batch: { tokens, targets } }) => ({
        loss: mean(
          llamaLosses(params, config, tokens, targets, {
            ...(values.attention ? { attentionChunk: Number(values.attention) } : {}),
            ...(values.loss ? { lossChunk: Number(values.loss) } : {}),
          }).losses,
        ),
      }),
      optimizer: createOptimizer(OPTIMIZERS, 'adamw', { weightDecay: 0.1 }),
      clipNorm: 1,
      key,
    },
    { params: initLlama(config, key) },
  );
  const ids = (name) =>
    arrayOf(
      'int32',
      [batch, time],
      // Skewed like language: small ids are frequent, so that rows repeat in the scatter.
      Array.from(randomBits(foldIn(key, name), batch * time), (b) =>
        Math.floor(VOCABULARY * (b / 2 ** 32) ** 3),
      ),
    );
  const data = { tokens: ids('tokens'), targets: ids('targets') };
  const times = [];
  let loss = Number.NaN;
  for (let step = 0; step < steps; step++) {
    const start = performance.now();
    const out = await trainer.step(data, { step, learningRate: 3e-4 });
    times.push(performance.now() - start);
    loss = out.loss.data[0];
  }
  await device.close();
  const median = quantile(times.slice(2), 0.5);
  const tokens = batch * time;
  const flops = trainFlops(config, batch, time);
  const rate = flops / median / 1e6;
  console.log(
    `d${model.hiddenSize} L${model.layers} H${model.heads} T${time} B${batch}: ` +
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
