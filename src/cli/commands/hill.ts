// `primordia hill`: every warrior of a folder fights every other one; others challenge the hill.

import path from 'node:path';
import type { Command } from 'commander';
import {
  type ClimbResult,
  climbHill,
  createBattlePool,
  formatHill,
  type HillRow,
  readHill,
  readWarrior,
  readWarriorFolder,
} from '../../arena/index.ts';
import { UserError } from '../../core/index.ts';
import type { SettingName } from '../../corewar/index.ts';
import { requireWritable } from '../../files/index.ts';
import {
  addCommonOptions,
  type CommonOptions,
  parseInteger,
  parsePositiveInteger,
} from '../common-options.ts';
import { assemblyRules, parseSetting } from '../core-options.ts';
import { runUntilStopped } from '../interrupt.ts';
import { describeNext } from '../next-commands.ts';
import { createOutput } from '../output.ts';
import { createWorkProgress } from '../progress/work-progress.ts';
import { writeText } from '../write-text.ts';

type HillFlags = CommonOptions & {
  readonly setting?: SettingName;
  readonly rounds?: number;
  readonly seed?: number;
  readonly out: string;
  readonly html?: string;
  readonly add?: string;
  readonly size?: number;
  readonly workers?: number;
};

const DEFAULT_SETTING = '94nop';
const DEFAULT_ROUNDS = 100;

export function addHill(program: Command, exit: (code: number) => void): void {
  const hill = program
    .command('hill')
    .description('play a round robin over a folder of warriors, and challenges to it')
    .argument('[folder]', 'folder of .red files (default: the warriors of the hill)')
    .option(
      '--setting <name>',
      `94nop, 94, 94x, icws, tiny, nano or 88 (default: ${DEFAULT_SETTING})`,
      parseSetting,
    )
    .option('--rounds <n>', `rounds per pair (default: ${DEFAULT_ROUNDS})`, parsePositiveInteger)
    .option('--seed <n>', 'random seed of the positions (default: 0)', parseInteger)
    .option('--out <file>', 'file of the hill, which keeps every result', 'hill.json')
    .option('--html <file>', 'the hill as a page for a browser: table, who beats whom, cycles')
    .option('--add <warrior>', 'a file that challenges the hill')
    .option(
      '--size <n>',
      'places on the hill: a challenge pushes the lowest off',
      parsePositiveInteger,
    )
    .option('--workers <n>', 'threads (default: one per processor)', parsePositiveInteger)
    .addHelpText(
      'after',
      `
Ctrl-C stops; the same command resumes. %W %L %T are shares of all rounds, the score is 3 %W + %T.
A hill keeps its setting, rounds and seed: options may be left out when it is resumed.

Examples:
  primordia hill warriors/ --rounds 20
  primordia hill warriors/ --setting 88 --out hill-88.json
  primordia hill warriors/ --html hill.html > table.txt
  primordia hill --out hill.json --add mine.red --size 20`,
    );
  addCommonOptions(hill).action(async (folder: string | undefined, flags: HillFlags) => {
    exit(await runHillCommand(folder, flags));
  });
}

async function runHillCommand(folder: string | undefined, flags: HillFlags): Promise<number> {
  const output = createOutput(flags);
  // Standard output has only the result: `primordia hill … > table.txt` writes the table.
  const status = createOutput({}, process.stderr);
  const stored = readHill(flags.out);
  const setting = flags.setting ?? (stored ? parseSetting(stored.rules.setting) : DEFAULT_SETTING);
  const assembly = assemblyRules({ setting });
  const rules = {
    setting,
    settings: assembly.settings,
    rounds: flags.rounds ?? stored?.rules.rounds ?? DEFAULT_ROUNDS,
    seed: flags.seed ?? stored?.rules.seed ?? 0,
  };
  const reading = { ...assembly, warriors: 2, rounds: rules.rounds };
  if (flags.size !== undefined && flags.add === undefined) {
    throw new UserError('--size has no effect without a challenge', {
      hint: 'give --add',
    });
  }
  if (flags.html !== undefined && path.resolve(flags.html) === path.resolve(flags.out)) {
    throw new UserError(`${flags.html} is the hill itself`, {
      hint: 'name another file with --html',
    });
  }
  // Before anything is played: a round robin may take hours.
  if (flags.html !== undefined) requireWritable(flags.html);
  const challenger = flags.add === undefined ? null : readWarrior(flags.add, reading);
  for (const line of challenger?.diagnostics ?? []) writeText(process.stderr, `${line}\n`);
  const members = folder === undefined ? null : readWarriorFolder(folder, reading);
  const pool = createBattlePool(flags.workers === undefined ? {} : { workers: flags.workers });
  try {
    return await runUntilStopped(
      async (signal) => {
        const result = await climbHill({
          file: flags.out,
          rules,
          members,
          challenger,
          size: flags.size ?? Number.POSITIVE_INFINITY,
          pool,
          signal,
          onProgress: createWorkProgress(status, 'pairs'),
        });
        status.clear();
        if (!flags.json) for (const line of describeChanges(result)) status.say(line);
        output.result(toJson(flags, result), formatHill(result.rows));
        // After the table, which must not be lost if the page cannot be written.
        await writePage(flags);
        if (!flags.json) status.say(describePage(flags));
        return 0;
      },
      () => {
        status.say(`stopped; ${flags.out} is saved, and the same command resumes`);
        output.event({ stopped: true, hill: flags.out });
      },
    );
  } finally {
    status.clear();
    await pool.close();
  }
}

async function writePage({ out, html }: HillFlags): Promise<void> {
  if (html === undefined) return;
  const { writeHillReport } = await import('../../report/index.ts');
  writeHillReport(out, html);
}

function describePage({ out, html }: HillFlags): string {
  return html === undefined ? describeNext(out, ['reportHill']) : `page: ${html}`;
}

/** Warriors that are not in the table: those left out, and those pushed off. */
function describeChanges({ pushedOff, leftOut }: ClimbResult): string[] {
  return [
    // Messages of the assembler name the file.
    ...leftOut.map(({ file, reason }) =>
      reason.startsWith(file) ? `left out: ${reason}` : `left out: ${file}: ${reason}`,
    ),
    ...pushedOff.map(
      ({ entry, score }) => `pushed off: ${entry.warrior.name} (${score.toFixed(1)})`,
    ),
  ];
}

function toJson({ out, html }: HillFlags, { rows, pushedOff, leftOut }: ClimbResult) {
  const toRow = ({ rank, wins, losses, ties, score, entry }: HillRow) => {
    const { name, author } = entry.warrior;
    return { rank, wins, losses, ties, score, name, author, file: entry.file, age: entry.age };
  };
  const where = html === undefined ? { hill: out } : { hill: out, page: html };
  return { ...where, warriors: rows.map(toRow), pushedOff: pushedOff.map(toRow), leftOut };
}
