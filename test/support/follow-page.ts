// A page of documentation as a reader follows it: in an empty folder its files are written and its commands run, in order,
// shortened as those of the README are.

import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { typeCommand } from './command-examples.ts';
import { runInProcess } from './command-line.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export type Step =
  | { readonly kind: 'file'; readonly name: string; readonly text: string }
  | { readonly kind: 'command'; readonly line: string };

/** The files and commands of a page, in order: fenced blocks with a title, and lines of blocks of `sh`. */
export function listSteps(page: string): Step[] {
  const blocks = page.matchAll(/^```(\w+)(?: title="([^"]+)")?\n([\s\S]*?)^```$/gm);
  return [...blocks].flatMap(([, language, title, text]): Step[] => {
    if (title !== undefined) return [{ kind: 'file', name: title, text: text! }];
    if (language !== 'sh') return [];
    const lines = text!
      .replaceAll(/\\\n\s*/g, '')
      .trim()
      .split('\n');
    return lines.map((line) => ({ kind: 'command', line }));
  });
}

export type FollowOptions = {
  /** A command as it is run instead; null where it cannot be run here. */
  readonly change?: (line: string) => string | null;
  /** Whether commands are run as they are typed, not with less of everything. */
  readonly whole?: boolean;
  /** Python that has what the page's programs import; null where there is none. */
  readonly python?: string | null;
};

/** What a command printed. */
export type Followed = { readonly line: string; readonly stdout: string };

/**
 * Follows a page in a folder, in which the package is there as if it had been installed.
 *
 * @returns what the commands printed that were run
 * @throws where a command fails, or is of a kind that this does not know
 */
export async function followPage(
  page: string,
  folder: string,
  { change = (line) => line, whole = false, python = null }: FollowOptions = {},
): Promise<Followed[]> {
  const packages = path.join(folder, 'node_modules');
  mkdirSync(packages, { recursive: true });
  for (const [name, target] of [
    ['primordia', ROOT],
    ['zod', path.join(ROOT, 'node_modules/zod')],
  ] as const) {
    symlinkSync(target, path.join(packages, name), 'junction');
  }
  // As `npm init` leaves it, but for its type: warnings of Node about that are not ours.
  writeFileSync(path.join(folder, 'package.json'), '{"type":"module"}');
  const followed: Followed[] = [];
  for (const step of listSteps(page)) {
    if (step.kind === 'file') {
      writeFileSync(path.join(folder, step.name), step.text);
      continue;
    }
    const line = change(step.line);
    if (line === null) continue;
    const [program, ...args] = line.split(' ');
    const run = (file: string) =>
      execFileSync(file, args, { cwd: folder, encoding: 'utf8', timeout: 120_000 });
    if (program === 'npx' && args[0] === 'primordia') {
      const { code, stdout, stderr } = whole
        ? await runInProcess(args.slice(1), { cwd: folder })
        : await typeCommand(args.slice(1).join(' '), folder);
      if (code !== 0 || stderr !== '') throw new Error(`${line} ended with ${code}: ${stderr}`);
      followed.push({ line: step.line, stdout });
    } else if (program === 'node')
      followed.push({ line: step.line, stdout: run(process.execPath) });
    else if (program === 'python3') {
      if (python !== null) followed.push({ line: step.line, stdout: run(python) });
    } else throw new Error(`a page says to type '${line}', which its test cannot`);
  }
  return followed;
}
