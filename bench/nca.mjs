// Speed of NCA sequences on one thread: `npm run bench:nca [-- --rounds 7 --seconds 0.5]`. The kernel in both arithmetics
// and plain TypeScript take turns, so that what else runs on the machine meets all of them alike.
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { foldIn, keyFromSeed, quantile } from '../dist/core/index.js';
import { drawSequence } from '../dist/worlds/index.js';
import {
  createNcaKernel,
  createPlainNcaWorld,
  encodePatches,
  gzipSize,
} from '../dist/worlds/nca/index.js';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '0.5' },
  },
});
const ROUNDS = Number(values.rounds);
const SECONDS = Number(values.seconds);
const KEY = keyFromSeed(2603);
const BANDS = [
  { name: 'unfiltered', band: { kind: 'none' } },
  { name: 'band 0.5-1.0', band: { kind: 'absolute', low: 0.5, high: 1 } },
];

console.log(
  `${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} cores, Node ${process.version}; ` +
    'one thread, T=1e-4, n=10, 12x12, 1,024 tokens, a fresh rule each',
);
console.log(`${ROUNDS} rounds of ${SECONDS} s; M tokens/s: best, median (least to most)\n`);
for (const { name, band } of BANDS) compareDrawing(name, band);
compareSizes();

function compareDrawing(name, band) {
  const tokens = new Int32Array(1024);
  const plain = createPlainNcaWorld({ band });
  const [int16, float32] = ['int16', 'float32'].map((arithmetic) => {
    const kernel = createNcaKernel({ band }, { arithmetic });
    return (index) => kernel.draw(KEY, index, tokens);
  });
  const oracle = (index) => drawSequence(plain, KEY, index).attempts;
  const rates = measure({ int16, float32, TypeScript: oracle }, 1024 / 1e6);
  console.log(name);
  for (const [way, { cpu, wall, calls, result }] of Object.entries(rates)) {
    console.log(
      `  ${way.padEnd(10)}  CPU time ${summarize(cpu)}   wall clock ${summarize(wall)}` +
        `   ${((100 * calls) / result).toFixed(0)} % kept`,
    );
  }
  const ratio = (way) =>
    cpuRatio(rates[way].cpu, rates.TypeScript.cpu, (quotient) => quotient.toFixed(1));
  console.log(
    `  against TypeScript, CPU time: int16 ${ratio('int16')}, float32 ${ratio('float32')}\n`,
  );
}

function compareSizes() {
  const kernel = createNcaKernel({ band: { kind: 'none' } });
  const inputs = Array.from({ length: 500 }, (_, i) => {
    const key = foldIn(KEY, i);
    kernel.simulate(foldIn(key, 'rule'), foldIn(key, 'rollout'), 10);
    return encodePatches(kernel.options, kernel.states(), 0, 10);
  });
  const times = measure(
    {
      kernel: (index) => kernel.gzipSize(inputs[index % inputs.length]),
      pako: (index) => gzipSize(inputs[index % inputs.length]),
    },
    1,
  );
  console.log('gzip size of a candidate (1,440 bytes), microseconds of CPU time');
  for (const [way, { cpu }] of Object.entries(times)) {
    const each = cpu.map((rate) => 1e6 / rate);
    console.log(
      `  ${way.padEnd(10)}  best ${Math.min(...each).toFixed(1)}, median ${quantile(each, 0.5).toFixed(1)}` +
        ` (to ${Math.max(...each).toFixed(1)})`,
    );
  }
}

/** Calls a second times `unit`, round by round, of each way, and the sum of what its calls returned. */
function measure(ways, unit) {
  const rates = {};
  for (const [way, call] of Object.entries(ways)) {
    rates[way] = { cpu: [], wall: [], calls: 0, result: 0, call };
    spend(call, SECONDS / 2, 0);
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const rate of Object.values(rates)) {
      const { calls, result, cpuSeconds, wallSeconds } = spend(rate.call, SECONDS, rate.calls);
      rate.cpu.push((unit * calls) / cpuSeconds);
      rate.wall.push((unit * calls) / wallSeconds);
      rate.calls += calls;
      rate.result += result;
    }
  }
  return rates;
}

/** Calls with indices from `first` on until the time is over. */
function spend(call, seconds, first) {
  const before = process.cpuUsage();
  const start = performance.now();
  const end = start + seconds * 1e3;
  let calls = 0;
  let result = 0;
  while (performance.now() < end) {
    for (let i = 0; i < 20; i++) result += call(first + calls++);
  }
  const { user, system } = process.cpuUsage(before);
  const wallSeconds = (performance.now() - start) / 1e3;
  return { calls, result, cpuSeconds: (user + system) / 1e6, wallSeconds };
}

function summarize(rates) {
  const [least, median, most] = [0, 0.5, 1].map((q) => quantile(rates, q).toFixed(2));
  return `${most}, ${median} (${least} to ${most})`;
}

/** Of the bests, and the median of the rounds. */
function cpuRatio(ours, theirs, format) {
  const rounds = ours.map((rate, i) => rate / theirs[i]);
  return `${format(Math.max(...ours) / Math.max(...theirs))} (median of rounds ${format(quantile(rounds, 0.5))})`;
}
