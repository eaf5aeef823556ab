import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { arrayOf, UserError } from '../core/index.ts';
import {
  checkpointName,
  findLatestCheckpoint,
  listCheckpoints,
  readCheckpoint,
  rewindCheckpoints,
  saveCheckpoint,
} from './checkpoint.ts';

let directory: string;
beforeEach(() => {
  directory = path.join(mkdtempSync(path.join(os.tmpdir(), 'checkpoint-')), 'checkpoints');
});
afterEach(() => rmSync(path.dirname(directory), { recursive: true }));

const save = (step: number, keepLast?: number) =>
  saveCheckpoint({
    directory,
    step,
    files: [{ name: 'state.json', content: `{"step":${step}}` }],
    ...(keepLast === undefined ? {} : { keepLast }),
  });
const folderOf = (step: number) => path.join(directory, checkpointName(step));
const steps = () => listCheckpoints(directory).map(({ step }) => step);

describe('saveCheckpoint', () => {
  it('makes the same bytes every time', () => {
    const files = [
      { name: 'a', content: 'x' },
      { name: 'w', content: { tensors: { w: arrayOf('float32', [2], [1, 2]) } } },
    ];
    saveCheckpoint({ directory, step: 1, files });
    const read = () =>
      readdirSync(folderOf(1)).map((name) => readFileSync(path.join(folderOf(1), name), 'hex'));
    const first = read();
    saveCheckpoint({ directory, step: 1, files });
    expect(read()).toEqual(first);
  });

  it('replaces a checkpoint of the same step, and nothing is left beside it', () => {
    save(1);
    const files = [{ name: 'other', content: 'y' }];
    saveCheckpoint({ directory, step: 1, files });
    expect(readdirSync(folderOf(1)).sort()).toEqual(['checkpoint.json', 'other']);
    expect(readdirSync(directory)).toEqual(['step-00000001']);
  });

  it('keeps the last n', () => {
    for (const step of [10, 20, 30]) expect(save(step, 2).removed.length).toBe(step === 30 ? 1 : 0);
    expect(steps()).toEqual([20, 30]);
    save(40);
    expect(steps()).toEqual([20, 30, 40]);
    expect(save(50, 1).removed).toEqual([folderOf(20), folderOf(30), folderOf(40)]);
    expect(steps()).toEqual([50]);
  });

  it('does not let damaged or later checkpoints push out good ones', () => {
    for (const step of [10, 20, 30, 90]) save(step);
    truncateSync(path.join(folderOf(30), 'state.json'), 2);
    save(40, 2);
    expect(steps()).toEqual([20, 40, 90]);
  });

  it('clears up after a save that died', () => {
    mkdirSync(`${folderOf(5)}.tmp-${2 ** 30}`, { recursive: true });
    save(6);
    expect(readdirSync(directory)).toEqual(['step-00000006']);
  });

  it.each(['', '/etc/passwd', '../up', 'a/../b', 'a//b', '.hidden', 'a\\b', 'a b', 'a/'])(
    'refuses the file name %j',
    (name) => {
      const bad = () => saveCheckpoint({ directory, step: 1, files: [{ name, content: '' }] });
      expect(bad).toThrow(/not a plain relative path/);
      expect(existsSync(directory)).toBe(false);
    },
  );

  it('refuses names that are taken, and bad numbers', () => {
    const named = (...names: string[]) => names.map((name) => ({ name, content: '' }));
    const bad = (step: number, files: { name: string; content: string }[], keepLast = 1) =>
      expect(() => saveCheckpoint({ directory, step, files, keepLast }));
    bad(1, named('a', 'A')).toThrow(/A is taken/);
    bad(1, named('checkpoint.json')).toThrow(/taken/);
    bad(1.5, []).toThrow(UserError);
    bad(-1, []).toThrow(UserError);
    bad(1, [], 0).toThrow(/keepLast/);
  });

  it('passes an error of a writer on and leaves no trace', () => {
    save(1);
    const content = () => {
      throw new RangeError('mine');
    };
    const files = [
      { name: 'a', content: 'fine' },
      { name: 'b', content },
    ];
    expect(() => saveCheckpoint({ directory, step: 2, files })).toThrow(RangeError);
    expect(readdirSync(directory)).toEqual(['step-00000001']);
  });
});

describe('listCheckpoints', () => {
  it('lists by number and ignores everything else', () => {
    expect(steps()).toEqual([]);
    for (const step of [123456789, 7, 99999999, 100]) save(step);
    mkdirSync(path.join(directory, 'step-1'));
    mkdirSync(path.join(directory, 'step-00000300.tmp-1'));
    mkdirSync(path.join(directory, 'best'));
    expect(steps()).toEqual([7, 100, 99999999, 123456789]);
  });
});

describe('findLatestCheckpoint', () => {
  it('finds nothing in a missing folder', () => {
    expect(findLatestCheckpoint(directory)).toEqual({ checkpoint: null, warnings: [] });
  });

  it.each<[string, RegExp, (folder: string) => void]>([
    [
      'a short file',
      /state.json has 3 bytes instead of 10/,
      (f) => truncateSync(path.join(f, 'state.json'), 3),
    ],
    ['a missing file', /state.json is missing/, (f) => rmSync(path.join(f, 'state.json'))],
    [
      'no manifest',
      /checkpoint.json cannot be read/,
      (f) => rmSync(path.join(f, 'checkpoint.json')),
    ],
    [
      'a torn manifest',
      /checkpoint.json is not JSON/,
      (f) => truncateSync(path.join(f, 'checkpoint.json'), 30),
    ],
    [
      'an empty manifest',
      /checkpoint.json is not JSON/,
      (f) => truncateSync(path.join(f, 'checkpoint.json'), 0),
    ],
    [
      'another manifest',
      /checkpoint.json: format/,
      (f) => writeFileSync(path.join(f, 'checkpoint.json'), '{}'),
    ],
  ])('passes over a newest one with %s, with a warning', (_, warning, damage) => {
    save(1);
    save(2);
    damage(folderOf(2));
    const { checkpoint, warnings } = findLatestCheckpoint(directory);
    expect(checkpoint?.step).toBe(1);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(warning);
    expect(warnings[0]).toContain(folderOf(2));
  });

  it('finds changed bytes of the same size when hashes are asked for', () => {
    save(1);
    save(2);
    writeFileSync(path.join(folderOf(2), 'state.json'), '{"step":3}');
    expect(findLatestCheckpoint(directory).checkpoint?.step).toBe(2);
    const { checkpoint, warnings } = findLatestCheckpoint(directory, { hashes: true });
    expect(checkpoint?.step).toBe(1);
    expect(warnings[0]).toMatch(/state.json has changed since/);
  });

  it('has a warning for each when all are damaged', () => {
    for (const step of [1, 2, 3]) {
      save(step);
      appendFileSync(path.join(folderOf(step), 'state.json'), ' ');
    }
    const { checkpoint, warnings } = findLatestCheckpoint(directory);
    expect(checkpoint).toBeNull();
    expect(warnings).toHaveLength(3);
  });

  it('takes one that was moved aside and never replaced, until the next save restores it', () => {
    save(1);
    save(2);
    renameSync(folderOf(2), `${folderOf(2)}.old-${2 ** 30}`);
    const { checkpoint, warnings } = findLatestCheckpoint(directory, { hashes: true });
    expect([checkpoint?.step, warnings]).toEqual([2, []]);
    save(3);
    expect(readdirSync(directory)).toEqual([1, 2, 3].map(checkpointName));
  });
});

describe('readCheckpoint', () => {
  it('refuses a folder whose name and manifest disagree', () => {
    save(1);
    renameSync(folderOf(1), folderOf(9));
    expect(() => readCheckpoint(folderOf(9))).toThrow(/its manifest says step 1/);
    // Copied out of the run, a checkpoint may have any name.
    renameSync(folderOf(9), path.join(directory, 'best'));
    expect(readCheckpoint(path.join(directory, 'best'), { hashes: true }).step).toBe(1);
  });

  it('does not look outside the folder, whatever the manifest lists', () => {
    save(1);
    const file = path.join(folderOf(1), 'checkpoint.json');
    // Those of version 1 have no hash of themselves.
    const { sha256: _, ...manifest } = JSON.parse(readFileSync(file, 'utf8'));
    const text = JSON.stringify({ ...manifest, version: 1 });
    writeFileSync(file, text);
    expect(readCheckpoint(folderOf(1)).step).toBe(1);
    writeFileSync(file, text.replace('"state.json"', '"../../secret"'));
    expect(() => readCheckpoint(folderOf(1))).toThrow(/lists "..\/..\/secret"/);
  });
});

describe('rewindCheckpoints', () => {
  it('removes the later ones, whole or damaged', () => {
    for (const step of [10, 20, 30]) save(step);
    rmSync(path.join(folderOf(30), 'checkpoint.json'));
    expect(rewindCheckpoints(directory, 10)).toEqual([folderOf(30), folderOf(20)]);
    expect(readdirSync(directory)).toEqual([checkpointName(10)]);
    expect(rewindCheckpoints(directory, 10)).toEqual([]);
  });
});
