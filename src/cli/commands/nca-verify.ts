// `primordia nca verify`: checks a data set.

import type { Command } from 'commander';
import { plural } from '../../core/index.ts';
import { type VerifyResult, verifyDataset } from '../../datasets/index.ts';
import { addCommonOptions, type CommonOptions, parseCount } from '../common-options.ts';
import { runUntilStopped } from '../interrupt.ts';
import { createOutput } from '../output.ts';
import { createShardProgress } from '../progress/shard-progress.ts';

type VerifyFlags = CommonOptions & { readonly all?: boolean; readonly workers?: number };

const EXIT_PROBLEMS = 1;

export function addNcaVerify(nca: Command, exit: (code: number) => void): void {
  const verify = nca
    .command('verify')
    .description('check a data set: hashes, tokens, and regenerated sequences')
    .argument('<dir>', 'folder that generate wrote')
    .option(
      '--all',
      'regenerate every sequence, not only the first, the last and some of each shard',
    )
    .option('--workers <n>', 'threads for --all (default: one per processor)', parseCount)
    .addHelpText(
      'after',
      `
The exit code is 1 if anything is wrong.

Examples:
  primordia nca verify data/nca
  primordia nca verify data/nca --all --json`,
    );
  addCommonOptions(verify).action(async (directory: string, flags: VerifyFlags) => {
    exit(await runVerify(directory, flags));
  });
}

async function runVerify(directory: string, flags: VerifyFlags): Promise<number> {
  const output = createOutput(flags);
  return runUntilStopped(
    async (signal) => {
      const result = await verifyDataset(directory, {
        signal,
        all: flags.all ?? false,
        ...(flags.workers === undefined ? {} : { workers: flags.workers }),
        onProgress: createShardProgress(output),
      });
      output.result(
        { directory, ok: result.problems.length === 0, ...result },
        describe(directory, result),
      );
      return result.problems.length === 0 ? 0 : EXIT_PROBLEMS;
    },
    () => output.result({ stopped: true, directory }, 'stopped; nothing was changed'),
  ).finally(output.clear);
}

function describe(directory: string, result: VerifyResult): string {
  const { problems, shards, sequences, tokens, compared } = result;
  const checked =
    `${plural(shards, 'shard')}, ${plural(sequences, 'sequence')}, ${plural(tokens, 'token')}; ` +
    `${plural(compared, 'sequence')} regenerated`;
  if (problems.length === 0) return `${directory} is intact: ${checked}`;
  return [
    ...problems.map((problem) => `wrong: ${problem}`),
    `${directory}: ${plural(problems.length, 'problem')} in ${checked}`,
  ].join('\n');
}
