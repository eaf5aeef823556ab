import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { gateResult } from '../../test/support/gate-result.ts';
import { requireInitialGate } from './gate-record.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a transfer asks for a verdict of now, and nothing of a control', () => {
  const ask = (gate: object) => {
    writeFileSync(path.join(folder, 'gate.json'), JSON.stringify({ gate, examples: [] }));
    requireInitialGate(folder, 'dynamics');
  };
  ask(gateResult({ verdict: 'dynamics' }));
  expect(() => ask(gateResult({ verdict: 'statistics' }))).toThrow('has learned statistics');
  const earlier = gateResult({ verdict: 'dynamics', predictorsVersion: 1 });
  expect(() => ask(earlier)).toThrow('held the source against fewer predictors');
  ask({ ...earlier, control: true });
  ask({ passed: true, control: true, heldOutLoss: 1 });
});
