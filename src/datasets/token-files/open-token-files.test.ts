import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { UserError } from '../../core/index.ts';
import {
  checkTokenFiles,
  hashTokenFile,
  openTokenFiles,
  type TokenFilesOptions,
} from './open-token-files.ts';

let folder: string;
const at = (name: string) => path.join(folder, name);
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-tokens-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, content: string | Uint8Array): string {
  writeFileSync(at(name), content);
  return at(name);
}

const bytesOf = (array: Uint16Array | Uint32Array | BigInt64Array) => new Uint8Array(array.buffer);

/** A `.npy` file as NumPy writes it: version 1.0, the header padded to 64 bytes. */
function npy(description: string, shape: string, data: Uint8Array, fortran = 'False'): Uint8Array {
  const text = `{'descr': '${description}', 'fortran_order': ${fortran}, 'shape': ${shape}, }`;
  const header = `${text.padEnd(128 - 10 - 1)}\n`;
  const start = Buffer.from(`\x93NUMPY\x01\x00${String.fromCharCode(header.length)}\x00`, 'latin1');
  return Buffer.concat([start, Buffer.from(header, 'latin1'), data]);
}

const OPTIONS = { vocabSize: 100, sequenceLength: 4 } satisfies TokenFilesOptions;

/** All sequences of files. */
function sequencesOf(files: readonly string[], options: Partial<TokenFilesOptions> = {}) {
  const open = openTokenFiles(files, { ...OPTIONS, ...options });
  const tokens = open.read(0, open.length);
  const length = options.sequenceLength ?? OPTIONS.sequenceLength;
  const rows = Array.from({ length: open.length }, (_, i) => [
    ...tokens.slice(i * length, (i + 1) * length),
  ]);
  open.close();
  return rows;
}

function errorOf(body: () => unknown): UserError {
  try {
    body();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('no error');
}

const count = (n: number, first = 0) => Array.from({ length: n }, (_, i) => first + i);

describe('openTokenFiles', () => {
  test('cuts streams into sequences, file by file, and leaves the rest of each out', () => {
    const first = write('a.bin', bytesOf(Uint16Array.from(count(10))));
    const second = write('b.npy', npy('<u2', '(9,)', bytesOf(Uint16Array.from(count(9, 50)))));
    expect(sequencesOf([first, second])).toEqual([
      count(4),
      count(4, 4),
      count(4, 50),
      count(4, 54),
    ]);
    const open = openTokenFiles([second, first], OPTIONS);
    expect(open).toMatchObject({ length: 4, tokens: 19, rows: 'joined' });
    // Any range, over the edge of a file too.
    expect([...open.read(1, 2)]).toEqual([...count(4, 54), ...count(4)]);
    open.close();
  });

  test('reads every whole number that NumPy writes, and .bin of a given type', () => {
    const values = [0, 1, 2, 99];
    const wide = bytesOf(BigInt64Array.from(values, BigInt));
    for (const [description, data] of [
      ['|u1', Uint8Array.from(values)],
      ['<u2', bytesOf(Uint16Array.from(values))],
      ['<i4', bytesOf(Uint32Array.from(values))],
      ['<i8', wide],
      ['<u8', wide],
    ] as const) {
      expect(sequencesOf([write('any.npy', npy(description, '(4,)', data))])).toEqual([values]);
    }
    expect(sequencesOf([write('wide.bin', wide)], { dtype: 'int64' })).toEqual([values]);
    const large = write('large.bin', bytesOf(Uint32Array.from([70_000, 1, 2, 3])));
    expect(sequencesOf([large], { vocabSize: 70_001 })).toEqual([[70_000, 1, 2, 3]]);
  });

  test('keeps rows of one length apart, each cut by itself', () => {
    const data = bytesOf(Uint16Array.from(count(18)));
    const file = write('rows.npy', npy('<u2', '(2, 9)', data));
    const apart = [count(4), count(4, 4), count(4, 9), count(4, 13)];
    expect(sequencesOf([file])).toEqual(apart);
    expect(sequencesOf([file], { rows: 'joined' })).toEqual([0, 4, 8, 12].map((i) => count(4, i)));
    const lines = [count(9), count(9, 9)].map((tokens) => JSON.stringify({ tokens })).join('\n');
    expect(sequencesOf([write('rows.jsonl', lines)])).toEqual(apart);
  });

  test('joins rows of different lengths, unless asked not to', () => {
    const rows = [count(3), count(6, 10), count(2, 20)];
    const file = write('a.jsonl', rows.map((row) => `${JSON.stringify(row)}\n`).join('\n'));
    expect(sequencesOf([file])).toEqual([
      [0, 1, 2, 10],
      [11, 12, 13, 14],
    ]);
    expect(sequencesOf([file], { rows: 'separate' })).toEqual([count(4, 10)]);
  });

  test('finds tokens or input_ids in JSON lines and Parquet, or the field that is named', () => {
    const rows = [count(4), count(4, 4)];
    const parquet = (name: string, data: unknown[]) =>
      write(
        `list-${name}.parquet`,
        new Uint8Array(parquetWriteBuffer({ columnData: [{ name, data, type: 'JSON' }] })),
      );
    expect(errorOf(() => sequencesOf([parquet('text', ['a'])])).hint).toMatch(/it has: text$/);
    const both = (name: string) => [
      write(
        `${name}.jsonl`,
        rows.map((row) => JSON.stringify({ text: 'x', [name]: row })).join('\n'),
      ),
      parquet(name, rows),
    ];
    const found = sequencesOf([...both('tokens'), ...both('input_ids')]);
    expect(found).toEqual([...rows, ...rows, ...rows, ...rows]);
    expect(sequencesOf(both('mine'), { field: 'mine' })).toEqual([...rows, ...rows]);
  });
});

/** A Parquet file of one row group, whose column `tokens` has lists `depth` deep. */
function parquetLists(data: unknown[], depth: number, type: 'INT32' | 'INT64'): Uint8Array {
  const list = (name: string) => [
    {
      name,
      repetition_type: 'REQUIRED' as const,
      converted_type: 'LIST' as const,
      num_children: 1,
    },
    { name: 'list', repetition_type: 'REPEATED' as const, num_children: 1 },
  ];
  const schema = [
    { name: 'root', num_children: 1 },
    ...Array.from({ length: depth }, (_, i) => list(i === 0 ? 'tokens' : 'element')).flat(),
    { name: 'element', repetition_type: 'REQUIRED' as const, type },
  ];
  const columnData = [{ name: 'tokens', data }];
  return new Uint8Array(parquetWriteBuffer({ schema, columnData, rowGroupSize: data.length }));
}

test('rows of a Parquet file are padded with a million zeros, which take next to no bytes', () => {
  const [rows, length] = [1200, 1024];
  const data = Array.from({ length: rows }, (_, row) => {
    const list = new Array<number>(length).fill(0);
    list[0] = row % 100;
    return list;
  });
  const file = write('padded.parquet', parquetLists(data, 1, 'INT32'));
  const open = openTokenFiles([file], { vocabSize: 100, sequenceLength: length });
  expect(open).toMatchObject({ length: rows, tokens: rows * length, rows: 'separate' });
  expect([...open.read(1199, 1).slice(0, 2)]).toEqual([99, 0]);
  open.close();
});

describe('what cannot be', () => {
  const cases: [string, () => string, Partial<TokenFilesOptions>, RegExp, RegExp][] = [
    ['an odd size', () => write('odd.bin', 'abc'), {}, /3 bytes.* whole uint16/, /dtype/],
    ['another ending', () => write('a.txt', 'abc'), {}, /does not end like a token file/, /\.npy/],
    [
      'floats',
      () => write('f.npy', npy('<f4', '(1,)', new Uint8Array(4))),
      {},
      /type <f4/,
      /astype/,
    ],
    [
      'three axes',
      () => write('c.npy', npy('<u2', '(1, 1, 1)', new Uint8Array(2))),
      {},
      /3 axes/,
      /one axis/,
    ],
    [
      'Fortran order',
      () => write('t.npy', npy('<u2', '(2, 4)', new Uint8Array(16), 'True')),
      {},
      /Fortran/,
      /ascontiguousarray/,
    ],
    [
      'short rows',
      () => write('s.npy', npy('<u2', '(2, 3)', new Uint8Array(12))),
      {},
      /have 3 tokens; a context of 3 needs 4/,
      /joined/,
    ],
    [
      'no such field',
      () => write('n.jsonl', '{"text":"a"}'),
      {},
      /:1 has no field/,
      /it has: text/,
    ],
    ['no list', () => write('l.jsonl', '{"tokens":7}'), {}, /is not a list/, /^$/],
    ['a fraction', () => write('r.jsonl', '[1,2]\n[3,0.5]'), {}, /:2: value 1 is 0\.5/, /whole/],
    [
      'lists of large numbers',
      () => write('deep.parquet', parquetLists([[[1n]]], 2, 'INT64')),
      {},
      /row 0: value 0 is \["1"\]/,
      /whole/,
    ],
    ['a missing file', () => at('missing.npy'), {}, /no file .*missing\.npy/, /.*/],
  ];
  test.each(cases)('%s is refused with what to do', (_, file, options, message, hint) => {
    const error = errorOf(() => sequencesOf([file()], options));
    expect(error.message).toMatch(message);
    expect(error.hint ?? '').toMatch(hint);
  });

  test.each([
    ['', 'its header claims 60000 bytes', Buffer.from('\x93NUMPY\x01\x00\x60\xea00000', 'latin1')],
    [
      '',
      'its header claims 4294967295',
      Buffer.from('\x93NUMPY\x02\x00\xff\xff\xff\xff', 'latin1'),
    ],
    ['', 'takes 2000000000128 bytes', npy('<u2', '(1000000000000,)', new Uint8Array(8))],
    ['', 'not those of a NumPy array', Buffer.from('PK\x03\x04 and so on')],
  ])('%sa damaged array: %s', (_, message, content) => {
    expect(errorOf(() => sequencesOf([write('bad.npy', content)])).message).toContain(message);
  });

  test('an id outside the vocabulary is named with file and place, and the size that it takes', () => {
    const ids = Uint16Array.from(count(12), (id) => (id === 7 ? 500 : id === 9 ? 700 : id));
    const check = (file: string) => errorOf(() => checkTokenFiles([file], OPTIONS));
    const stream = check(write('ids.bin', bytesOf(ids)));
    expect(stream.message).toBe(
      `${at('ids.bin')}: token 7 is 500, outside a vocabulary of 100 ids`,
    );
    expect(stream.hint).toMatch(/largest id of the file is 700: set vocabSize to 701/);
    const rows = check(write('ids.npy', npy('<u2', '(3, 4)', bytesOf(ids))));
    expect(rows.message).toContain('token 7 (row 1, position 3) is 500');
    const lines = check(write('ids.jsonl', '[1,2,3]\n[4,-5]'));
    expect(lines.message).toContain('token 4 (row 1, position 1) is -5');
    expect(lines.hint).toMatch(/count from 0/);
  });
});

test('files are noted with size, hash and tokens', () => {
  const file = write('noted.bin', bytesOf(Uint16Array.from(count(5))));
  const [record] = checkTokenFiles([file], OPTIONS);
  expect(record).toEqual({ file, ...hashTokenFile(file), tokens: 5 });
  expect(record!.bytes).toBe(10);
});

const PYTHON = ['python3', '/usr/bin/python3'].find((python) => {
  try {
    execFileSync(python, ['-c', 'import numpy'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
});

test.skipIf(!PYTHON)('reads what numpy writes', () => {
  execFileSync(
    PYTHON!,
    [
      '-c',
      `
import numpy as np
ids = np.arange(24) % 100
np.save('default.npy', ids)
np.save('rows.npy', ids.reshape(4, 6).astype(np.uint16))
ids.astype(np.uint16).tofile('memmap.bin')
np.lib.format.write_array(open('two.npy', 'wb'), ids.astype(np.int32), version=(2, 0))
`,
    ],
    { cwd: folder },
  );
  const stream = [0, 4, 8, 12, 16, 20].map((first) => count(4, first));
  for (const name of ['default.npy', 'memmap.bin', 'two.npy']) {
    expect(sequencesOf([at(name)])).toEqual(stream);
  }
  expect(sequencesOf([at('rows.npy')])).toEqual([0, 6, 12, 18].map((first) => count(4, first)));
});
