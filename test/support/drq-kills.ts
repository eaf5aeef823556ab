// Arms races that are killed at an operation on files, gone on with, and held against one that was not.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { runInProcess, withFolder } from './command-line.ts';
import { type DiskFault, type KillKind, startWithFault } from './disk-faults.ts';
import { REPLIES, type RecordedRequest, type ScriptedReply } from './language-model-server.ts';

/** A race of two rounds and some forty candidates. */
export const SMALL_RACE = [
  'drq',
  'drq-tiny',
  '--rounds',
  '2',
  '--iterations',
  '6',
  '--seed',
  '3',
  '--out',
  'run',
  '--set',
  'simulations=1',
  'core.setting=tiny',
  'newAtStart=4',
  'inFlight=3',
];

/** The same race with a language model. */
export function askModel(baseUrl: string): readonly string[] {
  return [...SMALL_RACE.slice(0, 2), '--base-url', baseUrl, ...SMALL_RACE.slice(2)];
}

/** Redcode that depends on the question and on nothing else. */
export function answerWarrior({ text }: RecordedRequest): ScriptedReply {
  const step = 1 + (text.length % 19);
  return REPLIES.text(
    `\`\`\`redcode\n;name Bomber ${step}\nadd.ab #${step}, $3\nmov.i $2, @2\njmp $-2\ndat 0, 0\n\`\`\``,
  );
}

/** What a run must have in common with every other of its recipe and seed. */
export type RaceFiles = {
  /** Every file and folder, by its path. */
  readonly names: readonly string[];
  /** By path: the bytes, or where a file holds times or usage, what must be equal in it. */
  readonly contents: Readonly<Record<string, unknown>>;
};

/** Reads a finished run. */
export function readRace(directory: string): RaceFiles {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort();
  const contents = names
    .filter((name) => statSync(path.join(directory, name)).isFile())
    .map((name) => [name, comparable(name, readFileSync(path.join(directory, name), 'utf8'))]);
  return { names, contents: Object.fromEntries(contents) };
}

function comparable(name: string, text: string): unknown {
  if (name === 'report.html') return text.includes('The last champion');
  if (name === 'provenance.json') return Object.keys(JSON.parse(text));
  if (name === 'usage.json') {
    const { model } = JSON.parse(text);
    return [model.completions, model.inputTokens, model.outputTokens];
  }
  if (name === 'summary.json') {
    const { seconds: _, calls, unanswered, ...rest } = JSON.parse(text);
    return { ...rest, answeredCalls: calls - unanswered };
  }
  if (name.startsWith('answers')) {
    const { spent: _, checksum: __, ...rest } = JSON.parse(text);
    return rest;
  }
  return text;
}

export type Killing = {
  readonly args: readonly string[];
  /** For a language model. */
  readonly env?: Readonly<Record<string, string>>;
};

/** Runs undisturbed. Returns the files and the number of operations on files that it took. */
export async function runUndisturbed(
  killing: Killing,
): Promise<RaceFiles & { readonly operations: readonly string[] }> {
  return withFolder(async (folder) => {
    const log = path.join(folder, 'operations.txt');
    const { code, stderr } = await start(killing, folder, { log });
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const operations = readFileSync(log, 'utf8').trim().split('\n');
    return { ...readRace(path.join(folder, 'run')), operations };
  });
}

/** Runs to a disk that is full from an operation (from 1) on. Returns the error, and the names in the working folder. */
export async function starve(killing: Killing, at: number): Promise<[string, readonly string[]]> {
  return withFolder(async (folder) => {
    const { code, stderr } = await start(killing, folder, { at, kind: 'ENOSPC' });
    expect(code).toBe(1);
    return [stderr, readdirSync(folder, { recursive: true, encoding: 'utf8' })];
  });
}

function start({ args, env }: Killing, folder: string, fault: Omit<DiskFault, 'under'>) {
  return startWithFault(args, folder, { ...fault, under: path.join(folder, 'run') }, env);
}

/**
 * Runs, is killed at an operation (from 1), and is resumed, or begun again with the same command where nothing had
 * been done.
 */
export async function killAndResume(
  killing: Killing,
  at: number,
  kind: KillKind,
): Promise<RaceFiles & { readonly began: boolean }> {
  return withFolder(async (folder) => {
    const { signal } = await start(killing, folder, { at, kind });
    expect(signal, `operation ${at}`).toBe('SIGKILL');
    const resumed = await runInProcess(['drq', 'resume', 'run'], { cwd: folder });
    const began = resumed.code === 0;
    if (!began) {
      expect(resumed.stderr).toMatch(/was stopped before it began|holds no run/);
      const again = await runInProcess(killing.args, { cwd: folder });
      expect(again.stderr).toBe('');
      expect(again.code).toBe(0);
    }
    return { ...readRace(path.join(folder, 'run')), began };
  });
}
