// `primordia debug`: a round an instruction at a time, from a terminal or a pipe.

import { createInterface } from 'node:readline';
import type { Command } from 'commander';
import { readWarriors } from '../../arena/index.ts';
import {
  type BattleFlags,
  createDebugger,
  createMars,
  planRounds,
  resolveBattle,
} from '../../corewar/index.ts';
import { addCommonOptions, type CommonOptions, parseInteger } from '../common-options.ts';
import { addCoreOptions, assemblyRules, type CoreOptions } from '../core-options.ts';
import { writeText } from '../write-text.ts';

type DebugFlags = CommonOptions & CoreOptions & BattleFlags;

export function addDebug(program: Command): void {
  const debug = program
    .command('debug')
    .description('run a round step by step: breakpoints, listings, queues')
    .argument('<warriors...>', 'files in Redcode')
    .option('-F, --position <n>', 'of warrior 2', parseInteger)
    .option('--seed <n>', 'for positions that are drawn (default: 0)', parseInteger)
    .addHelpText(
      'after',
      `
Commands come from standard input; help lists them.

Examples:
  primordia debug dwarf.red
  primordia debug imp.red dwarf.red -F 4000
  printf 'step 5\\nregisters\\nlist . .+3\\n' | primordia debug dwarf.red`,
    );
  addCoreOptions(debug);
  addCommonOptions(debug).action((files: string[], flags: DebugFlags) => runDebug(files, flags));
}

async function runDebug(files: readonly string[], flags: DebugFlags): Promise<void> {
  const rules = { ...assemblyRules(flags), warriors: files.length };
  const warriors = readWarriors(files, rules, (line) => writeText(process.stderr, `${line}\n`));
  const [plan] = planRounds({ ...resolveBattle(warriors, rules.settings, flags), rounds: 1 });
  const session = createDebugger(createMars(rules.settings), warriors, plan!);
  const say = (text: string) => {
    if (flags.json) process.stdout.write(`${JSON.stringify({ text })}\n`);
    else writeText(process.stdout, `${text}\n`);
  };
  say(session.execute('list . .').text);
  const isTerminal = Boolean(process.stdin.isTTY && process.stdout.isTTY);
  const lines = createInterface({
    input: process.stdin,
    ...(isTerminal ? { output: process.stdout, prompt: '(debug) ' } : {}),
    terminal: isTerminal,
  });
  if (isTerminal) lines.prompt();
  for await (const line of lines) {
    const { text, done } = session.execute(line);
    if (done) break;
    say(text);
    if (isTerminal) lines.prompt();
  }
  lines.close();
}
