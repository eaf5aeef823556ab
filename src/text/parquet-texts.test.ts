// Columns of text in Parquet: as writers make them, and as nobody should.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { ByteWriter, ParquetWriter, parquetWriteBuffer } from 'hyparquet-writer';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { anyCharacter } from '../../test/support/any-character.ts';
import { fromBase64, PARQUET_TABLES, TABLE_TEXTS } from '../../test/support/text-fixtures.ts';
import { ParquetDecoder, ParquetFile } from '../files/parquet-file.ts';
import { readCorpus } from './corpus.ts';
import { readParquetTexts } from './read-table-documents.ts';

const NAMING = { name: 'text', kind: 'column', setting: 'NAME' } as const;

let folder: string;
const decoder = new ParquetDecoder();
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-parquet-'));
});
afterAll(() => {
  decoder.close();
  rmSync(folder, { recursive: true, force: true });
});
const at = (name: string) => path.join(folder, name);

function writeTable(name: string, texts: (string | null)[], rowGroupSize: number): string {
  const columnData = [{ name: 'text', data: texts, type: 'STRING' as const, nullable: true }];
  writeFileSync(at(name), Buffer.from(parquetWriteBuffer({ columnData, rowGroupSize })));
  return at(name);
}

const texts = fc.array(fc.option(fc.string({ unit: anyCharacter, maxLength: 40 }), { nil: null }), {
  minLength: 1,
  maxLength: 60,
});

describe('a column of text', () => {
  it('is read over row groups, nulls and dictionaries', () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 30 }), fc.boolean(), (values, size, repeat) => {
        const rows = (repeat ? [...values, ...values, ...values] : values).map(
          // Half a surrogate pair has no UTF-8.
          (text) => text && Buffer.from(text).toString(),
        );
        expect([...readParquetTexts(writeTable('a.parquet', rows, size), NAMING, decoder)]).toEqual(
          rows,
        );
      }),
      { numRuns: 8 },
    );
  });

  it('whose rows all refer to one long string is refused by what they stand for', () => {
    const long = 'word '.repeat(200_000);
    const rows = Array.from({ length: 600 }, () => long);
    const file = writeTable('same.parquet', rows, 600);
    expect(() => readCorpus([file])).toThrow('its rows hold more than 268,435,456 characters');
  });

  it('of millions of nulls in a few bytes is refused', () => {
    const file = writeTable('nulls.parquet', new Array(2 ** 21 + 1).fill(null), 2 ** 21 + 1);
    expect(() => readCorpus([file])).toThrow(
      expect.objectContaining({
        name: 'UserError',
        message: `${file} has 2,097,153 rows in very few bytes`,
      }),
    );
  });
});

it('a column that holds no text, and a file that is cut short, are refused', () => {
  const bytes = fromBase64(PARQUET_TABLES.snappy!);
  writeFileSync(at('whole.parquet'), bytes);
  writeFileSync(at('cut.parquet'), bytes.subarray(0, 200));
  const read = (name: string, column: string) => () => [
    ...readParquetTexts(at(name), { ...NAMING, name: column }, decoder),
  ];
  expect(read('whole.parquet', 'id')).toThrow('"id" holds no strings');
  expect(read('cut.parquet', 'text')).toThrow('not an intact Parquet file');
  expect(read('whole.parquet', 'text')()).toHaveLength(TABLE_TEXTS.length);
});

it('a file that claims 2^50 bytes is not read row by row', () => {
  const rows = Array.from({ length: 2000 }, (_, i) => `text ${i}`);
  const writer = new ByteWriter();
  const schema = [
    { name: 'root', num_children: 1 },
    { name: 'text', type: 'BYTE_ARRAY' as const, converted_type: 'UTF8' as const },
  ];
  const table = new ParquetWriter({ writer, schema });
  table.write({ columnData: [{ name: 'text', data: rows }], rowGroupSize: 2000 });
  table.row_groups[0]!.total_byte_size = 2n ** 50n;
  table.finish();
  writeFileSync(at('claim.parquet'), Buffer.from(writer.getBuffer()));
  const read = vi.spyOn(ParquetFile.prototype, 'read');
  try {
    expect([...readParquetTexts(at('claim.parquet'), NAMING, decoder)]).toEqual(rows);
    expect(read).toHaveBeenCalledTimes(1);
  } finally {
    read.mockRestore();
  }
});

it('a column of JSON values that are no strings is refused in words', () => {
  const columnData = [{ name: 'text', data: [{ a: 1 }, null], type: 'JSON' as const }];
  writeFileSync(at('json.parquet'), Buffer.from(parquetWriteBuffer({ columnData })));
  expect(() => readCorpus([at('json.parquet')])).toThrow(
    expect.objectContaining({
      name: 'UserError',
      message: expect.stringContaining('the column "text" holds no strings'),
    }),
  );
});

const PYTHON = ['python3', '/usr/bin/python3'].find(
  (python) => spawnSync(python, ['-c', 'import pyarrow.parquet'], { stdio: 'ignore' }).status === 0,
);

const SCRIPT = `
import json, sys
import pyarrow as pa, pyarrow.parquet as pq
texts = json.load(sys.stdin)
for i, (codec, dictionary, version) in enumerate(
    (c, d, v) for c in ("none", "snappy", "gzip", "brotli", "lz4", "zstd")
    for d in (True, False) for v in ("1.0", "2.0")):
    pq.write_table(pa.table({"id": range(len(texts)), "text": pa.array(texts, pa.large_string() if i % 2 else pa.string())}),
        f"{sys.argv[1]}/{i}.parquet", compression=codec, use_dictionary=dictionary, data_page_version=version,
        row_group_size=100, data_page_size=500)
`;

it.skipIf(!PYTHON)(
  'pyarrow writes nothing that is not read: codecs, dictionaries, both versions of pages',
  () => {
    const rows = Array.from({ length: 250 }, (_, i) =>
      i % 7 === 0 ? null : `text ${i % 50} é ${'x'.repeat(i)}`,
    );
    execFileSync(PYTHON!, ['-c', SCRIPT, folder], { input: JSON.stringify(rows) });
    for (let i = 0; i < 24; i++) {
      expect([...readParquetTexts(at(`${i}.parquet`), NAMING, decoder)], `${i}.parquet`).toEqual(
        rows,
      );
    }
  },
);
