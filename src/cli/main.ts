#!/usr/bin/env node
// The command line: one file a command, errors as one line, exit codes.

import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { UserError } from '../core/index.ts';
import { addAssemble } from './commands/assemble.ts';
import { addBattle } from './commands/battle.ts';
import { addDebug } from './commands/debug.ts';
import { addEval } from './commands/eval.ts';
import { addHill } from './commands/hill.ts';
import { addNca } from './commands/nca.ts';
import { addQuickstart } from './commands/quickstart.ts';
import { addReport } from './commands/report.ts';
import { addSample } from './commands/sample.ts';
import { addStudy } from './commands/study.ts';
import { addResume, addTrain } from './commands/train.ts';
import { addWatch } from './commands/watch.ts';
import { endBySignal } from './end-by-signal.ts';

const EXIT_ERROR = 1;
const EXIT_USAGE = 2;
/** What a shell reports of a process that SIGPIPE ended. */
const EXIT_BROKEN_PIPE = 141;

function createProgram(exit: (code: number) => void): Command {
  const packageFile = new URL('../../package.json', import.meta.url);
  const { version, description } = JSON.parse(readFileSync(packageFile, 'utf8')) as {
    version: string;
    description: string;
  };
  const program = new Command('primordia')
    .description(description)
    .version(version)
    .showHelpAfterError('(add --help for the options)')
    .exitOverride()
    .addHelpText(
      'after',
      `
Examples:
  primordia quickstart                 the main job, a few minutes on a laptop
  primordia train nca-tiny             a recipe, in under a minute
  primordia resume runs/nca-tiny-001   go on where a run stopped
  primordia nca generate --tokens 164M --out data/nca   a data set for another trainer

Exit codes: 0 done, 1 error, 2 wrong usage, 130 stopped with Ctrl-C (resumable).`,
    );
  const commands = [
    addQuickstart,
    addTrain,
    addStudy,
    addResume,
    addEval,
    addSample,
    addReport,
    addNca,
    addAssemble,
    addBattle,
    addHill,
    addWatch,
    addDebug,
  ];
  for (const add of commands) add(program, exit);
  for (const command of program.commands) command.exitOverride();
  return program;
}

/** Runs the command line; the result is the exit code. */
async function main(argv: readonly string[]): Promise<number> {
  let code = 0;
  const program = createProgram((value) => {
    code = value;
  });
  try {
    if (argv.length <= 2) {
      program.outputHelp();
      return EXIT_USAGE;
    }
    await program.parseAsync([...argv]);
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
    return reportError(error, argv);
  }
}

function reportError(error: unknown, argv: readonly string[]): number {
  const debug = argv.includes('--debug');
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  const hint = error instanceof UserError && error.hint ? ` (${error.hint})` : '';
  const line = `error: ${message.replaceAll('\n', ' ')}${hint}`;
  if (argv.includes('--json')) {
    process.stdout.write(`${JSON.stringify({ error: message, hint: hint.slice(2, -1) })}\n`);
  }
  process.stderr.write(`${line}\n${debug ? `${stack}\n` : ''}`);
  if (!(error instanceof UserError) && !debug) {
    process.stderr.write('this is a fault of the program; --debug shows where it comes from\n');
  }
  return EXIT_ERROR;
}

// A reader that has seen enough (`| head`) is no fault; a run in progress can be resumed.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  endBySignal('SIGPIPE', EXIT_BROKEN_PIPE);
});

process.exitCode = await main(process.argv);
