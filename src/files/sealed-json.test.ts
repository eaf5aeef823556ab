import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { UserError } from '../core/index.ts';
import {
  formatSealedJson,
  parseSealedJson,
  readSealedJson,
  writeSealedJson,
} from './sealed-json.ts';

const VALUE = { name: 'Zoë', list: [1, 2.5, -3e-7], nested: { deep: null, sure: true } };

it('reads what was written', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'sealed-'));
  const file = path.join(folder, 'state.json');
  writeSealedJson(file, VALUE);
  expect(readSealedJson(file)).toEqual(VALUE);
  writeFileSync(file, readFileSync(file, 'utf8').replace('2.5', '2.4'));
  expect(() => readSealedJson(file)).toThrow(`${file} is damaged`);
  rmSync(folder, { recursive: true });
});

it('finds every flipped bit, but where the seal is gone', () => {
  const bytes = Buffer.from(formatSealedJson(VALUE));
  let unsealed = 0;
  for (let i = 0; i < 8 * bytes.length; i++) {
    const flipped = Uint8Array.from(bytes);
    flipped[i >> 3]! ^= 1 << (i & 7);
    try {
      // A document with another key in the seal's place has no seal: its schema refuses the key.
      const value = parseSealedJson(new TextDecoder().decode(flipped), 'state') as object;
      expect(Object.keys(value)).toHaveLength(Object.keys(VALUE).length + 1);
      unsealed++;
    } catch (error) {
      expect(error).toBeInstanceOf(UserError);
    }
  }
  expect(unsealed).toBeLessThanOrEqual(8 * 'sha256'.length);
});

it('takes a document without a seal as it is', () => {
  expect(parseSealedJson('{"a": 1}', 'old')).toEqual({ a: 1 });
  expect(parseSealedJson('[1]', 'old')).toEqual([1]);
});
