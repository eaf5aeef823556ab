// Everything that is claimed of GPUs, in one script of about ten minutes:
// `npm run bench:gpu -- --torch PYTHON [--device xla:cuda] [--peak TFLOPS] [--only NAME,NAME] [--out FOLDER]`.
// `--dry-run` does the same on xla:cpu with tiny shapes, to see that the script works. A check that fails does not stop the
// others; each has its log in the folder, and `report.md` has the findings. `--peak` is the card's figure for dense bfloat16
// products, such as 989 for an H100 or H200.
import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { findPlugins } from '../dist/tensor/index.js';

const { values } = parseArgs({
  options: {
    device: { type: 'string' },
    torch: { type: 'string', default: process.env.PRIMORDIA_TORCH_PYTHON ?? '' },
    peak: { type: 'string' },
    only: { type: 'string' },
    out: { type: 'string', default: path.join('runs', 'gpu-checks') },
    'dry-run': { type: 'boolean', default: false },
  },
});
const isDry = values['dry-run'];
const device = values.device ?? (isDry ? 'xla:cpu' : 'xla:cuda');
const root = path.join(import.meta.dirname, '..');
const program = path.join(root, 'bin', 'primordia.js');
const platform = device.replace(/^xla:/, '');
const plugin = platform.includes('/')
  ? platform
  : findPlugins().find(({ name }) => name === platform)?.file;
if (!plugin) {
  console.error(`no PJRT plugin for ${device}: primordia devices install ${platform}`);
  process.exit(1);
}
mkdirSync(values.out, { recursive: true });
const scratch = path.join(tmpdir(), `primordia-gpu-${process.pid}`);

const SHAPES = isDry
  ? ['d32 L2 H2 T32 B2 V257']
  : ['d768 L12 H12 T1024 B16 V50304', 'd1024 L24 H16 T1024 B8 V50304'];
const train = (...args) => [program, 'train', ...args, '--device', device, '--out'];
/** The published NCA stage at its size, for a few steps; dry, a small one in its place. */
const paper = [
  ...['stages.text=null', 'stages.source.steps=3', 'stages.source.evaluateEvery=3'],
  ...[
    'stages.source.heldOutSequences=8',
    'stages.source.data.rules=64',
    'engine.precision=bfloat16',
  ],
  ...(isDry ? ['model.hiddenSize=32', 'model.heads=2', 'model.layers=2'] : []),
  ...(isDry ? ['model.intermediateSize=64', 'stages.source.batchSize=4'] : []),
];
const CHECKS = [
  { name: 'devices', about: 'the device', args: [program, 'devices'], minutes: 0.5 },
  {
    name: 'operations',
    about: 'values and derivatives of every operation against the interpreter',
    args: vitest('test/full/xla-operations.test.ts'),
    minutes: 3,
  },
  {
    name: 'speed',
    about: 'a training step beside PyTorch (SDPA, eager and compiled), bfloat16',
    args: [
      path.join(root, 'bench/peers/peers.mjs'),
      ...['--device', device, '--precision', 'bfloat16', '--shapes', SHAPES.join(',')],
      ...['--torch', values.torch, '--torch-device', isDry ? 'cpu' : 'cuda'],
      ...(isDry ? ['--rounds', '1', '--steps', '2', '--warm-up', '0'] : ['--rounds', '5']),
      ...(isDry ? [] : ['--steps', '5', '--warm-up', '5']),
    ],
    minutes: 4,
  },
  {
    name: 'peak',
    about: 'share of the peak of a training step, bfloat16',
    args: [
      path.join(root, 'bench/train.mjs'),
      ...['--device', `${device},${device}`, '--precision', 'bfloat16', '--steps', '8'],
      ...['--shape', SHAPES[0], ...(values.peak ? ['--peak', values.peak] : [])],
    ],
    minutes: 2,
  },
  {
    name: 'paper',
    about: 'nca-paper starts: its memory',
    args: [...train('nca-paper', '--set', ...paper), path.join(scratch, 'paper')],
    minutes: 3,
    shows: /memory/,
  },
  {
    name: 'resume',
    about: 'killed in the middle and resumed, to the same bits',
    args: vitest('test/full/xla-kill.test.ts'),
    minutes: 3,
  },
];

const only = values.only?.split(',');
const lines = [`# Checks on ${device}`, '', `Plugin: ${path.basename(plugin)}`, ''];
let failed = 0;
for (const { name, about, args, minutes, shows } of CHECKS) {
  if (only && !only.includes(name)) continue;
  const { code, seconds, tail } = await run(name, args, minutes);
  const shown = shows ? findLines(name, shows) : [];
  const verdict = code === 0 ? 'passed' : `failed (${code})`;
  if (code !== 0) failed++;
  console.log(`${name}: ${about}: ${verdict}, ${seconds.toFixed(0)} s`);
  lines.push(
    `## ${name}: ${verdict}, ${seconds.toFixed(0)} s`,
    '',
    about,
    '',
    ...shown,
    '',
    '```',
    tail,
    '```',
    '',
  );
  writeFileSync(path.join(values.out, 'report.md'), lines.join('\n'));
}
console.log(
  `${path.join(values.out, 'report.md')}: ${failed === 0 ? 'all passed' : `${failed} failed`}`,
);
rmSync(scratch, { recursive: true, force: true });
process.exitCode = failed === 0 ? 0 : 1;

/** Lines of a check's log. */
function findLines(name, pattern) {
  const lines = readFileSync(path.join(values.out, `${name}.log`), 'utf8').split('\n');
  return lines.filter((line) => pattern.test(line));
}

function vitest(file) {
  const cli = path.join(root, 'node_modules/vitest/vitest.mjs');
  return [cli, 'run', '--config', path.join(root, 'vitest.full.config.ts'), file];
}

/** Runs a script of Node, with its output in a log; ends it after so many minutes. */
function run(name, args, minutes) {
  const began = performance.now();
  const log = createWriteStream(path.join(values.out, `${name}.log`));
  const env = { ...process.env, NO_COLOR: '1', PRIMORDIA_TEST_PJRT: plugin };
  const child = spawn(process.execPath, args, {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // What it has started ends with it, if it is asked first.
  const timers = [
    setTimeout(() => child.kill('SIGTERM'), 60e3 * minutes),
    setTimeout(() => child.kill('SIGKILL'), 60e3 * minutes + 10e3),
  ];
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => {
      log.write(data);
      text = `${text}${data}`.slice(-20_000);
    });
  }
  return new Promise((resolve) => {
    child.on('close', (code, signal) => {
      for (const timer of timers) clearTimeout(timer);
      log.end();
      const seconds = (performance.now() - began) / 1e3;
      resolve({
        code: code ?? signal,
        seconds,
        tail: text.trim().split('\n').slice(-25).join('\n'),
      });
    });
  });
}
