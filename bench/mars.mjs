// Speed of the MARS on one thread, statistics on: `npm run bench:mars [-- --rounds 7 --seconds 0.5 --warriors DIR]`. Each
// round of measurement plays the same battles of the default settings; the kernel and plain TypeScript take turns.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { foldIn, keyFromSeed, quantile, randomInt } from '../dist/core/index.js';
import { createMars, createPlainMars, makeSettings } from '../dist/corewar/index.js';
import { assembleSource } from '../dist/redqueen/index.js';
import { BENCH_WARRIORS } from './mars-warriors.mjs';

const LOAD_FILES = fileURLToPath(new URL('../../shared/data/corewar/load-files', import.meta.url));
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '0.5' },
    warriors: { type: 'string' },
  },
});
const ROUNDS = Number(values.rounds);
const SECONDS = Number(values.seconds);
const SETTINGS = makeSettings();
const KINDS = [
  { name: 'pairs', size: 2, battles: 100, plainBattles: 3 },
  { name: 'ten warriors', size: 10, battles: 30, plainBattles: 1 },
];

console.log(
  `${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} cores, Node ${process.version}; one thread,`,
);
console.log(
  `${ROUNDS} rounds of ${SECONDS} s; survival, spawned processes and coverage of each battle are read`,
);
compare(`${BENCH_WARRIORS.length} warriors of bench/mars-warriors.mjs`, BENCH_WARRIORS, '');
const folder = values.warriors ?? LOAD_FILES;
if (existsSync(folder)) {
  const warriors = readdirSync(folder)
    .filter((name) => name.endsWith('.ld'))
    .sort()
    .map((name) =>
      assembleSource({ name, source: readFileSync(path.join(folder, name), 'latin1') }, SETTINGS),
    );
  compare(`${warriors.length} load files`, warriors, 'load files, ');
} else if (values.warriors) {
  console.error(`no folder ${folder}`);
  process.exitCode = 1;
}

/** Draws battles among the warriors, times them, and prints one line per kind of battle with its details. */
function compare(title, warriors, prefix) {
  console.log(`\n${title}`);
  for (const { name, size, battles, plainBattles } of KINDS) {
    const drawn = Array.from({ length: battles }, (_, i) => drawBattle(warriors, size, i));
    const rates = measure({
      kernel: playAll(createMars(SETTINGS), drawn),
      TypeScript: playAll(createPlainMars(SETTINGS), drawn.slice(0, plainBattles)),
    });
    const best = Math.max(...rates.kernel.cpu);
    console.log(`${prefix}${name}: ${best.toFixed(1)} M instructions/s`);
    for (const [way, { cpu, wall }] of Object.entries(rates)) {
      console.log(
        `  ${way.padEnd(10)}  CPU time ${summarize(cpu)}   wall clock ${summarize(wall)}`,
      );
    }
  }
}

/** Warriors drawn with replacement, each in its own part of the core. */
function drawBattle(warriors, size, index) {
  const key = foldIn(keyFromSeed(2601), `${size} ${index}`);
  const pick = (name, bound) => randomInt(foldIn(key, name), bound);
  const part = SETTINGS.coreSize / size;
  return {
    warriors: Array.from({ length: size }, (_, i) => warriors[pick(`w${i}`, warriors.length)]),
    positions: Array.from({ length: size }, (_, i) =>
      i === 0 ? 0 : i * part + pick(`p${i}`, part - 2 * SETTINGS.minSeparation),
    ),
    first: index % size,
  };
}

/** Plays one battle after another, over and over; a call returns the instructions that one executed. */
function playAll(mars, battles) {
  let next = 0;
  return () => {
    const { warriors, positions, first } = battles[next++ % battles.length];
    mars.load(warriors);
    return mars.play({ positions, first }).instructions;
  };
}

function measure(ways) {
  const rates = {};
  for (const [way, play] of Object.entries(ways)) {
    rates[way] = { cpu: [], wall: [] };
    spend(play);
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const [way, play] of Object.entries(ways)) {
      const { instructions, cpuSeconds, wallSeconds } = spend(play);
      rates[way].cpu.push(instructions / 1e6 / cpuSeconds);
      rates[way].wall.push(instructions / 1e6 / wallSeconds);
    }
  }
  return rates;
}

function spend(play) {
  const before = process.cpuUsage();
  const start = performance.now();
  const end = start + SECONDS * 1e3;
  let instructions = 0;
  while (performance.now() < end) instructions += play();
  const { user, system } = process.cpuUsage(before);
  return {
    instructions,
    cpuSeconds: (user + system) / 1e6,
    wallSeconds: (performance.now() - start) / 1e3,
  };
}

function summarize(rates) {
  const [least, median, most] = [0, 0.5, 1].map((q) => quantile(rates, q).toFixed(1));
  return `best ${most}, median ${median} (from ${least})`;
}
