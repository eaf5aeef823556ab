import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { arrayOf } from '../../../core/index.ts';
import { encodeModel, type OnnxAttribute, type OnnxGraph } from './encode.ts';

/** A protobuf message as (field, value) pairs: varints as bigint, fixed 32 bits and byte strings as bytes. */
type Field = { field: number; value: bigint | Uint8Array };

function parse(bytes: Uint8Array): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++]!;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  const take = (count: number) => {
    at += count;
    return bytes.subarray(at - count, at);
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const kind = tag & 7;
    const field = tag >> 3;
    if (kind === 0) fields.push({ field, value: varint() });
    else if (kind === 5) fields.push({ field, value: take(4) });
    else if (kind === 2) fields.push({ field, value: take(Number(varint())) });
    else throw new Error(`wire type ${kind}`);
  }
  expect(at).toBe(bytes.length);
  return fields;
}

const all = (fields: Field[], field: number) =>
  fields.filter((f) => f.field === field).map((f) => f.value);
const messages = (fields: Field[], field: number) =>
  all(fields, field).map((value) => parse(value as Uint8Array));
const texts = (fields: Field[], field: number) =>
  all(fields, field).map((value) => new TextDecoder().decode(value as Uint8Array));
const signed = (values: (bigint | Uint8Array)[]) =>
  values.map((value) => BigInt.asIntN(64, value as bigint));

function graphOf(attributes: Readonly<Record<string, OnnxAttribute>>): OnnxGraph {
  const value = { dtype: 'float32', shape: [2, 3] } as const;
  return {
    nodes: [{ op: 'Op', domain: 'com.microsoft', inputs: ['x', ''], outputs: ['y'], attributes }],
    initializers: [{ name: 'c', value: arrayOf('int64', [2], [-1n, 2n ** 62n]) }],
    inputs: [{ name: 'x', ...value }],
    outputs: [{ name: 'y', ...value, dtype: 'bool' }],
  };
}

const model = (attributes: Readonly<Record<string, OnnxAttribute>> = {}) =>
  parse(encodeModel(graphOf(attributes)));
const graph = (attributes: Readonly<Record<string, OnnxAttribute>> = {}) =>
  messages(model(attributes), 7)[0]!;

// Field numbers are those of onnx.proto (version 1.16).
describe('model', () => {
  test('declares its format and both operator sets', () => {
    expect(all(model(), 1)).toEqual([10n]);
    const sets = messages(model(), 8).map((set) => [texts(set, 1)[0], all(set, 2)[0]]);
    expect(sets).toEqual([
      ['', 20n],
      ['com.microsoft', 1n],
    ]);
  });

  test('names nodes, their inputs, outputs and domain', () => {
    const [node] = messages(graph(), 1);
    expect([texts(node!, 1), texts(node!, 2), texts(node!, 4), texts(node!, 7)]).toEqual([
      ['x', ''],
      ['y'],
      ['Op'],
      ['com.microsoft'],
    ]);
  });

  test('declares shapes and element types of inputs and outputs', () => {
    const describe = (field: number) => {
      const [value] = messages(graph(), field);
      const tensor = messages(messages(value!, 2)[0]!, 1)[0]!;
      const sizes = messages(messages(tensor, 2)[0]!, 1).map((dim) => all(dim, 1)[0]);
      return [texts(value!, 1)[0], all(tensor, 1)[0], sizes];
    };
    expect(describe(11)).toEqual(['x', 1n, [2n, 3n]]);
    expect(describe(12)).toEqual(['y', 9n, [2n, 3n]]);
  });

  test('holds constants as raw little-endian bytes', () => {
    const [tensor] = messages(graph(), 5);
    expect([all(tensor!, 1), all(tensor!, 2), texts(tensor!, 8)]).toEqual([[2n], [7n], ['c']]);
    const bytes = (all(tensor!, 9)[0] as Uint8Array).slice();
    expect(new BigInt64Array(bytes.buffer)).toEqual(BigInt64Array.of(-1n, 2n ** 62n));
  });

  test('a view on a larger buffer gives its own bytes only', () => {
    const data = Float32Array.of(9, 1, 2, 9).subarray(1, 3);
    const value = { dtype: 'float32', shape: [2], data } as const;
    const bytes = encodeModel({ ...graphOf({}), initializers: [{ name: 'c', value }] });
    const [tensor] = messages(messages(parse(bytes), 7)[0]!, 5);
    const raw = (all(tensor!, 9)[0] as Uint8Array).slice();
    expect(new Float32Array(raw.buffer)).toEqual(Float32Array.of(1, 2));
  });
});

describe('attributes', () => {
  const attribute = (value: OnnxAttribute) =>
    messages(messages(graph({ name: value }), 1)[0]!, 5)[0]!;

  test.each([0, 1, -1, 127, 128, -128, 2 ** 31, -(2 ** 31), 2 ** 53 - 1, -(2 ** 53) + 1])(
    'integer %d',
    (value) => {
      const found = attribute(value);
      expect([texts(found, 1), signed(all(found, 3)), all(found, 20)]).toEqual([
        ['name'],
        [BigInt(value)],
        [2n],
      ]);
    },
  );

  test('a negative integer takes the ten bytes that protobuf wants', () => {
    const bytes = encodeModel(graphOf({ axis: -1 }));
    const pattern = [0x18, ...new Array(9).fill(0xff), 0x01];
    const found = bytes.findIndex((_, i) => pattern.every((byte, k) => bytes[i + k] === byte));
    expect(found).toBeGreaterThan(0);
  });

  test('any safe integers in a list', () => {
    fc.assert(
      fc.property(fc.array(fc.maxSafeInteger()), (values) => {
        const found = attribute(values);
        expect(signed(all(found, 8))).toEqual(values.map(BigInt));
        expect(all(found, 20)).toEqual([7n]);
      }),
    );
  });

  test('any float32, infinities and NaN included', () => {
    fc.assert(
      fc.property(fc.float(), (value) => {
        const found = attribute({ float: value });
        const bytes = (all(found, 2)[0] as Uint8Array).slice();
        expect(new Float32Array(bytes.buffer)[0]).toBe(value);
        expect(all(found, 20)).toEqual([1n]);
      }),
    );
  });

  test('any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (value) => {
        const found = attribute(value);
        expect(texts(found, 4)).toEqual([value]);
        expect(all(found, 20)).toEqual([3n]);
      }),
    );
  });

  test('an array', () => {
    const found = attribute(arrayOf('float64', [1], [0.5]));
    const [tensor] = messages(found, 5);
    expect([all(found, 20), all(tensor!, 1), all(tensor!, 2)]).toEqual([[4n], [1n], [11n]]);
  });

  test('a graph, with graphs inside', () => {
    const found = attribute({ graph: graphOf({ inner: { graph: graphOf({ axis: 3 }) } }) });
    expect(all(found, 20)).toEqual([5n]);
    const inside = (fields: Field[]) => messages(messages(messages(fields, 6)[0]!, 1)[0]!, 5)[0]!;
    expect(texts(inside(found), 1)).toEqual(['inner']);
    expect(signed(all(inside(inside(found)), 3))).toEqual([3n]);
  });
});
