// The training step in this engine, of a built checkout: `engine.mjs SHAPE THREADS DEVICE PRECISION [DIST]`. Runs steps when asked.
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const [name, threads, deviceName, precision, folder] = process.argv.slice(2);
const dist = folder ? pathToFileURL(`${folder}/`) : new URL('../../dist/', import.meta.url);
const steps = folder
  ? new URL('../bench/llama-steps.mjs', dist)
  : new URL('../llama-steps.mjs', import.meta.url);
const { openTrainer } = await import(new URL('algorithms/index.js', dist).href);
const { openDevice } = await import(new URL('tensor/index.js', dist).href);
const { LEARNING_RATE, llamaStep, parseShape } = await import(steps.href);

const { trainer: options, params, data } = llamaStep(parseShape(name));
const device = openDevice({ device: deviceName, threads: Number(threads), precision });
const began = performance.now();
const trainer = await openTrainer(device, options, { params });
const openMs = performance.now() - began;
const answer = (value) => console.log(JSON.stringify(value));
// Older builds tell of the step by other names.
const facts = trainer.facts ?? { nodes: trainer.nodeCount };
const kernel = facts.hasFusedAttention ? ', fused attention' : '';
const origin = facts.isCached ? ', compiled before' : '';
answer({ version: `${facts.nodes} nodes${kernel}${origin}`, openMs });
let step = 0;
for await (const line of createInterface({ input: process.stdin })) {
  const times = [];
  const losses = [];
  const before = process.cpuUsage();
  for (let i = 0; i < Number(line); i++) {
    const start = performance.now();
    const out = await trainer.step(data, { step: step++, learningRate: LEARNING_RATE });
    losses.push(out.loss.data[0]);
    times.push(performance.now() - start);
  }
  const { user, system } = process.cpuUsage(before);
  // Of a GPU, what the program takes there.
  const isGpu = !deviceName.endsWith('cpu') && facts.peakBytes !== undefined;
  const peakBytes = isGpu ? facts.peakBytes : 1024 * process.resourceUsage().maxRSS;
  answer({ times, losses, cpu: (user + system) / 1e3, peakBytes });
}
await device.close();
