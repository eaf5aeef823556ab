import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { gateResult } from '../../test/support/gate-result.ts';
import { isControl, readGate, readGateOf, readGateOfAnyAge, requireGate } from './gate-record.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a stage asks for a verdict of now, and nothing of a control', () => {
  const ask = (gate: object) => {
    const file = path.join(folder, 'gate.json');
    writeFileSync(file, JSON.stringify({ gate, examples: [] }));
    if (isControl(readGateOf(file))) return;
    requireGate(readGate(file).gate, 'dynamics', 'the source', 'text');
  };
  ask(gateResult({ verdict: 'dynamics' }));
  expect(() => ask(gateResult({ verdict: 'statistics' }))).toThrow('has learned statistics');
  const earlier = gateResult({ verdict: 'dynamics', predictorsVersion: 1 });
  expect(() => ask(earlier)).toThrow('compared the source with fewer predictors');
  ask({ ...earlier, control: true });
  ask({ passed: true, control: true, heldOutLoss: 1 });
});

test('the record of an earlier gate names the run to judge again, one of a later gate the version to install', () => {
  const stage = path.join(folder, 'stages', 'source');
  mkdirSync(stage, { recursive: true });
  const file = path.join(stage, 'gate.json');
  const write = (gate: object) => writeFileSync(file, JSON.stringify({ gate, examples: [] }));
  write({ passed: true });
  expect(() => readGate(file)).toThrow(
    expect.objectContaining({ hint: `to judge the model again: primordia gate ${folder}` }),
  );
  write(gateResult({ predictorsVersion: 99 }));
  expect(() => readGate(file)).toThrow('was written by a later version');
  write({ ...gateResult(), verdict: 'everything' });
  expect(() => readGate(file)).toThrow(/gate\.json.*gate\.verdict/);
});

test('an earlier gate is shown as what it is, where it has a verdict', () => {
  const file = path.join(folder, 'gate.json');
  const read = (gate: object) => {
    writeFileSync(file, JSON.stringify({ gate, examples: [] }));
    return readGateOfAnyAge(file);
  };
  expect(read(gateResult({ predictorsVersion: 1 }))).toMatchObject({ predictorsVersion: 1 });
  expect(read({ passed: true })).toBeNull();
  expect(() => read(gateResult({ predictorsVersion: 99 }))).toThrow('later version');
  expect(() => read({ ...gateResult(), verdict: 'everything' })).toThrow('gate.verdict');
});
