import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lockRunFolder } from '../run-folder.ts';
import { planStudy } from './plan-study.ts';
import { isStudyFolder, jobDirectory, openStudyFolder, readStudy } from './study-folder.ts';
import { parseStudy, type StudyInput } from './study-recipe.ts';

let directory: string;
beforeEach(() => {
  directory = path.join(mkdtempSync(path.join(tmpdir(), 'primordia-')), 'study');
});
afterEach(() => rmSync(path.dirname(directory), { recursive: true, force: true }));

const PLAIN: StudyInput = {
  name: 's',
  seeds: [0],
  base: { text: { steps: 3 } },
  arms: { scratch: {} },
};

function open(changes: object = {}) {
  const study = parseStudy({ ...PLAIN, ...changes }, 's');
  const jobs = planStudy(study, directory);
  openStudyFolder(study, jobs, directory).release();
  return jobs;
}

/** Leaves every run's recipe there, as if it had begun. */
function begin(jobs: ReturnType<typeof open>) {
  for (const job of jobs) {
    mkdirSync(jobDirectory(directory, job), { recursive: true });
    const file = path.join(jobDirectory(directory, job), 'recipe.json');
    writeFileSync(file, JSON.stringify(job.recipe));
  }
}

describe('openStudyFolder', () => {
  test('writes a study that can be read back', () => {
    open();
    expect(isStudyFolder(directory)).toBe(true);
    expect(readStudy(directory)).toEqual(parseStudy(PLAIN, 's'));
  });

  test('grows by seeds, arms and corpora, and drops the summary of what was complete', () => {
    begin(open());
    writeFileSync(path.join(directory, 'summary.json'), '{}');
    const grown = {
      seeds: [0, 1],
      sources: { nca: {} },
      base: { source: {}, text: { steps: 3 } },
      arms: { scratch: {}, nca: { from: 'nca' } },
      corpora: { text: {}, code: { corpus: { files: ['b.txt'] } } },
    };
    open(grown);
    expect(readStudy(directory)).toMatchObject(grown);
    expect(existsSync(path.join(directory, 'summary.json'))).toBe(false);
  });

  test('refuses runs under another recipe, and changes nothing', () => {
    begin(open());
    expect(() => open({ base: { text: { steps: 4 } } })).toThrow(
      /arms\/text\/scratch\/seed-0 was run under another recipe/,
    );
    expect(readStudy(directory)).toEqual(parseStudy(PLAIN, 's'));
  });

  test('refuses to shrink: runs that lie there would vanish from the report', () => {
    begin(open({ seeds: [0, 1], corpora: { web: {}, code: {} } }));
    expect(() => open({ seeds: [0, 1, 2], corpora: { web: {} } })).toThrow(
      /arms\/code\/scratch\/seed-0 has been run, and the study now has no such run/,
    );
    expect(() => open({ seeds: [1], corpora: { web: {}, code: {} } })).toThrow(
      /seed-0 has been run/,
    );
  });

  test('refuses arms that began with another source than now', () => {
    const base = { source: { steps: 5 }, text: { steps: 3 } };
    const sources = { nca: {}, long: { source: { steps: 9 } } };
    const arms = { scratch: {}, mine: { from: 'nca' } };
    begin(open({ base, sources, arms }));
    const other = /mine\/seed-0 was run under another recipe, or from another source/;
    rmSync(path.join(directory, 'sources'), { recursive: true });
    expect(() => open({ base, sources: { nca: { source: { steps: 6 } } }, arms })).toThrow(other);
    const elsewhere = { ...arms, mine: { from: 'long' } };
    expect(() => open({ base, sources, arms: elsewhere })).toThrow(other);
    expect(() => open({ base, sources, arms })).not.toThrow();
  });

  test('takes the same runs in another place, or with other threads', () => {
    begin(open());
    expect(() => open({ base: { text: { steps: 3 }, engine: { threads: 1 } } })).not.toThrow();
  });

  test('refuses a folder with a run, with other things, or in use', () => {
    mkdirSync(directory, { recursive: true });
    writeFileSync(path.join(directory, 'diary.txt'), 'mine');
    expect(() => open()).toThrow('not empty');
    rmSync(path.join(directory, 'diary.txt'));
    writeFileSync(path.join(directory, 'recipe.json'), '{}');
    expect(() => open()).toThrow('holds a run already');
    rmSync(path.join(directory, 'recipe.json'));
    open();
    const lock = lockRunFolder(directory);
    writeFileSync(path.join(directory, 'summary.json'), '{}');
    expect(() => open({ seeds: [1] })).toThrow('is being written by process');
    expect(readStudy(directory).seeds).toEqual([0]);
    expect(existsSync(path.join(directory, 'summary.json'))).toBe(true);
    lock.release();
  });
});
