import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { foldIn, keyFromSeed } from '../core/index.ts';
import { readDefaultCorpus, splitCorpus } from '../text/index.ts';
import { drawSequence } from '../worlds/index.ts';
import { openTask, TASK_FILES } from './task.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'task-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const NAMES = { field: 'text', column: 'text' };

describe('characters', () => {
  it('hold out whole documents of the default corpus', () => {
    const recipe = { kind: 'characters' as const, files: [], ...NAMES, validationFraction: 0.1 };
    const { worlds } = openTask(recipe, folder);
    const { train, validation } = splitCorpus(readDefaultCorpus());
    const read = (name: string) => readFileSync(path.join(folder, name), 'utf8');
    expect(read(TASK_FILES.text)).toBe(train.join('\n\n'));
    expect(read(TASK_FILES.heldOut)).toBe(validation.join('\n\n'));
    const { heldOut } = worlds(200);
    const { tokens } = drawSequence(heldOut, foldIn(keyFromSeed(1), 'held-out'), 3);
    expect(read(TASK_FILES.heldOut)).toContain(Buffer.from(tokens).toString('utf8'));
  });

  it('hold out the end of given files', () => {
    const file = path.join(folder, 'digits.txt');
    writeFileSync(file, `${'a'.repeat(900)}${'b'.repeat(100)}`);
    const recipe = {
      kind: 'characters' as const,
      files: [file],
      ...NAMES,
      validationFraction: 0.1,
    };
    const run = mkdtempSync(path.join(folder, 'run-'));
    const { training, heldOut } = openTask(recipe, run).worlds(20);
    const draw = (world: typeof heldOut) =>
      Buffer.from(drawSequence(world, keyFromSeed(0), 0).tokens).toString();
    expect(draw(training)).toBe('a'.repeat(20));
    expect(draw(heldOut)).toBe('b'.repeat(20));
  });
});
