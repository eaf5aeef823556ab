// Speed of NCA sequences that a device draws, beside the host's kernel on one thread:
// `npm run bench:nca-device [-- --device cpu,xla:cpu --batch 16 --rounds 5 --seconds 2 --threads 1]`. They take turns, so that
// what else runs on the machine meets all of them alike. XLA takes the threads that the process may run on.
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { foldIn, keyFromSeed, quantile, spec } from '../dist/core/index.js';
import { openDevice } from '../dist/tensor/index.js';
import { WORLDS } from '../dist/worlds/index.js';
import { createNcaKernel } from '../dist/worlds/nca/index.js';

const { values } = parseArgs({
  options: {
    device: { type: 'string', default: 'cpu,xla:cpu' },
    batch: { type: 'string', default: '16' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '2' },
    threads: { type: 'string', default: '1' },
    // What sequences are drawn from: `fresh` rules, all kept, or a pool of so many rules of the band 0.5 to 1.
    rules: { type: 'string', default: 'fresh' },
  },
});
const SECONDS = Number(values.seconds);
const KEY = keyFromSeed(2603);
const batch = Number(values.batch);
const threads = Number(values.threads);
const pool =
  values.rules === 'fresh'
    ? { band: { kind: 'none' } }
    : { rules: Number(values.rules), filter: 'rule' };

console.log(
  `${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} cores, Node ${process.version}; ` +
    `T=1e-4, n=10, 12x12, 1,024 tokens, rules ${values.rules}; batches of ${batch} on devices, ${threads} threads`,
);

/** Sequences drawn by the host, one by one. */
function openHost(arithmetic) {
  const kernel = createNcaKernel(pool, { arithmetic });
  const tokens = new Int32Array(1024);
  let index = 0;
  return {
    draw: async () => {
      kernel.draw(KEY, index++, tokens);
      return 1;
    },
    close: async () => {},
  };
}

async function openOn(name) {
  const began = performance.now();
  const world = WORLDS.nca.trace(WORLDS.nca.options.parse(pool), {
    sequenceLength: 1024,
    registry: WORLDS,
  });
  const tables = world.tables();
  const tablesSeconds = (performance.now() - began) / 1000;
  const device = openDevice({ device: name, threads });
  const compiling = performance.now();
  const program = await device.compile({
    states: { tables },
    inputs: { key: spec('int32', [2]) },
    build: (states, { key }) => ({ outputs: world.draw(states.tables, key, batch) }),
  });
  const compileSeconds = (performance.now() - compiling) / 1000;
  const bytes = Object.values(tables).reduce((sum, { data }) => sum + data.byteLength, 0);
  const state = await device.createState(tables);
  console.log(
    `${name}: tables ${(bytes / 2 ** 20).toFixed(1)} MB in ${tablesSeconds.toFixed(1)} s, compiled in ${compileSeconds.toFixed(2)} s`,
  );
  let step = 0;
  return {
    async draw() {
      const data = Int32Array.from(foldIn(KEY, step++));
      await program.run({ tables: state }, { key: { dtype: 'int32', shape: [2], data } }).read();
      return batch;
    },
    close: () => device.close(),
  };
}

const ways = {
  'host, int16': openHost('int16'),
  'host, float32': openHost('float32'),
};
for (const name of values.device.split(',')) ways[name] = await openOn(name);
const rates = Object.fromEntries(Object.keys(ways).map((name) => [name, { wall: [], cpu: [] }]));
for (const { draw } of Object.values(ways)) await draw();
for (let round = 0; round < Number(values.rounds); round++) {
  for (const [name, { draw }] of Object.entries(ways)) {
    const before = process.cpuUsage();
    const start = performance.now();
    let sequences = 0;
    while (performance.now() < start + SECONDS * 1000) sequences += await draw();
    const wall = (performance.now() - start) / 1000;
    const { user, system } = process.cpuUsage(before);
    rates[name].wall.push((sequences * 1024) / wall / 1e6);
    rates[name].cpu.push((sequences * 1024) / (user + system));
  }
}
console.log('M tokens/s: best, median');
for (const [name, { wall, cpu }] of Object.entries(rates)) {
  const show = (all) => `${Math.max(...all).toFixed(3)}, ${quantile(all, 0.5).toFixed(3)}`;
  console.log(`  ${name.padEnd(14)} wall clock ${show(wall)}   CPU time ${show(cpu)}`);
}
await Promise.all(Object.values(ways).map(({ close }) => close()));
