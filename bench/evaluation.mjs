// Time of one evaluation in an arms race: `npm run bench:evaluation [-- --rounds 5 --workers 2]`. A candidate and 20
// opponents in one core of 8,000, 20 battles of up to 80,000 cycles, as in Digital Red Queen.
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { createBattlePool } from '../dist/arena/index.js';
import { foldIn, keyFromSeed, quantile } from '../dist/core/index.js';
import { namedSettings } from '../dist/corewar/index.js';
import {
  assembleSource,
  evaluateWarrior,
  listShippedWarriors,
  readSource,
} from '../dist/redqueen/index.js';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    workers: { type: 'string', default: String(availableParallelism()) },
  },
});
const settings = namedSettings('94');
const shipped = listShippedWarriors().map((name) => assembleSource(readSource(name), settings));
const opponents = Array.from({ length: 20 }, (_, i) => shipped[i % shipped.length]);
const pool = createBattlePool({ workers: Number(values.workers) });
const plan = { settings, opponents, simulations: 20, placement: 'fair' };
const play = (jobs) => pool.run(jobs);

console.log(
  `${cpus()[0]?.model ?? 'unknown processor'}, ${values.workers} threads, Node ${process.version}`,
);
const seconds = [];
for (let round = 0; round <= Number(values.rounds); round++) {
  const key = foldIn(keyFromSeed(1), round);
  const began = performance.now();
  for (const candidate of shipped) await evaluateWarrior(candidate, plan, key, play);
  // The first round starts the threads and warms the code up.
  if (round > 0) seconds.push((performance.now() - began) / 1000 / shipped.length);
}
await pool.close();
const [best, median] = [0, 0.5].map((share) => quantile(seconds, share).toFixed(3));
console.log(`evaluation: ${best} s a candidate (best round), ${median} s (median)`);
