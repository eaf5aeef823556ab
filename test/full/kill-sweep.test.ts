// Every kind of work is killed at 20 operations on the disk, and goes on to the same files with the same bytes.

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  choosePoints,
  differences,
  killAndGoOn,
  removeFolder,
  runUndisturbed,
} from '../support/kill-sweep.ts';
import { KILLABLES } from '../support/killables.ts';

const POINTS = 20;
let base: string;
beforeAll(() => {
  base = mkdtempSync(path.join(tmpdir(), 'primordia-kill-'));
});
afterAll(() => removeFolder(base));

describe('killed at each of 20 points, and resumed, the same files come out:', () => {
  test.each(KILLABLES.map((kind) => [kind.name, kind] as const))('%s', async (name, kind) => {
    const whole = path.join(base, 'whole');
    const began = performance.now();
    const { operations, snapshot } = runUndisturbed(kind, whole);
    const points = choosePoints(operations, POINTS);
    const wrong: string[] = [];
    for (const point of points) {
      const folder = path.join(base, 'killed');
      try {
        const found = differences(await killAndGoOn(kind, folder, point), snapshot);
        wrong.push(...found.map((difference) => `${describePoint(point)}: ${difference}`));
      } catch (error) {
        wrong.push(`${describePoint(point)}: ${(error as Error).message}`);
      }
      removeFolder(folder);
    }
    removeFolder(whole);
    const seconds = ((performance.now() - began) / 1000).toFixed(0);
    console.log(
      `${name}: ${points.length} of ${operations.length} operations, ${wrong.length} differences, ${seconds} s`,
    );
    expect(wrong).toEqual([]);
  });
});

function describePoint({ at, fault, operation }: ReturnType<typeof choosePoints>[number]): string {
  return `${fault} ${at} (${operation})`;
}
