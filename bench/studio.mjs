// The studio with a thousand runs, fifty of them being written: time to the first view, memory of the server, and frames per second
// while long curves are moved. `npm run bench:studio [-- --runs 1000 --writing 50 --points 10000]`; needs Chromium.
import { spawn, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '1000' },
    writing: { type: 'string', default: '50' },
    points: { type: 'string', default: '10000' },
    seconds: { type: 'string', default: '20' },
  },
});
const [runs, writing, points, seconds] = ['runs', 'writing', 'points', 'seconds'].map((name) =>
  Number(values[name]),
);
const executablePath = ['chromium', 'chromium-browser', 'google-chrome']
  .map((name) => spawnSync('which', [name], { encoding: 'utf8' }).stdout?.trim())
  .find((file) => file);
if (!executablePath) {
  console.error('there is no Chromium');
  process.exit(1);
}

const folder = mkdtempSync(path.join(tmpdir(), 'primordia-bench-'));
const row = (i) => ({
  stage: i < 100 ? 'source' : 'text',
  step: i,
  tokens: i * 1024,
  loss: 5 / Math.sqrt(i + 1) + 0.01 * Math.sin(i * i),
  gradientNorm: 1 + Math.cos(i),
  learningRate: 1e-3,
  elapsedSeconds: i / 10,
  tokensPerSecond: 10_000 + (i % 100),
  ...(i % 20 === 0 ? { heldOutLoss: 5 / Math.sqrt(i + 1) } : {}),
});
const lines = (from, to) =>
  Array.from({ length: to - from }, (_, i) => `${JSON.stringify(row(from + i))}\n`).join('');

function writeRun(name, rows, files) {
  const at = path.join(folder, name);
  mkdirSync(at, { recursive: true });
  const stages = { source: { steps: 100 }, text: { steps: rows } };
  const all = {
    'run.json': { format: 2, kind: 'training' },
    'recipe.json': { name: 'bench', seed: 0, stages },
    'provenance.json': {},
    ...files,
  };
  for (const [file, value] of Object.entries(all)) {
    writeFileSync(path.join(at, file), JSON.stringify(value));
  }
  writeFileSync(path.join(at, 'metrics.jsonl'), lines(0, rows));
}
for (let i = 0; i < runs - writing - 1; i++) writeRun(`run-${i}`, 300, { 'summary.json': {} });
for (let i = 0; i < writing; i++) {
  // This process holds them, as far as anyone can see.
  writeRun(`live-${i}`, 300, { 'run.lock': { pid: process.pid, started: null, token: i } });
}
writeRun('long', points, { 'summary.json': {} });

const main = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const server = spawn(process.execPath, [main, 'studio', folder, '--json'], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
const url = await new Promise((resolve) =>
  server.stdout.once('data', (data) => resolve(JSON.parse(data).url)),
);
const residentMegabytes = () =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))[1]) / 1024;
const processorSeconds = () => {
  const fields = readFileSync(`/proc/${server.pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
};

/** Frames of a page for some seconds while `each` is called in every one. */
const FRAMES = (ms, each) => `new Promise((resolve) => {
  const times = [];
  const began = performance.now();
  let last = began;
  const frame = (now) => {
    times.push(now - last);
    last = now;
    if (now - began > ${ms}) return resolve(times.slice(1));
    (${each})(times.length);
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
})`;
const quantile = (sorted, share) =>
  sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
function describeFrames(times) {
  const sorted = times.toSorted((a, b) => a - b);
  const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
  return `${(1000 / mean).toFixed(1)} frames per second, 99 % of frames within ${quantile(sorted, 0.99).toFixed(1)} ms, longest ${sorted.at(-1).toFixed(1)} ms`;
}

console.log(
  `${cpus()[0].model}, ${cpus().length} processors, Node ${process.version}, load ${loadavg()[0].toFixed(1)}`,
);
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
const began = performance.now();
await page.goto(url);
await page.locator('table.runs tbody tr').first().waitFor();
console.log(
  `first view of ${runs} runs: ${Math.round(performance.now() - began)} ms, server ${residentMegabytes().toFixed(0)} MB`,
);

let step = 300;
const timer = setInterval(() => {
  for (let i = 0; i < writing; i++) {
    appendFileSync(path.join(folder, `live-${i}`, 'metrics.jsonl'), lines(step, step + 1));
  }
  step++;
}, 200);
const before = processorSeconds();
const listFrames = await page.evaluate(
  FRAMES(seconds * 1000, '(i) => window.scrollTo(0, (i * 7) % 2000)'),
);
const share = (processorSeconds() - before) / seconds;
clearInterval(timer);
console.log(
  `${writing} runs being written, the list scrolled: ${describeFrames(listFrames)}; server ${residentMegabytes().toFixed(0)} MB, ${(100 * share).toFixed(0)} % of a processor`,
);

await page.goto(new URL('#/run/0/long', url).href);
const curve = page.locator('.curve .u-over').nth(1);
await curve.waitFor();
await page.waitForTimeout(3000);
await curve.scrollIntoViewIfNeeded();
for (const [name, each] of [
  ['zoomed', '(i) => over.dispatchEvent(wheel(i))'],
  ['moved', '(i) => move(i)'],
]) {
  const frames = await page.evaluate(`(() => {
    const over = document.querySelectorAll('.curve .u-over')[1];
    const box = over.getBoundingClientRect();
    const wheel = (i) => new WheelEvent('wheel', { ctrlKey: true, deltaY: i % 40 < 20 ? -1 : 1, clientX: box.left + box.width / 2, clientY: box.top + 50, bubbles: true, cancelable: true });
    if (${JSON.stringify(name)} === 'moved') {
      for (let i = 0; i < 4; i++) over.dispatchEvent(wheel(0));
      over.dispatchEvent(new PointerEvent('pointerdown', { shiftKey: true, clientX: box.left + box.width / 2, clientY: box.top + 50, bubbles: true }));
    }
    const move = (i) => window.dispatchEvent(new PointerEvent('pointermove', { clientX: box.left + box.width / 2 + 100 * Math.sin(i / 20), clientY: box.top + 50 }));
    return ${FRAMES(5000, each)};
  })()`);
  console.log(`curve of ${points} points ${name}: ${describeFrames(frames)}`);
}
await browser.close();
server.kill('SIGINT');
rmSync(folder, { recursive: true, force: true });
