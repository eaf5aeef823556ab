// `primordia tune`: searches for the constants with which a warrior does best against given opponents.

import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { UserError } from '../../core/index.ts';
import { MAX_SOURCE, type SettingName } from '../../corewar/index.ts';
import { readRegularFile } from '../../files/index.ts';
import {
  addCommonOptions,
  type CommonOptions,
  parseCount,
  parseInteger,
  parsePositiveInteger,
} from '../common-options.ts';
import { assemblyRules, parseSetting } from '../core-options.ts';
import { describeTune, tuneToJson } from '../describe-tune.ts';
import { runUntilStopped } from '../interrupt.ts';
import { createOutput, type Output } from '../output.ts';
import { createWorkProgress } from '../progress/work-progress.ts';

type TuneFlags = CommonOptions & {
  readonly against: string;
  readonly validate?: string;
  readonly setting: SettingName;
  readonly budget: number;
  readonly candidates?: number;
  readonly rounds: number;
  readonly seed: number;
  readonly out?: string;
  readonly workers?: number;
};

export function addTune(program: Command, exit: (code: number) => void): void {
  const tune = program
    .command('tune')
    .description('search for the constants of a warrior that do best against a folder of others')
    .argument('<warrior>', 'a .red file with marked constants')
    .requiredOption('--against <folder>', 'the opponents')
    .option('--validate <folder>', 'folder of more opponents, which have no part in the search')
    .option(
      '--setting <name>',
      '94nop, 94, 94x, icws, tiny, nano or 88 (default: 94nop)',
      parseSetting,
      '94nop',
    )
    .option(
      '--budget <rounds>',
      'rounds of the search: 20k, 1M (default: 100k)',
      parseCount,
      100_000,
    )
    .option(
      '--candidates <n>',
      'candidates to begin with (default: as many as the budget can tell apart)',
      parsePositiveInteger,
    )
    .option(
      '--rounds <n>',
      'final rounds per opponent, of each warrior in the table',
      parsePositiveInteger,
      100,
    )
    .option('--seed <n>', 'random seed of candidates and positions', parseInteger, 0)
    .option('--out <file>', 'the tuned warrior (default: NAME-tuned.red in this folder)')
    .option('--workers <n>', 'threads (default: one per processor)', parsePositiveInteger)
    .addHelpText(
      'after',
      `
A comment anywhere in the source marks an EQU whose number may change; other assemblers ignore it:
  step   equ 3039          ;tune step 1..7999 by 2
  gap    equ 12            ;tune gap 5..40
  decoy  equ 0             ;tune decoy 0, 1, 3
Candidates are halved again and again while the better ones play more rounds, all of them from the same positions. The
table's scores come from positions that had no part in the choice: 3 %W + %T, and the gain over the original with its 95 %
interval. Ctrl-C stops; the same command resumes from NAME-tuned.red.tune.json.
A warrior that a search has written, with its .tune.json beside it, is not used as an opponent.

Examples:
  primordia tune dwarf.red --against warriors/ --budget 20k
  primordia tune mine.red --against hill/ --validate others/ --budget 1M --out better.red
  primordia tune mine.red --against hill/ --json > result.json`,
    );
  addCommonOptions(tune).action(async (file: string, flags: TuneFlags) => {
    exit(await runTuneCommand(file, flags));
  });
}

async function runTuneCommand(file: string, flags: TuneFlags): Promise<number> {
  const { createBattlePool, runTune } = await import('../../arena/index.ts');
  const output = createOutput(flags);
  // Standard output has only the result.
  const status = createOutput({}, process.stderr);
  const source = readRegularFile(file, {
    maxBytes: MAX_SOURCE,
    directoryHint: 'name a warrior in it, such as dwarf.red',
  });
  const out = flags.out ?? `${path.basename(file, path.extname(file))}-tuned.red`;
  if (existsSync(out) && realpathSync(out) === realpathSync(file)) {
    throw new UserError(`${out} is the warrior itself`, { hint: 'choose another --out' });
  }
  const state = stateOf(out);
  const rules = { ...assemblyRules(flags), warriors: 2, rounds: flags.rounds };
  const folders = await readFolders({ file, source, out }, rules, flags);
  if (!flags.json) for (const line of folders.leftOut) status.say(`left out: ${line}`);
  const pool = createBattlePool(flags.workers === undefined ? {} : { workers: flags.workers });
  const { setting, budget, seed } = flags;
  try {
    return await runUntilStopped(
      async (signal) => {
        const result = await runTune({
          source,
          file,
          state,
          out,
          setting,
          rules,
          budget,
          seed,
          pool,
          signal,
          opponents: folders.opponents,
          validation: folders.validation,
          candidates: flags.candidates ?? null,
          finalRounds: flags.rounds,
          onProgress: createWorkProgress(status, 'rounds'),
        });
        status.clear();
        const json = { ...tuneToJson(result), out, state, leftOut: folders.leftOut };
        output.result(json, describeTune(result));
        sayWritten(status, out, flags);
        return 0;
      },
      () => {
        status.say(`stopped; ${state} is saved, and the same command resumes`);
        output.event({ stopped: true, state });
      },
    );
  } finally {
    status.clear();
    await pool.close();
  }
}

function sayWritten(status: Output, out: string, { json }: TuneFlags): void {
  if (!json) status.say(`written to ${out}`);
}

/** The file of the search for a tuned warrior. It contains the whole name, since `better.red` and `better.rc` differ. */
function stateOf(out: string): string {
  return `${out}.tune.json`;
}

/**
 * Opponents that assemble, each once, without the warrior itself; those of --validate without those of --against. Warriors written
 * by searches are left out: otherwise the opponents of a search would change once it, or another one, has ended.
 */
async function readFolders(
  { file, source, out }: { file: string; source: Uint8Array; out: string },
  rules: Parameters<typeof import('../../arena/index.ts').readWarrior>[1],
  { against, validate }: TuneFlags,
) {
  const { assembleWarrior, readWarriorFolder, warriorId } = await import('../../arena/index.ts');
  const own = assembleWarrior(source, file, rules).warrior;
  const known = new Map(own ? [[warriorId(own), 'the warrior itself']] : []);
  const leftOut: string[] = [];
  const place = existsSync(out) ? realpathSync(out) : null;
  const read = (folder: string) => {
    const warriors = readWarriorFolder(folder, rules).flatMap((one) => {
      if (realpathSync(one.file) === place) {
        leftOut.push(`${one.file}: it is the tuned warrior`);
        return [];
      }
      if (existsSync(stateOf(one.file))) {
        leftOut.push(
          `${one.file}: a search wrote it (without ${stateOf(one.file)} it is an opponent)`,
        );
        return [];
      }
      if (!one.warrior) {
        const reason = one.diagnostics.find((line) => line.includes(' error: '));
        leftOut.push(reason ?? `${one.file}: it does not assemble`);
        return [];
      }
      const id = warriorId(one.warrior);
      const twin = known.get(id);
      if (twin !== undefined) leftOut.push(`${one.file}: it is ${twin}`);
      else known.set(id, `the same warrior as ${one.file}`);
      return twin === undefined ? [one.warrior] : [];
    });
    if (warriors.length > 0) return warriors;
    throw new UserError(`${folder} has no opponents`, { hint: leftOut.at(-1)! });
  };
  const opponents = read(against);
  return { opponents, validation: validate === undefined ? [] : read(validate), leftOut };
}
