import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  collectProvenance,
  describeCommand,
  readCommit,
  recordDevice,
  recordResumed,
} from './provenance.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'provenance-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('collectProvenance', () => {
  it('has the versions, the machine and the date', () => {
    const packageJson = JSON.parse(readFileSync('package.json', 'utf8'));
    const provenance = collectProvenance({
      date: new Date(0),
      argv: ['/bin/node', '/x/primordia'],
    });
    expect(provenance.versions).toEqual({
      primordia: packageJson.version,
      node: process.versions.node,
      onnxruntime: packageJson.optionalDependencies['onnxruntime-node'],
    });
    expect(provenance.date).toBe('1970-01-01T00:00:00.000Z');
    expect(provenance.command).toEqual(['primordia']);
    expect(provenance.machine.cores).toBeGreaterThan(0);
    expect(provenance.machine.memory).toBe(os.totalmem());
    expect(provenance.machine.platform).toBe(process.platform);
  });

  it('tells nothing of the person or the place', () => {
    const home = os.homedir();
    const text = JSON.stringify(
      collectProvenance({
        argv: [process.execPath, path.join(home, 'primordia'), path.join(process.cwd(), 'runs')],
      }),
    );
    for (const secret of [os.hostname(), process.cwd(), process.execPath]) {
      expect(text).not.toContain(JSON.stringify(secret).slice(1, -1));
    }
    expect(text).toContain(path.join('.', '/', 'runs').slice(1));
  });
});

describe('describeCommand', () => {
  it('leaves out node, the script’s folder, the working folder and the home folder', () => {
    const argv = ['/usr/bin/node', '/opt/p/dist/cli/main.js', 'train', '/home/ann/lab/r.ts'];
    const more = ['--out=/home/ann/runs', '/home/annabel/x', '/home/ann', 'a/home/ann'];
    expect(describeCommand([...argv, ...more], '/home/ann/lab', '/home/ann')).toEqual([
      'main.js',
      'train',
      './r.ts',
      '--out=~/runs',
      '/home/annabel/x',
      '~',
      'a/home/ann',
    ]);
  });

  it('changes nothing when the working folder is the root', () => {
    expect(describeCommand(['node', 'x', '/tmp/a'], '/', '/')).toEqual(['x', '/tmp/a']);
    expect(describeCommand(['node'], '/', '/')).toEqual(['node']);
  });
});

describe('readCommit', () => {
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();

  it('gives the commit, and whether the files differ from it', () => {
    git('init', '-q');
    writeFileSync(path.join(folder, 'a'), '1');
    git('add', 'a');
    git('-c', 'commit.gpgsign=false', 'commit', '-q', '-m', 'a');
    const commit = git('rev-parse', 'HEAD');
    expect(commit).toMatch(/^[0-9a-f]{40}$/);
    expect(readCommit(folder)).toEqual({ commit, modified: false });
    writeFileSync(path.join(folder, 'a'), '2');
    expect(readCommit(folder)).toEqual({ commit, modified: true });
    // A package installed inside a checkout is not that checkout.
    mkdirSync(path.join(folder, 'node_modules'));
    expect(readCommit(path.join(folder, 'node_modules'))).toBeNull();
  });

  it('is null outside git and in a checkout without a commit', () => {
    expect(readCommit(folder)).toBeNull();
    git('init', '-q');
    expect(readCommit(folder)).toBeNull();
  });
});

describe('recordDevice', () => {
  it('notes what computes, once in a row, without folders, and says what did before', () => {
    const file = path.join(folder, 'provenance.json');
    expect(recordDevice(file, 'cpu')).toBeNull();
    expect(existsSync(file)).toBe(false);
    writeFileSync(file, JSON.stringify({ x: 1 }));
    expect(recordDevice(file, 'cpu')).toBeNull();
    expect(recordDevice(file, 'cpu')).toBeNull();
    expect(recordDevice(file, 'xla:/home/some/body/plugin.so')).toBe('cpu');
    expect(recordDevice(file, 'xla:cpu')).toBe('xla:plugin.so');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
      x: 1,
      devices: ['cpu', 'xla:plugin.so', 'xla:cpu'],
    });
    writeFileSync(file, JSON.stringify({ devices: 'by hand' }));
    expect(recordDevice(file, 'cpu')).toBeNull();
  });
});

describe('recordResumed', () => {
  const other = { commit: 'c0ffee', modified: false };
  const own = collectProvenance().source;
  it.each<[string, unknown, unknown]>([
    ['code of one commit is not noted again', { source: own }, { source: own }],
    ['another commit is', { source: other, x: 1 }, { source: other, x: 1, resumedFrom: [own] }],
    ['once', { source: other, resumedFrom: [own] }, { source: other, resumedFrom: [own] }],
    ['what was changed by hand is no obstacle', { source: own, resumedFrom: 3 }, null],
  ])('%s', (_, before, after) => {
    const file = path.join(folder, 'provenance.json');
    writeFileSync(file, JSON.stringify(before));
    recordResumed(file);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(after ?? before);
  });
});
