import { expect, test } from 'vitest';
import type { CompileOptions } from '../compile-options.ts';
import { createTunedCompile } from './compile-tuned.ts';
import { PjrtError } from './plugin.ts';

const PROGRAM = {} as never;
const ROUNDS = '(tensor<2xf32>) -> tensor<2xbf16>';

/** A compiler that refuses some flags, as plugins of other versions do, and what it was asked for. */
function compiler(refused: readonly string[]) {
  const asked: (readonly string[])[] = [];
  const compile = (_text: string, _outputs: unknown, { flags = {} }: CompileOptions) => {
    asked.push(Object.keys(flags));
    const unknown = Object.keys(flags).find((name) => refused.includes(name));
    if (unknown) throw new PjrtError('INVALID_ARGUMENT', `No such compile option: '${unknown}'`);
    return { compiled: PROGRAM, isCached: false };
  };
  return { asked, compile };
}

const YNN = 'xla_cpu_experimental_ynn_fusion_type';
const EXCESS = 'xla_allow_excess_precision';
const DETERMINISTIC = 'xla_gpu_deterministic_ops';

test('programs are compiled with the flags of the platform, and with those that are given', () => {
  const { asked, compile } = compiler([]);
  createTunedCompile('cpu', compile)('', [], {});
  createTunedCompile('cuda', compile)(ROUNDS, [], { flags: { other: true } });
  expect(asked).toEqual([[YNN], ['other', DETERMINISTIC, EXCESS]]);
});

test('a flag that the plugin does not know is tried once', () => {
  const { asked, compile } = compiler([YNN]);
  const tuned = createTunedCompile('cpu', compile);
  expect(tuned(ROUNDS, [], {}).compiled).toBe(PROGRAM);
  tuned(ROUNDS, [], {});
  expect(asked).toEqual([[YNN, EXCESS], [EXCESS], [EXCESS]]);
});

test('operations of other platforms are deterministic where the plugin knows how', () => {
  const { asked, compile } = compiler([DETERMINISTIC]);
  expect(createTunedCompile('tpu', compile)('', [], {}).compiled).toBe(PROGRAM);
  expect(asked).toEqual([[DETERMINISTIC], []]);
});

test('other failures, and flags that were asked for, are not hidden', () => {
  const { compile } = compiler(['mine']);
  expect(() => createTunedCompile('cpu', compile)('', [], { flags: { mine: 1 } })).toThrow(
    "No such compile option: 'mine'",
  );
});
