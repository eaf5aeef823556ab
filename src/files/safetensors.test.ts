import * as nodeFs from 'node:fs';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anyCharacter } from '../../test/support/any-character.ts';
import {
  arrayOf,
  bytesPerElement,
  DTYPES,
  type NdArray,
  sizeOf,
  UserError,
  viewBytes,
  zeros,
} from '../core/index.ts';
import {
  decodeSafetensors,
  encodeSafetensors,
  readSafetensors,
  readSafetensorsHeader,
  writeSafetensors,
} from './safetensors.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'safetensors-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const shapes = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 });

/** Arrays with any bits, NaN payloads and negative zeros among them. */
const arrays: fc.Arbitrary<NdArray> = fc
  // A bfloat16 is read as a float32.
  .tuple(fc.constantFrom(...DTYPES.filter((dtype) => dtype !== 'bfloat16')), shapes)
  .chain(([dtype, shape]) => {
    const length = sizeOf(shape) * bytesPerElement(dtype);
    const max = dtype === 'bool' ? 1 : 255;
    return fc.uint8Array({ minLength: length, maxLength: length, max }).map((bytes) => ({
      dtype,
      shape,
      data: viewBytes(dtype, bytes.slice().buffer, 0, sizeOf(shape)),
    }));
  });
const names = fc.string({ unit: anyCharacter }).filter((name) => name !== '__metadata__');
const trees = fc.dictionary(names, arrays, { maxKeys: 6, noNullPrototype: true });
const texts = fc.dictionary(fc.string(), fc.string(), { maxKeys: 3, noNullPrototype: true });

const bytesOf = ({ data }: NdArray) =>
  Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex');
const described = (tensors: Record<string, NdArray>) =>
  Object.entries(tensors)
    .map(([name, array]) => [name, array.dtype, array.shape, bytesOf(array)])
    .sort(([a], [b]) => ((a as string) < (b as string) ? -1 : 1));

/** A file with this header and as many data bytes. */
function fileWith(header: unknown, dataLength: number): Uint8Array {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const out = Buffer.alloc(8 + json.length + dataLength);
  out.writeBigUInt64LE(BigInt(json.length));
  json.copy(out, 8);
  return new Uint8Array(out);
}

const mixed = {
  b: arrayOf('float32', [1, 2], [1.5, -2]),
  a: arrayOf('bool', [3], [1, 0, 1]),
  '0': arrayOf('int64', [], [7]),
  'é.w': arrayOf('float64', [1], [0.1]),
  i: arrayOf('int32', [2], [-3, 4]),
  z: zeros('float32', [0, 3]),
  '10': arrayOf('float32', [1], [1]),
  '2': arrayOf('float32', [1], [2]),
};

describe('safetensors', () => {
  it('writes the bytes of the reference implementation', () => {
    // safetensors 0.8.0 (Python), save(tensors, metadata={'format': 'pt'}).
    const expected =
      'e0010000000000007b225f5f6d657461646174615f5f223a7b22666f726d6174223a227074227d2c2230223a7b226474797065223a22493634222c227368617065223a5b5d2c22646174615f6f666673657473223a5b302c385d7d2c22c3a92e77223a7b226474797065223a22463634222c227368617065223a5b315d2c22646174615f6f666673657473223a5b382c31365d7d2c223130223a7b226474797065223a22463332222c227368617065223a5b315d2c22646174615f6f666673657473223a5b31362c32305d7d2c2232223a7b226474797065223a22463332222c227368617065223a5b315d2c22646174615f6f666673657473223a5b32302c32345d7d2c2262223a7b226474797065223a22463332222c227368617065223a5b312c325d2c22646174615f6f666673657473223a5b32342c33325d7d2c227a223a7b226474797065223a22463332222c227368617065223a5b302c335d2c22646174615f6f666673657473223a5b33322c33325d7d2c2269223a7b226474797065223a22493332222c227368617065223a5b325d2c22646174615f6f666673657473223a5b33322c34305d7d2c2261223a7b226474797065223a22424f4f4c222c227368617065223a5b335d2c22646174615f6f666673657473223a5b34302c34335d7d7d20202007000000000000009a9999999999b93f0000803f000000400000c03f000000c0fdffffff04000000010001';
    expect(Buffer.from(encodeSafetensors(mixed)).toString('hex')).toBe(expected);
  });

  it('gives back any tensors bit for bit, from memory and from a file', () => {
    const filePath = path.join(folder, 'any.safetensors');
    fc.assert(
      fc.property(trees, texts, (tensors, metadata) => {
        const bytes = encodeSafetensors(tensors, metadata);
        const decoded = decodeSafetensors(bytes);
        expect(described(decoded.tensors)).toEqual(described(tensors));
        expect(decoded.metadata).toEqual(metadata);
        writeSafetensors(filePath, tensors, metadata);
        expect(Buffer.from(bytes).equals(readFileSync(filePath))).toBe(true);
        expect(described(readSafetensors(filePath).tensors)).toEqual(described(tensors));
      }),
      { numRuns: 150 },
    );
  });

  it('writes the same bytes whatever the order of names, with data aligned to its elements', () => {
    fc.assert(
      fc.property(trees, (tensors) => {
        const reversed = Object.fromEntries(Object.entries(tensors).reverse());
        const bytes = encodeSafetensors(tensors);
        expect(Buffer.from(encodeSafetensors(reversed)).equals(bytes)).toBe(true);
        const filePath = path.join(folder, 'aligned.safetensors');
        writeFileSync(filePath, bytes);
        expect(Buffer.from(bytes).readUInt32LE() % 8).toBe(0);
        for (const { name, begin } of readSafetensorsHeader(filePath).entries) {
          expect(begin % bytesPerElement(tensors[name]!.dtype)).toBe(0);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('hands each tensor to the file without copying it', () => {
    const tensors = { a: zeros('float32', [1000]), b: zeros('float64', [10]) };
    const buffers: unknown[] = [];
    const files = {
      ...nodeFs,
      writeSync: ((descriptor: number, bytes: Uint8Array, offset: number, length: number) => {
        buffers.push(bytes.buffer);
        return nodeFs.writeSync(descriptor, bytes, offset, length);
      }) as typeof nodeFs.writeSync,
    };
    writeSafetensors(path.join(folder, 'streamed.safetensors'), tensors, {}, files);
    expect(buffers.slice(1)).toEqual([tensors.b.data.buffer, tensors.a.data.buffer]);
    expect(buffers[1]).toBe(tensors.b.data.buffer);
    expect(buffers[2]).toBe(tensors.a.data.buffer);
  });

  it('writes float32 as bfloat16 where asked, everything else as it is', () => {
    const filePath = path.join(folder, 'bfloat16.safetensors');
    writeFileSync(filePath, encodeSafetensors(mixed, {}, { float32As: 'BF16' }));
    const { entries } = readSafetensorsHeader(filePath);
    // By dtype in the order of the reference implementation, then by name.
    expect(entries.map(({ name, dtype }) => `${name} ${dtype}`)).toEqual([
      '0 I64',
      'é.w F64',
      'i I32',
      '10 BF16',
      '2 BF16',
      'b BF16',
      'z BF16',
      'a BOOL',
    ]);
    // All of these floats are bfloat16 values.
    expect(described(readSafetensors(filePath).tensors)).toEqual(described(mixed));
    const rounded = encodeSafetensors(
      { x: arrayOf('float32', [1], [0.1]) },
      {},
      { float32As: 'BF16' },
    );
    expect(decodeSafetensors(rounded).tensors.x!.data[0]).toBe(0.10009765625);
  });

  it('reads every F16 and BF16 value as float32', () => {
    const count = 2 ** 16;
    const bits = Uint16Array.from({ length: count }, (_, i) => i);
    const header = {
      half: { dtype: 'F16', shape: [count], data_offsets: [0, 2 * count] },
      brain: { dtype: 'BF16', shape: [count], data_offsets: [2 * count, 4 * count] },
    };
    const file = fileWith(header, 4 * count);
    file.set(new Uint8Array(bits.buffer), file.length - 4 * count);
    file.set(new Uint8Array(bits.buffer), file.length - 2 * count);
    const { half, brain } = decodeSafetensors(file).tensors;
    // A bfloat16 is the upper half of a float32.
    const wide = Float32Array.from({ length: count }, (_, i) => {
      return new DataView(Uint32Array.of(i << 16).buffer).getFloat32(0, true);
    });
    expect(brain!.data).toHaveLength(count);
    expect(wide.findIndex((value, i) => !Object.is(value, brain!.data[i]))).toBe(-1);
    // Known values of IEEE 754 binary16: 1, -2, 65504 (largest), 2^-24 (smallest), 1/3, infinities.
    const at = [0x3c00, 0xc000, 0x7bff, 0x0001, 0x3555, 0x7c00, 0xfc00];
    expect(at.map((i) => half!.data[i])).toEqual([
      1,
      -2,
      65504,
      2 ** -24,
      0.333251953125,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
    ]);
    expect(Object.is(half!.data[0x8000], -0)).toBe(true);
    expect(half!.data[0x7e00]).toBeNaN();
    // Strictly increasing over the positive finite values: no gap at the subnormals.
    const positive = [...half!.data.subarray(0, 0x7c00)];
    expect(positive.findIndex((value, i) => i > 0 && !(value > positive[i - 1]!))).toBe(-1);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['an empty file', new Uint8Array(0), /not a safetensors file: 0 bytes/],
    ['a text file', Buffer.from('{"hello": "world"}'), /not a safetensors file/],
    [
      'a header longer than the file',
      Buffer.from('ff00000000000000', 'hex'),
      /truncated: a header of 255/,
    ],
    ['broken JSON', fileWith('{"a":', 0), /header is not JSON/],
    ['a list', fileWith('[]', 0), /not a JSON object/],
    ['JSON nested very deep', fileWith('['.repeat(1e6), 0), /header is nested more than 100 deep/],
    ['a header that is not UTF-8', fileWith('{}', 0).fill(0xff, 8, 10), /header is not JSON/],
    ['numbers as metadata', fileWith({ __metadata__: { a: 1 } }, 0), /__metadata__/],
    [
      'an unknown dtype',
      fileWith({ a: { dtype: 'F4', shape: [1], data_offsets: [0, 1] } }, 1),
      /"a" has unknown dtype "F4"; known: F64/,
    ],
    [
      'a name of a built-in as dtype',
      fileWith({ a: { dtype: 'toString', shape: [1], data_offsets: [0, 1] } }, 1),
      /unknown dtype/,
    ],
    [
      'a negative size',
      fileWith({ a: { dtype: 'F32', shape: [-1], data_offsets: [0, 4] } }, 4),
      /no valid shape/,
    ],
    [
      'a huge shape',
      fileWith({ a: { dtype: 'F32', shape: [1e15, 1e15], data_offsets: [0, 4] } }, 4),
      /too large/,
    ],
    [
      'three offsets',
      fileWith({ a: { dtype: 'F32', shape: [1], data_offsets: [0, 4, 8] } }, 4),
      /data_offsets/,
    ],
    [
      'a size that does not match',
      fileWith({ a: { dtype: 'F32', shape: [2], data_offsets: [0, 4] } }, 4),
      /takes 8 bytes/,
    ],
    [
      'data past the end',
      fileWith({ a: { dtype: 'F32', shape: [2], data_offsets: [0, 8] } }, 7),
      /truncated: tensor "a" ends at byte 8 of 7/,
    ],
    [
      'a hole',
      fileWith({ a: { dtype: 'F32', shape: [1], data_offsets: [4, 8] } }, 8),
      /4 bytes before tensor "a"/,
    ],
    [
      'bytes at the end',
      fileWith({ a: { dtype: 'F32', shape: [1], data_offsets: [0, 4] } }, 6),
      /2 bytes after the last/,
    ],
    [
      'overlapping tensors',
      fileWith(
        {
          a: { dtype: 'F32', shape: [2], data_offsets: [0, 8] },
          b: { dtype: 'F32', shape: [1], data_offsets: [4, 8] },
        },
        8,
      ),
      /"b" overlaps/,
    ],
    [
      'a bool of 2',
      fileWith({ a: { dtype: 'BOOL', shape: [1], data_offsets: [0, 1] } }, 1).fill(2, -1),
      /other than 0 and 1/,
    ],
  ])('refuses %s in one line that names the file', (_, bytes, message) => {
    const filePath = path.join(folder, 'hostile.safetensors');
    writeFileSync(filePath, bytes);
    for (const read of [
      () => decodeSafetensors(bytes, filePath),
      () => readSafetensors(filePath),
    ]) {
      const error = errorOf(read);
      expect(error).toBeInstanceOf(UserError);
      expect(error.message).toMatch(message);
      expect(error.message.startsWith(`${filePath}: `)).toBe(true);
      expect(error.message).not.toContain('\n');
    }
  });

  it('refuses a missing file and a folder', () => {
    expect(() => readSafetensors(path.join(folder, 'none'))).toThrow(UserError);
    expect(() => readSafetensors(folder)).toThrow(/is a directory/);
  });

  it('survives random bytes with nothing but a UserError', () => {
    const plausible = fc
      .tuple(fc.nat(64), fc.uint8Array({ maxLength: 64 }))
      .map(([length, rest]) => Buffer.concat([Buffer.from([length, 0, 0, 0, 0, 0, 0, 0]), rest]));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), plausible), (bytes) => {
        expect(outcome(bytes)).toMatch(/^(tensors|UserError)$/);
      }),
      { numRuns: 2000 },
    );
  });

  it('survives a valid file with bytes changed, cut or added', () => {
    const valid = encodeSafetensors(mixed);
    const edits = fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { maxLength: 4 });
    const outcomes = new Set<string>();
    fc.assert(
      fc.property(edits, fc.integer({ min: -40, max: 10 }), (changes, growth) => {
        const bytes = new Uint8Array(valid.length + growth);
        bytes.set(valid.subarray(0, bytes.length));
        for (const [position, value] of changes) bytes[position % bytes.length] = value;
        const result = outcome(bytes);
        outcomes.add(result);
        expect(result).toMatch(/^(tensors|UserError)$/);
        if (growth !== 0) expect(result).toBe('UserError');
      }),
      { numRuns: 3000 },
    );
    expect(outcomes.size).toBe(2);
  });

  it('never asks for more memory than the file could fill', () => {
    const header = { a: { dtype: 'F32', shape: [2 ** 40], data_offsets: [0, 2 ** 42] } };
    expect(errorOf(() => decodeSafetensors(fileWith(header, 64))).message).toMatch(/truncated/);
    const length = Buffer.alloc(16);
    length.writeBigUInt64LE(2n ** 63n);
    expect(errorOf(() => decodeSafetensors(length)).message).toMatch(/not a safetensors file/);
  });

  it('refuses a sparse file that claims more than the memory, and a header of any depth', () => {
    const filePath = path.join(folder, 'sparse.safetensors');
    const shape = [2 ** 42];
    writeFileSync(
      filePath,
      fileWith({ a: { dtype: 'BOOL', shape, data_offsets: [0, 2 ** 42] } }, 0),
    );
    truncateSync(filePath, readFileSync(filePath).length + 2 ** 42);
    expect(() => readSafetensors(filePath)).toThrow(/its tensors take 4096.0 GiB/);
    const json = `{"a":${'['.repeat(1e5)}`;
    const deep = Buffer.alloc(8 + json.length);
    deep.writeBigUInt64LE(BigInt(json.length));
    deep.write(json, 8);
    expect(errorOf(() => decodeSafetensors(deep)).message).toMatch(/nested more than 100 deep/);
  });

  it('refuses arrays that do not fill their shape', () => {
    const short: NdArray = { dtype: 'float32', shape: [3], data: new Float32Array(2) };
    expect(() => encodeSafetensors({ short })).toThrow(
      /short: 2 elements do not fill float32 \[3\]/,
    );
    expect(() => encodeSafetensors({ __metadata__: zeros('bool', [1]) })).toThrow(RangeError);
  });

  it('keeps a tensor called __proto__ a tensor', () => {
    const tensors = Object.fromEntries([['__proto__', arrayOf('int32', [1], [5])]]);
    const decoded = decodeSafetensors(encodeSafetensors(tensors)).tensors;
    expect(Object.keys(decoded)).toEqual(['__proto__']);
  });
});

function outcome(bytes: Uint8Array): string {
  try {
    decodeSafetensors(bytes);
    return 'tensors';
  } catch (error) {
    return (error as Error).name;
  }
}

function errorOf(body: () => unknown): Error {
  try {
    body();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}
