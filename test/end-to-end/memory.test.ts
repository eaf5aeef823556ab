// `primordia memory`: what it writes, held against the network's forward pass over the same tokens.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { spec } from '../../src/core/index.ts';
import { sequenceLosses } from '../../src/nn/index.ts';
import { openDevice, type Tensor } from '../../src/tensor/index.ts';
import {
  openStageModel,
  REGISTRIES,
  readMemoryTrace,
  requireStageModel,
} from '../../src/training/index.ts';
import { runInProcess, writeTinyProject } from '../support/command-line.ts';
import { TINY_RECURRENT } from '../support/tiny-recurrent.ts';

let folder: string;
const run = (...args: string[]) => runInProcess(args, { cwd: folder });
const at = (name: string) => path.join(folder, name);

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-memory-'));
  writeTinyProject(folder);
  writeFileSync(at('memory.json'), JSON.stringify(TINY_RECURRENT));
  const trained = await run('train', 'memory.json', '--out', 'run');
  expect(trained.code).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('writes memories, losses and attention of held-out sequences', async () => {
  const { code, stdout, stderr } = await run('memory', 'run', '--sequences', '3', '--json');
  expect([code, stderr]).toEqual([0, '']);
  expect(JSON.parse(stdout)).toEqual({ file: path.join('run', 'memory-trace.json') });
  const trace = readMemoryTrace(at('run'))!;
  const { contextLength: time } = TINY_RECURRENT;
  expect([trace.stage, trace.memoryTokens, trace.hiddenSize]).toEqual(['dmt', 2, 8]);
  expect(trace.sequences).toHaveLength(3);

  const device = openDevice({ threads: 1 });
  const opened = await openStageModel(
    device,
    at('run'),
    requireStageModel(at('run'), REGISTRIES),
    REGISTRIES,
  );
  const ids = spec('int32', [3, time]);
  const program = await device.compile({
    states: { params: opened.state.specs },
    inputs: { tokens: ids, targets: ids } as never,
    build: ({ params }, given) => {
      const { tokens, targets } = given as unknown as Record<'tokens' | 'targets', Tensor>;
      const hidden = opened.model.forward(params as never, tokens);
      return { outputs: sequenceLosses(hidden, opened.model.readout(params as never), targets) };
    },
  });
  const flat = (name: 'tokens' | 'targets') => ({
    dtype: 'int32' as const,
    shape: [3, time],
    data: Int32Array.from(trace.sequences.flatMap((one) => one[name])),
  });
  const inputs = { tokens: flat('tokens'), targets: flat('targets') };
  const out = (await program
    .run({ params: opened.state } as never, inputs as never)
    .read()) as unknown as Record<'losses' | 'predictions', { data: ArrayLike<number | bigint> }>;
  const losses = trace.sequences.flatMap((one) => one.losses);
  losses.forEach((loss, i) => {
    expect(Math.abs(loss - Number(out.losses.data[i]))).toBeLessThan(1e-4);
  });
  expect(trace.sequences.flatMap((one) => one.predictions)).toEqual(
    Array.from(out.predictions.data, Number),
  );
  await opened.close();
  await device.close();

  for (const { tokens, targets, memories, free, movement, counted, attention } of trace.sequences) {
    expect(tokens.slice(1)).toEqual(targets.slice(0, -1));
    // All begin where the network begins, and each token moves them.
    expect(memories).toHaveLength(time + 1);
    expect(memories[0]).toEqual(trace.sequences[0]!.memories[0]);
    expect(Math.min(...movement)).toBeGreaterThan(0);
    expect(counted).toEqual(tokens.map(() => true));
    // Alone it begins where it is after half of the truth.
    expect(free.from).toBe(time / 2);
    expect(free.tokens).toHaveLength(time / 2);
    free.memories[0]!.forEach((value, i) => {
      expect(value).toBeCloseTo(memories[free.from]![i]!, 3);
    });
    expect(attention).toHaveLength(time);
    for (const row of attention!.flat(2)) {
      expect(row).toHaveLength(3);
      expect(row.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 2);
    }
  }
});

test('a task says which of its tokens count', async () => {
  const { data: _, stages: __, ...recurrent } = TINY_RECURRENT;
  const stages = { own: { data: { kind: 'copy' }, steps: 4, evaluateEvery: 4 } };
  const recipe = { ...recurrent, name: 'task', stages, contextLength: 16 };
  writeFileSync(at('task.json'), JSON.stringify(recipe));
  expect((await run('train', 'task.json', '--out', 'task')).code).toBe(0);
  expect((await run('memory', 'task', '--sequences', '1')).code).toBe(0);
  const { counted } = readMemoryTrace(at('task'))!.sequences[0]!;
  // The answers are what was read before: they come at the end.
  expect(counted.at(0)).toBe(false);
  expect(counted.at(-1)).toBe(true);
});

test('a trace is the same twice, and refuses what it cannot read', async () => {
  const before = readFileSync(at('run/memory-trace.json'), 'utf8');
  await run('memory', 'run', '--sequences', '3');
  expect(readFileSync(at('run/memory-trace.json'), 'utf8')).toBe(before);
  const many = await run('memory', 'run', '--sequences', '99');
  expect(many.stderr).toContain('99 sequences are more than can be traced');
  writeFileSync(at('run/memory-trace.json'), '{"format":1,"sequences":3}');
  expect(() => readMemoryTrace(at('run'))).toThrow('memory-trace.json');
});
