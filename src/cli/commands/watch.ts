// `primordia watch`: a battle as a moving map of the core.

import type { Command } from 'commander';
import { formatFrame, readWarriors, watchBattle } from '../../arena/index.ts';
import { UserError } from '../../core/index.ts';
import {
  type BattleFlags,
  type BattleView,
  createBattleView,
  createMars,
  planRounds,
  resolveBattle,
} from '../../corewar/index.ts';
import {
  addCommonOptions,
  type CommonOptions,
  parseInteger,
  parsePositiveInteger,
} from '../common-options.ts';
import { addCoreOptions, assemblyRules, type CoreOptions } from '../core-options.ts';
import { withInterrupt } from '../interrupt.ts';
import { parsePosition, readPosition } from '../position-option.ts';
import { writeText } from '../write-text.ts';

type WatchFlags = CommonOptions &
  CoreOptions &
  Omit<BattleFlags, 'position'> & {
    readonly position?: string;
    readonly frames: number;
    readonly every: number;
  };

/** Size of frames that are printed without a terminal. */
const PLAIN_COLUMNS = 100;
const PLAIN_ROWS = 40;

export function addWatch(program: Command): void {
  const watch = program
    .command('watch')
    .description('watch a battle in the terminal')
    .argument('<warriors...>', 'files in Redcode')
    .option(
      '-F, --position <n>',
      'position of warrior 2 in round 1, and seed of the others; text is a seed only',
      parsePosition,
    )
    .option('--seed <n>', 'random seed of positions, without -F (default: 0)', parseInteger)
    .option('--every <cycles>', 'cycles per frame at first', parsePositiveInteger, 100)
    .option('--frames <n>', 'frames to print where there is no terminal', parsePositiveInteger, 3)
    .addHelpText(
      'after',
      `
A cell has the color of the warrior that wrote or ran it last; letters run next. Keys: space pauses, s or the right arrow
steps one cycle, + and - change the speed, r starts the next round, q quits. Without a terminal, frames are printed as text:
one letter per warrior, upper case where it runs next.

Examples:
  primordia watch imp.red dwarf.red
  primordia watch a.red b.red -F 4000 --every 20
  primordia watch a.red b.red --frames 5 --every 1000 > frames.txt`,
    );
  addCoreOptions(watch);
  addCommonOptions(watch).action((files: string[], flags: WatchFlags) => runWatch(files, flags));
}

async function runWatch(files: readonly string[], flags: WatchFlags): Promise<void> {
  const rules = { ...assemblyRules(flags), warriors: files.length };
  const warriors = readWarriors(files, rules, (line) => writeText(process.stderr, `${line}\n`));
  const plans = planRounds({
    ...resolveBattle(warriors, rules.settings, readPosition(flags)),
    rounds: Number.POSITIVE_INFINITY,
  });
  const begin = (): BattleView => {
    const plan = plans.next().value;
    if (!plan) throw new UserError('there are no more rounds');
    return createBattleView(createMars(rules.settings), warriors, plan);
  };
  const { stdout, stdin } = process;
  if (stdout.isTTY && stdin.isTTY && !flags.json) {
    const options = { warriors, begin, screen: stdout, keys: stdin, cyclesPerFrame: flags.every };
    await withInterrupt(
      () => {},
      (signal) => watchBattle({ ...options, signal }),
    );
    return;
  }
  const view = begin();
  const size = { columns: PLAIN_COLUMNS, rows: PLAIN_ROWS };
  for (let frame = 0; frame < flags.frames; frame++) {
    if (flags.json) stdout.write(`${JSON.stringify({ frame, ...view.status() })}\n`);
    else writeText(stdout, `${formatFrame(view, warriors, size)}\n\n`);
    if (!view.status().isOver) view.advance(flags.every);
  }
}
