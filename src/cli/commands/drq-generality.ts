// `primordia drq generality`: champions, or any warriors, against warriors that evolution never saw.

import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import type { ReadWarrior } from '../../arena/index.ts';
import { plural, UserError } from '../../core/index.ts';
import type { Warrior } from '../../corewar/index.ts';
import { namedSettings } from '../../corewar/index.ts';
import { type Generality, type GeneralityRecord, nameBesideRound } from '../../redqueen/index.ts';
import {
  addCommonOptions,
  type CommonOptions,
  parseInteger,
  parsePositiveInteger,
} from '../common-options.ts';
import { runUntilStopped } from '../interrupt.ts';
import { createOutput, formatTable } from '../output.ts';
import { createTracker } from '../progress/create-tracker.ts';

type GeneralityFlags = CommonOptions & {
  readonly against?: string;
  readonly rounds: number;
  readonly seed: number;
  readonly workers?: number;
};

export function addDrqGenerality(drq: Command, exit: (code: number) => void): void {
  const command = drq
    .command('generality')
    .description('duels with held-out warriors: of every champion of a run, or of given warriors')
    .argument('<run-or-warrior...>', 'folder of a run, or files of warriors')
    .option('--against <dir>', 'folder of warriors (default: those that come with the package)')
    .option('--rounds <n>', 'rounds per duel', parsePositiveInteger, 20)
    .option('--seed <n>', 'random seed of the placements', parseInteger, 0)
    .option('--workers <n>', 'threads (default: one per processor)', parsePositiveInteger)
    .addHelpText(
      'after',
      `
A warrior defeats an opponent when its mean score over the duel's rounds is higher, and ties when it is equal. The
figures of a run are kept with it: its summary and its report show them.

Examples:
  primordia drq generality runs/drq-tiny-001
  primordia drq generality runs/k3 --against hill/ --rounds 20
  primordia drq generality runs/k3/champions/round-010.red --against hill/ --json`,
    );
  addCommonOptions(command).action(async (targets: string[], flags: GeneralityFlags) => {
    exit(await runGenerality(targets, flags));
  });
}

async function runGenerality(targets: readonly string[], flags: GeneralityFlags): Promise<number> {
  const { coreSettings, isRedQueenFolder, measureGenerality, measureRun, ...redqueen } =
    await import('../../redqueen/index.ts');
  const { createBattlePool, readWarriorFolder } = await import('../../arena/index.ts');
  const output = createOutput(flags);
  const isFolder = (file: string) => statSync(file, { throwIfNoEntry: false })?.isDirectory();
  const folders = targets.filter(isFolder);
  if (folders.length > 0 && targets.length > 1) {
    throw new UserError('give one run, or warriors', { hint: 'runs are measured one at a time' });
  }
  const run = folders[0];
  // Where the folder is not a run, reading its recipe says so.
  const settings = run ? coreSettings(redqueen.readRedQueenRecipe(run)) : namedSettings('94');
  const against = flags.against ?? redqueen.shippedWarriorFolder();
  const { opponents, refused } = readOpponents(
    readWarriorFolder(against, { settings, language: '94' }),
  );
  for (const reason of refused) output.say(`left out: ${reason}`);
  const pool = createBattlePool(flags.workers ? { workers: flags.workers } : {});
  const { rounds, seed } = flags;
  try {
    return await runUntilStopped(
      async (signal) => {
        const tracker = createTracker(output);
        const phases = ['with held-out warriors', ...(run ? ['among champions'] : [])];
        tracker.plan(phases.map((id) => ({ id, name: id, unit: 'duels', total: null })));
        let phase = phases[0]!;
        const play: Parameters<typeof measureGenerality>[2] = (jobs, how) =>
          pool.run(jobs, {
            ...how,
            onProgress: (done, total) => tracker.advance({ stage: phase, done, total }),
          });
        if (run) {
          const onPhase = (duels: string) => {
            phase = duels;
          };
          const options = { directory: run, opponents, rounds, seed, play, onPhase, signal };
          const record = await measureRun(options);
          await renewReport(run);
          output.result({ directory: run, refused, ...record }, describeRecord(record));
          return 0;
        }
        const sources = targets.map(redqueen.readSource);
        const warriors = sources.map((source) => redqueen.assembleSource(source, settings));
        const plan = { settings, opponents, rounds, seed };
        const measured = await measureGenerality(warriors, plan, play, signal);
        output.result(
          { warriors: measured.map((own, i) => ({ ...nameOf(warriors[i]!), ...own })), refused },
          measured.map((own, i) => describeDuels(sources[i]!.name, own)).join('\n\n'),
        );
        return 0;
      },
      () => output.result({ stopped: true }, 'stopped; nothing was changed'),
    );
  } finally {
    output.clear();
    await pool.close();
  }
}

/** The report of a run, where it has one, shows what was measured. */
async function renewReport(run: string): Promise<void> {
  if (!existsSync(path.join(run, 'report.html'))) return;
  const { writeReport } = await import('../../report/index.ts');
  const { REGISTRIES } = await import('../../training/index.ts');
  writeReport(run, REGISTRIES);
}

/** The warriors that assemble, by file name, and the first error of the others. */
function readOpponents(read: readonly ReadWarrior[]) {
  const opponents = read.flatMap(({ file, warrior }) =>
    warrior ? [{ name: path.basename(file, path.extname(file)), warrior }] : [],
  );
  const refused = read.flatMap(({ warrior, diagnostics }) =>
    warrior ? [] : [diagnostics.find((line) => line.includes(': error:')) ?? diagnostics[0]!],
  );
  if (opponents.length > 0) return { opponents, refused };
  throw new UserError('no warrior of the folder assembles', { hint: refused[0]! });
}

function nameOf({ name, author }: Warrior) {
  return { name, author };
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

function describeRecord({ champions, opponents, rounds, cycles }: GeneralityRecord): string {
  return [
    `${plural(opponents.length, 'opponent')}, ${plural(rounds, 'round')} each`,
    '',
    formatTable([
      ['round', 'champion', 'defeated', 'tied', 'generality'],
      ...champions.map(({ round, name, defeated, tied, generality }) => [
        String(round),
        nameBesideRound(name, round),
        ...[defeated, tied, generality].map(percent),
      ]),
    ]),
    '',
    `${plural(cycles, 'cycle')} among the champions (a defeats b, b defeats c, c defeats a)`,
  ].join('\n');
}

function describeDuels(name: string, { duels, defeated, tied, generality }: Generality): string {
  return [
    formatTable([
      ['opponent', 'score', 'its score', 'outcome'],
      ...duels.map(({ opponent, score, opponentScore, outcome }) => [
        opponent,
        score.toFixed(3),
        opponentScore.toFixed(3),
        outcome,
      ]),
    ]),
    '',
    `${name}: ${percent(defeated)} defeated, ${percent(tied)} tied, generality ${percent(generality)} of ${duels.length}`,
  ].join('\n');
}
