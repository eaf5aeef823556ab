// Recipes are programs until they are evaluated: what they throw, what they export, and when they end.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { UserError } from '../core/index.ts';
import { evaluateRecipe } from './evaluate-recipe.ts';
import { applySetting, loadOverlay } from './load-recipe.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-evaluate-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let count = 0;
function write(code: string, extension = 'mjs'): string {
  const file = path.join(folder, `recipe-${count++}.${extension}`);
  writeFileSync(file, code);
  return file;
}

test.each<[string, string]>([
  ['throw null', 'it threw null'],
  ['throw Object.create(null)', 'it threw an object without text'],
  ['throw new Proxy({}, { get() { throw 1; } })', 'it threw'],
  ['export default await new Promise(() => {});', 'it ended before it exported a recipe'],
  ['process.exit(0)', 'it ended before it exported a recipe'],
  ['setTimeout(() => { throw new Error("late") }); await new Promise(() => {})', 'late'],
  ['export default { text: new Proxy({}, {}) }', 'text is a proxy'],
  ['export default { get text() { for (;;); } }', 'text is a getter or setter'],
  ['export default JSON.parse(\'{"__proto__": {"text": {}}}\')', 'not a key that recipes have'],
])('%s', async (code, message) => {
  const file = write(code);
  const error = await loadOverlay(file, []).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).message).toContain(message);
  expect((error as UserError).message).toContain(file);
});

test('what fills its memory is ended', () => {
  const file = write('const all = []; for (;;) all.push(new Array(1e6).fill(all.length));');
  // With time enough: on a busy machine it takes longer to fill the memory than a recipe has by default.
  expect(() => evaluateRecipe(file, { timeoutMs: 100_000, heapMebibytes: 64 })).toThrow(
    new UserError(`${file} cannot be read as a recipe: it takes more than 64 MiB of memory`),
  );
});

test('what does not end is ended', () => {
  expect(() => evaluateRecipe(write('for (;;);'), { timeoutMs: 500 })).toThrow(
    'it has not finished after 0.5 seconds',
  );
});

test('what it exports is as good as JSON', async () => {
  const file = write(`import { steps } from './steps.mjs';
    const shared = { steps, evaluateEvery: undefined };
    export default { source: shared, text: shared, seed: 3 };`);
  writeFileSync(path.join(folder, 'steps.mjs'), 'export const steps = 6 * 7;');
  expect(evaluateRecipe(file)).toEqual({
    source: { steps: 42 },
    text: { steps: 42 },
    seed: 3,
  });
  expect(await loadOverlay(file, [])).toMatchObject({ text: { steps: 42 } });
});

describe('JSON', () => {
  test.each([
    ['[[['.repeat(1e5), 'nested more than 100 deep'],
    ['{"__proto__": {"text": {}}}', 'not a key that recipes have'],
    ['{"text": {"steps": 1e999}}', 'text.steps is Infinity'],
  ])('%.30s', async (content, message) => {
    await expect(loadOverlay(write(content, 'json'), [])).rejects.toThrow(message);
  });

  test('settings cannot reach what recipes do not have', () => {
    expect(() => applySetting({}, '__proto__.text=1')).toThrow(UserError);
    expect(() => applySetting({}, `${'a.'.repeat(1e5)}b=1`)).toThrow(UserError);
  });
});

test.each(['directory', 'pipe', 'device'])('a %s is not read', async (kind) => {
  for (const extension of ['json', 'js']) {
    const file = path.join(folder, `${kind}.${extension}`);
    if (kind === 'directory') mkdirSync(file);
    if (kind === 'pipe') execFileSync('mkfifo', [file]);
    if (kind === 'device') symlinkSync('/dev/zero', file);
    await expect(loadOverlay(file, [])).rejects.toThrow(`${file} is a ${kind}`);
  }
});
