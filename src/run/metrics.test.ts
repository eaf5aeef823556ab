import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { anyCharacter } from '../../test/support/any-character.ts';
import { UserError } from '../core/index.ts';
import {
  type MetricsRow,
  MetricsWriter,
  readMetrics,
  rewindMetrics,
  truncateMetrics,
} from './metrics.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'metrics-'));
  file = path.join(folder, 'metrics.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true }));

function writeRows(rows: readonly MetricsRow[]): void {
  const writer = new MetricsWriter(file);
  for (const row of rows) writer.write(row);
  writer.close();
}

const row = (stage: string, step: number): MetricsRow => ({ stage, step, loss: 1 / (step + 1) });
const training = [
  ...[0, 10, 20, 30].map((step) => row('prepretrain', step)),
  ...[0, 10, 20].map((step) => row('transfer', step)),
];

describe('MetricsWriter', () => {
  it('writes one JSON object per line and appends when opened again', () => {
    writeRows([row('train', 0)]);
    writeRows([row('train', 1)]);
    expect(readFileSync(file, 'utf8')).toBe(
      '{"stage":"train","step":0,"loss":1}\n{"stage":"train","step":1,"loss":0.5}\n',
    );
  });

  it('can be read while it is open', () => {
    const writer = new MetricsWriter(file);
    writer.write(row('train', 3));
    expect(readMetrics(file)).toEqual([row('train', 3)]);
    writer.flush();
    writer.close();
  });

  it('writes numbers that are not finite as null, and leaves out undefined', () => {
    writeRows([
      {
        stage: 'train',
        step: 1,
        loss: Number.NaN,
        norm: Number.POSITIVE_INFINITY,
        each: [1, Number.NEGATIVE_INFINITY],
        note: undefined,
      },
    ]);
    expect(readMetrics(file)).toEqual([
      { stage: 'train', step: 1, loss: null, norm: null, each: [1, null] },
    ]);
  });

  it('refuses to write after close, and closes twice', () => {
    const writer = new MetricsWriter(file);
    writer.close();
    writer.close();
    expect(() => writer.write(row('train', 0))).toThrow(/was closed/);
  });

  it('explains a folder that is not there', () => {
    expect(() => new MetricsWriter(path.join(folder, 'none', 'metrics.jsonl'))).toThrow(UserError);
  });

  it('goes on after a crash at any byte of the last row as if it had never been written', () => {
    writeRows(training.slice(0, 3));
    const whole = readFileSync(file);
    const before = whole.lastIndexOf('\n', whole.length - 2) + 1;
    for (let length = before; length < whole.length; length++) {
      writeFileSync(file, whole.subarray(0, length));
      // Only the newline missing: the row is whole.
      const survivors = length === whole.length - 1 ? 3 : 2;
      expect(readMetrics(file)).toHaveLength(survivors);
      writeRows(training.slice(survivors, 4));
      expect(readMetrics(file)).toEqual(training.slice(0, 4));
    }
  });
});

describe('readMetrics', () => {
  it('gives no rows for a missing or empty file', () => {
    expect(readMetrics(file)).toEqual([]);
    writeFileSync(file, '');
    expect(readMetrics(file)).toEqual([]);
  });

  it.each([
    'garbage',
    '{"step":1}',
    '{"stage":"a","step":"1"}',
    '',
    'null',
    '{"stage":"a","step":null}',
  ])('names the line of a bad row: %s', (bad) => {
    writeFileSync(file, `{"stage":"a","step":0}\n${bad}\n{"stage":"a","step":2}\n`);
    expect(() => readMetrics(file)).toThrow(`${file}:2: not a row of metrics`);
    expect(() => new MetricsWriter(file)).toThrow(UserError);
  });

  it('takes any row back unchanged', () => {
    const value = fc.jsonValue({ stringUnit: anyCharacter });
    fc.assert(
      fc.property(
        fc.array(
          fc.record({ stage: fc.string({ unit: anyCharacter }), step: fc.nat(), extra: value }),
          { maxLength: 5 },
        ),
        (rows) => {
          rmSync(file, { force: true });
          writeRows(rows as MetricsRow[]);
          expect(readMetrics(file)).toEqual(JSON.parse(JSON.stringify(rows)));
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('truncateMetrics', () => {
  it('cuts before the first row not kept, and keeps the bytes before', () => {
    writeFileSync(
      file,
      '{"step":1, "stage":"a"}\n{"stage":"b","step":2}\n{"stage":"a","step":3}\n',
    );
    expect(truncateMetrics(file, ({ stage }) => stage === 'a')).toBe(2);
    expect(readFileSync(file, 'utf8')).toBe('{"step":1, "stage":"a"}\n');
    expect(readdirSync(folder)).toEqual(['metrics.jsonl']);
  });

  it('leaves a missing file missing', () => {
    expect(truncateMetrics(file, () => false)).toBe(0);
    expect(existsSync(file)).toBe(false);
  });
});

describe('rewindMetrics', () => {
  const stages = ['prepretrain', 'transfer'];

  it('makes a resumed file equal one never interrupted, wherever the run stopped and resumes', () => {
    writeRows(training);
    const undisturbed = readFileSync(file);
    const position = (r: MetricsRow) => stages.indexOf(r.stage) * 1000 + r.step;
    for (const stage of stages) {
      for (const step of [0, 5, 10, 20, 25, 30, 40]) {
        for (let written = 0; written <= training.length; written++) {
          const resumed = position({ stage, step });
          const logged = training.slice(0, written);
          // A checkpoint cannot be ahead of the rows written before it.
          if (training.some((r, i) => i >= written && position(r) <= resumed)) continue;
          rmSync(file, { force: true });
          writeRows(logged);
          writeFileSync(file, `${readFileSync(file, 'utf8')}{"stage":"pre`);
          const removed = rewindMetrics(file, { stage, step }, stages);
          expect(removed).toBe(logged.filter((r) => position(r) > resumed).length);
          writeRows(training.filter((r) => position(r) > resumed));
          expect(readFileSync(file).equals(undisturbed)).toBe(true);
        }
      }
    }
  });

  it('refuses a file with rows of a stage the run does not have', () => {
    writeRows(training);
    const error = () => rewindMetrics(file, { stage: 'transfer', step: 0 }, ['transfer']);
    expect(error).toThrow(/no stage "prepretrain"/);
    expect(readMetrics(file)).toHaveLength(training.length);
  });
});
