import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  BUILD_RECORD,
  explainStaleBuild,
  hashSources,
  recordOf,
} from '../../scripts/source-hashes.mjs';

let root: string;
const write = (file: string, text: string) => {
  mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
  writeFileSync(path.join(root, file), text);
};
const build = () => write(`dist/${BUILD_RECORD}`, recordOf(hashSources(root)));

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'primordia-test-'));
  write('tsconfig.json', '{}');
  write('src/core/one.ts', 'export const one = 1;');
  write('kernels/mars/index.ts', '');
  write('studio/main.tsx', '');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test('a build is of the sources that it was made from, whatever their times', () => {
  expect(explainStaleBuild(root)).toBe(
    'there is no dist, or it does not say what it was built from: npm run build',
  );
  build();
  write('src/core/one.ts', 'export const one = 1;');
  expect(explainStaleBuild(root)).toBeNull();
});

test('a source that changed, came or went is named', () => {
  build();
  write('src/core/one.ts', 'export const one = 2;');
  expect(explainStaleBuild(root)).toBe('dist is older than src/core/one.ts: npm run build');
  write('src/core/two.ts', '');
  expect(explainStaleBuild(root)).toBe(
    'dist is older than src/core/one.ts and 1 more of its sources: npm run build',
  );
  build();
  rmSync(path.join(root, 'kernels/mars/index.ts'));
  expect(explainStaleBuild(root)).toBe('dist still has kernels/mars/index.ts: npm run build');
});

test('tests, and what the build makes in src, do not count', () => {
  build();
  write('src/core/one.test.ts', '');
  write('src/core/kernel-wasm.ts', '');
  expect(explainStaleBuild(root)).toBeNull();
});
