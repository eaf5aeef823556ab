// One training step (forward, backward, clipping to norm 1, AdamW) of the same Llama weights and batch in this engine and in
// others, in turns: `npm run bench:peers -- --torch PYTHON --jax PYTHON [--shapes NAME,NAME] [--rounds 8] [--steps 3] [--warm-up SECONDS]`.
// PYTHON is an interpreter that has the package; a peer without one is left out. `--device cpu,xla:cpu` runs this engine on
// each of the devices; the first is what the others are compared with. `--against DIST` adds the engine of another checkout's
// build. Peers that wait are stopped: threads that spin would take the processors from whoever runs.
// `--precision bfloat16` is mixed precision (devices of XLA, and torch's autocast; JAX is left out), `--torch-device cuda` has
// torch on a GPU.
// A turn in which other programs took more than a twentieth of the processors is taken again, a few times at most.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { flattenTree, isNdArray, quantile } from '../../dist/core/index.js';
import { LEARNING_RATE, llamaStep, nameShape, parseShape } from '../llama-steps.mjs';
import { waitForQuiet, withShareOfOthers } from '../quiet.mjs';

const SHAPES = [
  'd128 L4 H4 T256 B8 V257',
  'd256 L6 H8 T256 B16 V1024',
  'd128 L4 H4 T256 B16 V10004',
  'd512 L8 H8 T512 B4 V10004',
];

const { values } = parseArgs({
  options: {
    torch: { type: 'string', default: process.env.PRIMORDIA_TORCH_PYTHON ?? '' },
    jax: { type: 'string', default: process.env.PRIMORDIA_JAX_PYTHON ?? '' },
    device: { type: 'string', default: 'cpu' },
    against: { type: 'string', default: '' },
    precision: { type: 'string', default: 'float32' },
    'torch-device': { type: 'string', default: 'cpu' },
    shapes: { type: 'string', default: SHAPES.join(',') },
    rounds: { type: 'string', default: '8' },
    steps: { type: 'string', default: '3' },
    threads: { type: 'string', default: '2' },
    'warm-up': { type: 'string', default: '25' },
    json: { type: 'string' },
  },
});
const rounds = Number(values.rounds);
const steps = Number(values.steps);
const WARM_UP = 3;
const warmUpMs = 1e3 * Number(values['warm-up']);
const MAX_SHARE_OF_OTHERS = 0.05;
const MAX_TRIES = 4;

console.log(
  `${cpus()[0]?.model ?? 'unknown processor'}, ${values.threads} threads, Node ${process.version}`,
);
if (!values.torch) console.log('torch is left out: no interpreter is named (--torch PYTHON)');
if (!values.jax) console.log('jax is left out: no interpreter is named (--jax PYTHON)');
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
const results = [];
for (const name of values.shapes.split(',')) results.push(await compare(parseShape(name)));
if (values.json) writeFileSync(values.json, JSON.stringify(results));

async function compare(shape) {
  const folder = mkdtempSync(path.join(tmpdir(), 'primordia-peers-'));
  const peers = [];
  const clean = () => {
    for (const peer of peers) peer.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  // Peers that are stopped would outlive an interrupted benchmark.
  process.once('exit', clean);
  try {
    writeStep(folder, shape);
    for (const { name, command, args } of commands(folder, shape)) {
      const peer = await startPeer(name, command, args);
      if (peer) peers.push(peer);
    }
    for (let round = 0; round < rounds; round++) {
      // Each goes first in turn, so that none always follows the same other.
      for (const i of peers.keys()) await peers[(i + round) % peers.length].run(steps);
    }
    return report(shape, peers);
  } finally {
    process.off('exit', clean);
    clean();
  }
}

function commands(folder, shape) {
  const { threads, torch, against, precision } = values;
  const jax = precision === 'float32' ? values.jax : '';
  const here = (file) => path.join(import.meta.dirname, file);
  const engine = (device) => [here('engine.mjs'), nameShape(shape), threads, device, precision];
  const node = process.execPath;
  const devices = values.device.split(',');
  const onDevice = [values['torch-device'], precision];
  const inTorch = (mode) => [here('torch-step.py'), folder, threads, mode, ...onDevice];
  return [
    ...devices.map((device) => ({ name: `ours, ${device}`, command: node, args: engine(device) })),
    ...(against
      ? [{ name: 'against', command: node, args: [...engine(devices[0]), path.resolve(against)] }]
      : []),
    ...(torch
      ? [
          { name: 'torch eager', command: torch, args: inTorch('eager') },
          { name: 'torch.compile', command: torch, args: inTorch('compiled') },
        ]
      : []),
    ...(jax ? [{ name: 'jax jit', command: jax, args: [here('jax-step.py'), folder] }] : []),
  ];
}

/** Weights, tokens and targets in one file, and what they are in another. */
function writeStep(folder, shape) {
  const { config, params, data, trainer } = llamaStep(shape);
  const leaves = flattenTree(params, isNdArray);
  const bytes = [...leaves.map(([, leaf]) => leaf), data.tokens, data.targets].map(({ data: x }) =>
    Buffer.from(x.buffer, x.byteOffset, x.byteLength),
  );
  writeFileSync(path.join(folder, 'step.bin'), Buffer.concat(bytes));
  const facts = {
    config,
    batch: shape.batch,
    time: shape.time,
    params: leaves.map(([name, leaf]) => [name, leaf.shape]),
    learningRate: LEARNING_RATE,
    clipNorm: trainer.clipNorm,
    betas: [0.9, 0.95],
    epsilon: 1e-8,
    weightDecay: 0.1,
  };
  writeFileSync(path.join(folder, 'step.json'), JSON.stringify(facts));
}

/** A process that runs steps when asked and is stopped in between; null where it does not start. */
async function startPeer(name, command, args) {
  const env = { ...process.env, OMP_NUM_THREADS: values.threads, MKL_NUM_THREADS: values.threads };
  const child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
  let complaint = '';
  child.stderr.on('data', (text) => {
    complaint = `${complaint}${text}`.slice(-2000);
  });
  child.on('error', (error) => {
    complaint = error.message;
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(complaint.trim().split('\n').at(-1) ?? 'it ended');
    return JSON.parse(value);
  };
  const ask = async (count) => {
    child.kill('SIGCONT');
    child.stdin.write(`${count}\n`);
    const found = await answer();
    child.kill('SIGSTOP');
    return found;
  };
  try {
    const { version, openMs } = await answer();
    // The first steps compile, and show that all compute the same; those after them settle what a runtime learns of the machine.
    const { losses, times } = await ask(WARM_UP);
    const startMs = openMs + times[0];
    let warm = times.reduce((sum, ms) => sum + ms, 0);
    while (warm < warmUpMs) warm += (await ask(1)).times[0];
    const peer = { name, version, startMs, losses, times: [], cpu: [], rounds: [], others: [] };
    peer.run = async (count) => {
      let best = { others: Number.POSITIVE_INFINITY };
      for (let i = 0; i < MAX_TRIES && best.others > MAX_SHARE_OF_OTHERS; i++) {
        await waitForQuiet();
        const found = await withShareOfOthers(() => ask(count));
        if (found.others < best.others) best = found;
      }
      const { times, cpu, peakBytes } = best.value;
      peer.peakBytes = peakBytes;
      peer.times.push(...times);
      peer.rounds.push(quantile(times, 0.5));
      peer.cpu.push(cpu / count);
      peer.others.push(best.others);
    };
    peer.stop = () => {
      child.kill('SIGKILL');
    };
    return peer;
  } catch (error) {
    child.kill('SIGKILL');
    console.log(`${name} is left out: ${error.message}`);
    return null;
  }
}

function report(shape, peers) {
  const first = peers[0];
  console.log(
    `\n${nameShape(shape)}, ${rounds} rounds of ${steps} steps, load ${loadavg()[0].toFixed(1)}`,
  );
  const rows = peers.map(({ name, version, times, cpu, losses, rounds: medians, ...peer }) => ({
    name,
    version,
    // Opening and the first step, less what a step takes: mostly compiling.
    startMs: peer.startMs - quantile(times, 0.5),
    peakBytes: peer.peakBytes,
    median: quantile(times, 0.5),
    best: Math.min(...times),
    cpu: quantile(cpu, 0.5),
    // Times of one round are under the same load: the median of their ratios drifts less than the ratio of medians.
    ratio: quantile(
      medians.map((ms, i) => ms / first.rounds[i]),
      0.5,
    ),
    others: quantile(peer.others, 0.5),
    losses,
  }));
  for (const row of rows) {
    console.log(
      [
        row.name.padEnd(14),
        `${row.median.toFixed(1)} ms`.padStart(11),
        `best ${row.best.toFixed(1)}`.padStart(13),
        `processor ${row.cpu.toFixed(0)} ms`.padStart(18),
        `${(row.median / rows[0].median).toFixed(3)} of the first`.padStart(20),
        `(by round ${row.ratio.toFixed(3)})`,
        `others ${(100 * row.others).toFixed(0)} %`.padStart(11),
        `compile ${(row.startMs / 1e3).toFixed(1)} s`.padStart(13),
        `${Math.round((1e3 * shape.batch * shape.time) / row.median)} tokens/s`.padStart(16),
        `peak ${(row.peakBytes / 1e9).toFixed(2)} GB`,
        `loss ${row.losses.at(-1).toFixed(6)}`,
        row.version,
      ].join('  '),
    );
    const apart = Math.max(...row.losses.map((loss, i) => Math.abs(loss / rows[0].losses[i] - 1)));
    if (apart > (values.precision === 'float32' ? 1e-5 : 1e-2)) {
      console.log(
        `  its losses differ from ours by up to ${apart.toExponential(1)}: not the same step`,
      );
      process.exitCode = 1;
    }
  }
  return { shape: nameShape(shape), load: loadavg(), rows };
}
