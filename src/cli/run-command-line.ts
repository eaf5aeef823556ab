// The command line: one file per command, errors as one line, exit codes.

import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { describeError } from './describe-error.ts';
import { describeOption } from './describe-option.ts';
import { wrapText } from './wrap-text.ts';
import { writeText } from './write-text.ts';

const EXIT_ERROR = 1;
const EXIT_USAGE = 2;

/** Those of commander. */
const VERSION_OPTIONS: readonly string[] = ['-V', '--version'];

type AddCommand = (program: Command, exit: (code: number) => void) => void;

/** The commands by name, in the order of the help. */
const COMMANDS: Readonly<Record<string, () => Promise<AddCommand>>> = {
  quickstart: async () => (await import('./commands/quickstart.ts')).addQuickstart,
  train: async () => (await import('./commands/train.ts')).addTrain,
  study: async () => (await import('./commands/study.ts')).addStudy,
  resume: async () => (await import('./commands/resume.ts')).addResume,
  eval: async () => (await import('./commands/eval.ts')).addEval,
  gate: async () => (await import('./commands/gate.ts')).addGate,
  sample: async () => (await import('./commands/sample.ts')).addSample,
  memory: async () => (await import('./commands/memory.ts')).addMemory,
  report: async () => (await import('./commands/report.ts')).addReport,
  studio: async () => (await import('./commands/studio.ts')).addStudio,
  list: async () => (await import('./commands/list.ts')).addList,
  nca: async () => (await import('./commands/nca.ts')).addNca,
  assemble: async () => (await import('./commands/assemble.ts')).addAssemble,
  drq: async () => (await import('./commands/drq.ts')).addDrq,
  battle: async () => (await import('./commands/battle.ts')).addBattle,
  hill: async () => (await import('./commands/hill.ts')).addHill,
  tune: async () => (await import('./commands/tune.ts')).addTune,
  watch: async () => (await import('./commands/watch.ts')).addWatch,
  debug: async () => (await import('./commands/debug.ts')).addDebug,
  devices: async () => (await import('./commands/devices.ts')).addDevices,
  doctor: async () => (await import('./commands/doctor.ts')).addDoctor,
};

async function createProgram(
  argv: readonly string[],
  exit: (code: number) => void,
): Promise<Command> {
  const packageFile = new URL('../../package.json', import.meta.url);
  const { version, description } = JSON.parse(readFileSync(packageFile, 'utf8')) as {
    version: string;
    description: string;
  };
  const program = new Command('primordia')
    .description(description)
    .version(version)
    .showHelpAfterError('(add --help for the options)')
    .configureOutput({
      writeOut: (text) => writeText(process.stdout, wrapText(text, process.stdout)),
      writeErr: (text) => writeText(process.stderr, wrapText(text, process.stderr)),
    })
    .configureHelp({ optionDescription: describeOption })
    .exitOverride()
    // Options belong to the command that they follow: `drq` and `drq resume` have some of the same name.
    .enablePositionalOptions()
    .addHelpText(
      'after',
      `
Examples:
  primordia quickstart                 the main job, a few minutes on a laptop
  primordia train nca-tiny             a recipe, in about a minute
  primordia train smt-tiny             a recurrent network that is never unrolled
  primordia resume runs/nca-tiny-001   resume a run that stopped
  primordia nca generate --tokens 164M --out data/nca   a data set for another trainer

Exit codes: 0 done, 1 error, 2 wrong usage; stopped and resumable: 130 by Ctrl-C or a spent budget,
143 by SIGTERM, 129 when the terminal closed.`,
    );
  // Loading every command takes longer than most of them run; only help needs them all.
  const name = argv[2] ?? '';
  const chosen = Object.hasOwn(COMMANDS, name)
    ? [COMMANDS[name]!]
    : VERSION_OPTIONS.includes(name)
      ? []
      : Object.values(COMMANDS);
  for (const load of chosen) (await load())(program, exit);
  for (const command of program.commands) command.exitOverride();
  return program;
}

/**
 * Runs one command line in this process: results go to standard output, errors to standard error.
 *
 * @param argv as `process.argv`: the first two entries are the program's own
 * @returns the exit code
 */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  let code = 0;
  const program = await createProgram(argv, (value) => {
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
    const { json, text } = describeError(error, {
      debug: argv.includes('--debug'),
      json: argv.includes('--json'),
    });
    if (json !== undefined) process.stdout.write(json);
    writeText(process.stderr, wrapText(text, process.stderr));
    return EXIT_ERROR;
  }
}
