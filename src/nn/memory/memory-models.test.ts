import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { numbers } from '../../../test/support/evaluate.ts';
import {
  type ArraySpec,
  arrayOf,
  flattenTree,
  initParams,
  isNdArray,
  isParamSpec,
  keyFromSeed,
  type NdArray,
  type ParamSpec,
  type Tree,
} from '../../core/index.ts';
import { type Device, openDevice, reshape, type Tensor } from '../../tensor/index.ts';
import { createCell } from '../cells/create-cell.ts';
import { readoutLogits, sequenceLosses } from '../layers/readout.ts';
import { CELL_KINDS, deriveMemoryConfig, type MemoryModelOptions } from './memory-config.ts';
import { encodeContexts, encodePrefixes } from './memory-encoder.ts';
import {
  initRecurrent,
  initTeacher,
  recurrentSpecs,
  type TeacherParams,
  teacherSpecs,
} from './memory-models.ts';
import { decodeFuture, type ReadoutParams, readoutHidden } from './prefix-decoder.ts';

const OPTIONS = { hiddenSize: 8, memoryTokens: 2, decoderLayers: 1 };
const ENCODER = { encoder: 'causal', encoderLayers: 2 } as const;
const VOCAB = 7;
const config = { ...deriveMemoryConfig(OPTIONS, VOCAB), ...ENCODER };
const K = 2;
const D = 8;

let device: Device;
beforeAll(() => {
  device = openDevice({ threads: 1 });
});
afterAll(() => device.close());

const ids = (shape: number[], values: number[]) => arrayOf('int32', shape, values);
const teacher = initTeacher(config, keyFromSeed(1));

/** Runs a function of parameters and named inputs. */
async function run<P>(
  params: P,
  inputs: Record<string, NdArray>,
  build: (params: never, inputs: Record<string, Tensor>) => readonly Tensor[],
): Promise<number[][]> {
  const program = await device.compile({
    states: {},
    inputs: { params, x: inputs } as unknown as Record<string, Tree<ArraySpec>>,
    build: (_states, given) => ({
      outputs: build(given.params as never, given.x as unknown as Record<string, Tensor>),
    }),
  });
  const out = await program.run({}, { params, x: inputs } as never).read();
  await program.close();
  return (out as unknown as NdArray[]).map(numbers);
}

const chunk = (values: readonly number[], size: number) =>
  Array.from({ length: values.length / size }, (_, i) => values.slice(i * size, (i + 1) * size));

const expectNear = (found: readonly number[], expected: readonly number[]) => {
  expect(found).toHaveLength(expected.length);
  found.forEach((x, i) => {
    expect(x).toBeCloseTo(expected[i]!, 4);
  });
};
const differ = (a: readonly number[], b: readonly number[]) =>
  a.some((x, i) => Math.abs(x - b[i]!) > 1e-3);

describe('the bidirectional encoder', () => {
  const encode = (contexts: NdArray, lengths: number[]) =>
    run(teacher, { contexts, lengths: ids([lengths.length], lengths) }, (p, x) => {
      const { encoder } = p as TeacherParams<Tensor>;
      return [encodeContexts(encoder, config, x.contexts!, x.lengths!)];
    }).then(([memory]) => chunk(memory!, K * D));

  test('sees all of its context, and no padding', async () => {
    const rows = [
      [6, 6, 1, 2, 3],
      [0, 4, 1, 2, 3],
      [6, 6, 2, 1, 3],
      [5, 0, 1, 2, 3],
    ];
    const [padded, other, swapped, whole] = await encode(ids([4, 5], rows.flat()), [3, 3, 3, 5]);
    expectNear(padded!, other!);
    expect(differ(padded!, swapped!)).toBe(true);
    expect(differ(padded!, whole!)).toBe(true);
    const [alone] = await encode(ids([1, 3], [1, 2, 3]), [3]);
    expectNear(padded!, alone!);
  });

  test('has a memory of nothing, which depends on nothing', async () => {
    const [a, b] = await encode(ids([2, 2], [1, 2, 3, 4]), [0, 0]);
    expectNear(a!, b!);
  });
});

describe('the encoder of all prefixes', () => {
  const encode = (tokens: number[]) =>
    run(teacher, { tokens: ids([1, tokens.length], tokens) }, (p, x) => {
      const { encoder } = p as TeacherParams<Tensor>;
      return [encodePrefixes(encoder, config, x.tokens!)];
    }).then(([memory]) => chunk(memory!, K * D));

  test('gives each prefix what it would get alone', async () => {
    const all = await encode([1, 5, 2, 6]);
    expect(all).toHaveLength(5);
    for (const length of [1, 2, 3]) {
      const alone = await encode([1, 5, 2, 6].slice(0, length));
      expectNear(all[length]!, alone[length]!);
    }
    const changed = await encode([1, 5, 3, 6]);
    for (const length of [0, 1, 2]) expectNear(changed[length]!, all[length]!);
    for (const length of [3, 4]) expect(differ(changed[length]!, all[length]!)).toBe(true);
  });

  test('agrees with the bidirectional one where both see the same', async () => {
    // With one token at most, and one layer's registers, nothing lies before or after.
    const single = { ...config, encoderLayers: 1 };
    const { encoder } = initTeacher(single, keyFromSeed(3));
    const tokens = ids([1, 1], [4]);
    const [prefixes, empty, one] = await run(
      encoder,
      { tokens, none: ids([1], [0]), one: ids([1], [1]) },
      (p, x) => [
        encodePrefixes(p, single, x.tokens!),
        encodeContexts(p, single, x.tokens!, x.none!),
        encodeContexts(p, single, x.tokens!, x.one!),
      ],
    );
    expectNear(prefixes!, [...empty!, ...one!]);
  });
});

describe('the decoder', () => {
  const memory = arrayOf(
    'float32',
    [1, K, D],
    initTeacher(config, keyFromSeed(9)).encoder.registers.weight.data as Float32Array,
  );
  const decode = (future: number[]) =>
    run(teacher, { memory, future: ids([1, future.length], future) }, (p, x) => {
      const { decoder } = p as TeacherParams<Tensor>;
      return [decodeFuture(decoder, config, x.memory!, x.future!).losses];
    }).then(([losses]) => losses!);

  test('predicts a token from those before it only', async () => {
    const [first, changed, cut] = await Promise.all([
      decode([1, 2, 3, 4]),
      decode([1, 2, 6, 4]),
      decode([1, 2]),
    ]);
    expectNear(first.slice(0, 2), changed.slice(0, 2));
    expectNear(first.slice(0, 2), cut);
    expect(Math.abs(first[3]! - changed[3]!)).toBeGreaterThan(1e-3);
  });

  test('reads its first token as the readout does', async () => {
    const future = await decode([5, 1]);
    const [losses, logits] = await run(teacher.decoder, { memory, next: ids([1], [5]) }, (p, x) => {
      const { head } = p as ReadoutParams<Tensor>;
      const hidden = readoutHidden(p, config, x.memory!);
      const next = reshape(x.next!, [1, 1]);
      return [
        sequenceLosses(reshape(hidden, [1, 1, D]), head, next).losses,
        readoutLogits(hidden, head),
      ];
    });
    expectNear(losses!, [future[0]!]);
    const total = Math.log(logits!.reduce((sum, x) => sum + Math.exp(x), 0));
    expect(total - logits![5]!).toBeCloseTo(losses![0]!, 4);
  });
});

describe.each(CELL_KINDS)('the %s cell', (kind) => {
  const own = deriveMemoryConfig({ ...OPTIONS, cell: kind }, VOCAB);
  const cell = createCell(own);

  test('makes a normalized memory of a memory and a token', async () => {
    const params = initParams(cell.specs(), keyFromSeed(2));
    const memory = arrayOf(
      'float32',
      [3, K, D],
      Array.from({ length: 3 * K * D }, (_, i) => (((i % 16) * 7) % 5) - 2),
    );
    const [next] = await run(params, { memory, token: ids([3], [1, 1, 4]) }, (p, x) => [
      cell.step(p, x.memory!, x.token!),
    ]);
    const [same, again, other] = chunk(next!, K * D);
    expectNear(same!, again!);
    expect(differ(same!, other!)).toBe(true);
    for (const token of chunk(next!, D)) {
      expect(token.reduce((sum, x) => sum + x * x, 0) / D).toBeCloseTo(1, 3);
    }
  });

  test('starts from its key alone, with the shapes it declares', () => {
    const leaves = (seed: number) =>
      flattenTree<NdArray>(initParams(cell.specs(), keyFromSeed(seed)), isNdArray);
    expect(leaves(1)).toEqual(leaves(1));
    expect(leaves(1)).not.toEqual(leaves(2));
    const model = initRecurrent(own, keyFromSeed(1));
    expect([...(model.initial.data as Float32Array)].every((x) => x === 0)).toBe(true);
  });
});

test.each(CELL_KINDS)(
  'embeddings and read-outs are what has the size of the vocabulary: %s',
  (cell) => {
    const own = deriveMemoryConfig({ ...OPTIONS, cell }, VOCAB);
    const list = (specs: Tree<ParamSpec>) => flattenTree<ParamSpec>(specs, isParamSpec);
    for (const params of [list(teacherSpecs({ ...own, ...ENCODER })), list(recurrentSpecs(own))]) {
      const sized = params.filter(([, { shape }]) => shape[0] === VOCAB);
      const named = params.filter(([, { role }]) => role === 'embedding' || role === 'head');
      expect(named).toEqual(sized);
      expect(named.length).toBeGreaterThan(1);
    }
  },
);

test.each<[MemoryModelOptions, string]>([
  [{ hiddenSize: 10, heads: 4 }, 'does not divide into 4 heads'],
  [{ cell: 'lstm', memoryTokens: 3 }, 'cannot be halved'],
  [{ cellLayers: 0 }, 'cellLayers is 0'],
])('%j is refused', (options, message) => {
  expect(() => deriveMemoryConfig(options, 5)).toThrow(message);
});
