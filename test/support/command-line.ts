// Runs the built command line as a user does, and folders to run it in.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { mergeOverlays, type Overlay } from '../../src/run/load-recipe.ts';

export const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const COMMAND_LINE = new URL('../../dist/cli/run-command-line.js', import.meta.url).href;

export type Finished = {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
};

/** Starts `primordia ...args`; `onLine` sees each line of standard output as it comes. */
export function startCommand(
  args: readonly string[],
  options: {
    cwd?: string;
    /** Added to the environment; null takes a variable away. */
    env?: Readonly<Record<string, string | null>>;
    onLine?: (line: string, child: ChildProcess) => void;
    onStart?: (child: ChildProcess) => void;
  } = {},
): Promise<Finished> {
  const env: NodeJS.ProcessEnv = { ...process.env };
  for (const [name, value] of Object.entries(options.env ?? {})) {
    if (value === null) delete env[name];
    else env[name] = value;
  }
  const child = spawn(process.execPath, [MAIN, ...args], { cwd: options.cwd, env });
  options.onStart?.(child);
  return new Promise((resolve, reject) => {
    let stdout = '';
    let stderr = '';
    let rest = '';
    child.stdout.setEncoding('utf8').on('data', (data: string) => {
      stdout += data;
      const lines = (rest + data).split('\n');
      rest = lines.pop()!;
      for (const line of lines) options.onLine?.(line, child);
    });
    child.stderr.setEncoding('utf8').on('data', (data: string) => {
      stderr += data;
    });
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

/** Runs a program in Node, as a module of this package's folder: it may import `primordia/…`. */
export function runInNode(code: string): Pick<Finished, 'code' | 'stdout' | 'stderr'> {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', code],
    { cwd: fileURLToPath(new URL('../..', import.meta.url)), encoding: 'utf8' },
  );
  return { code: status, stdout, stderr };
}

/**
 * Runs `primordia ...args` in this process, which saves starting one: for commands that do not depend on being a process
 * of their own. Calls wait for one another: standard output and the working folder are the process's.
 */
export function runInProcess(
  args: readonly string[],
  options: InProcessOptions = {},
): Promise<Finished> {
  const finished = lastInProcess.then(() => runAlone(args, options));
  lastInProcess = finished.catch(() => undefined);
  return finished;
}

type InProcessOptions = {
  cwd?: string;
  /** Sees each line of standard output as it comes; the command waits for it. */
  onLine?: (line: string) => void;
};

let lastInProcess: Promise<unknown> = Promise.resolve();

async function runAlone(args: readonly string[], options: InProcessOptions): Promise<Finished> {
  const { runCommandLine } = await import(COMMAND_LINE);
  const before = { folder: process.cwd(), argv: process.argv };
  const written = { stdout: '', stderr: '' };
  const restore = (['stdout', 'stderr'] as const).map((name) => {
    const stream = process[name];
    const write = stream.write;
    stream.write = (data: string | Uint8Array, ...rest: unknown[]): boolean => {
      const before = written[name].lastIndexOf('\n') + 1;
      written[name] += typeof data === 'string' ? data : Buffer.from(data).toString();
      if (name === 'stdout') {
        for (const line of written[name].slice(before).split('\n').slice(0, -1)) {
          options.onLine?.(line);
        }
      }
      const done = rest.at(-1);
      if (typeof done === 'function') done();
      return true;
    };
    return () => {
      stream.write = write;
    };
  });
  try {
    if (options.cwd !== undefined) process.chdir(options.cwd);
    process.argv = [process.execPath, MAIN, ...args];
    const code: number = await runCommandLine(process.argv);
    return { code, signal: null, ...written };
  } finally {
    process.chdir(before.folder);
    process.argv = before.argv;
    for (const undo of restore) undo();
  }
}

/** A folder that is removed when `body` ends. */
export async function withFolder<T>(body: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(path.join(tmpdir(), 'primordia-test-'));
  try {
    return await body(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** English-like text of some length, the same every time. */
export function writeStory(file: string, paragraphs: number): void {
  const words = 'the rain falls on a small town and nobody there minds it much anymore'.split(' ');
  const text = Array.from({ length: paragraphs }, (_, p) =>
    Array.from({ length: 40 }, (_, w) => words[(p * 7 + w * w + w * p) % words.length]).join(' '),
  ).join('.\n\n');
  writeFileSync(file, text);
}

/** The sentences of a story as records: JSON lines and a table, with the fields `text` and `title`. */
export function writeStoryRecords(file: string, story: string): void {
  const records = story.split('.').map((text) => ({ text, title: text.slice(40) }));
  writeFileSync(`${file}.jsonl`, records.map((record) => JSON.stringify(record)).join('\n'));
  const rows = records.map(({ text, title }) => `"${text}","${title}"`);
  writeFileSync(`${file}.csv`, `text,title\n${rows.join('\n')}\n`);
}

/** A run of a few seconds that has everything: source stage, gate, transfer, text, dropout, accumulation. */
export const TINY_RECIPE = {
  name: 'tiny',
  model: { kind: 'llama', hiddenSize: 32, layers: 2, heads: 2, attentionDropout: 0.1 },
  stages: {
    source: {
      data: { kind: 'nca', colors: 2, grid: 4, band: { kind: 'none' } },
      contextLength: 47,
      batchSize: 8,
      accumulate: 2,
      steps: 12,
      evaluateEvery: 6,
      heldOutSequences: 16,
    },
    text: {
      data: { kind: 'text', corpus: { files: ['story.txt'] }, evaluationTokens: 512 },
      contextLength: 32,
      batchSize: 4,
      steps: 12,
      evaluateEvery: 5,
      start: {
        keep: { modules: ['attention', 'norms'] },
        freeze: { modules: ['key'], layers: [0, 0] },
      },
    },
  },
  checkpoint: { everySteps: 4, keepLast: 2 },
  // On graphs this small a second thread only waits.
  engine: { threads: 1 },
} as const;

/** Writes the recipe, changed as an overlay would, and its text into a folder. */
export function writeTinyProject(folder: string, changes: Overlay = {}): void {
  writeFileSync(
    path.join(folder, 'tiny.json'),
    JSON.stringify(mergeOverlays(TINY_RECIPE, changes)),
  );
  writeStory(path.join(folder, 'story.txt'), 200);
}
