// `primordia drq`: arms races between programs, and what came of them.

import { type Command, Option } from 'commander';
import type { RedQueenOptions } from '../../redqueen/index.ts';
import {
  addCommonOptions,
  type CommonOptions,
  parseInteger,
  parsePositiveInteger,
} from '../common-options.ts';
import { addPluginOption, type PluginOptions } from '../plugin-options.ts';
import { runArmsRace } from '../run-arms-race.ts';
import { TERMS_NOTE } from '../terms-note.ts';
import { addDrqGenerality } from './drq-generality.ts';
import { addDrqReport } from './drq-report.ts';

type DrqFlags = CommonOptions &
  PluginOptions & {
    readonly set: string[];
    readonly rounds?: number;
    readonly iterations?: number;
    readonly mutator?: string;
    readonly model?: string;
    readonly provider?: string;
    readonly baseUrl?: string;
    readonly apiKeyVariable?: string;
    readonly maxRequests?: number;
    readonly maxTotalTokens?: number;
    readonly seed?: number;
    readonly out?: string;
    readonly workers?: number;
  };

export function addDrq(program: Command, exit: (code: number) => void): void {
  const drq = program
    .command('drq')
    // The subcommands have their own options with the same names.
    .enablePositionalOptions()
    .description('evolve Core War programs in an arms race (Digital Red Queen)')
    .argument('[recipe]', 'name of a shipped recipe, or a .json or .js file', 'drq-tiny')
    .option('--rounds <n>', 'rounds, one champion each', parsePositiveInteger)
    .option('--iterations <n>', 'candidates per round', parseInteger)
    .option('--mutator <kind>', 'what makes warriors: genetic, llm, mix, or one of a plugin')
    .option('--model <name>', 'language model; implies --mutator llm')
    .addOption(
      new Option('--provider <name>', 'protocol of the model').choices(['openai', 'anthropic']),
    )
    .option('--base-url <url>', 'server of the model, such as http://localhost:11434/v1')
    .option('--api-key-variable <name>', 'environment variable that holds the key')
    .option(
      '--max-requests <n>',
      'stop after this many requests; the run can be resumed',
      parsePositiveInteger,
    )
    .option(
      '--max-total-tokens <n>',
      'stop after this many tokens; the run can be resumed',
      parsePositiveInteger,
    )
    .option('--seed <n>', 'random seed', parseInteger)
    .option('--set <key=value...>', 'change a setting of the recipe', [])
    .option('--out <dir>', 'folder to write (default: runs/NAME-NNN)')
    .option(
      '--workers <n>',
      'threads for battles (default: one per processor)',
      parsePositiveInteger,
    )
    .addHelpText(
      'after',
      `
The key of a model is read from the environment (OPENAI_API_KEY, ANTHROPIC_API_KEY) and written nowhere. It is sent to the
provider's own server, or to the one that --base-url names; to one that a recipe names, only with --api-key-variable.

${TERMS_NOTE}

Examples:
  primordia drq                                       drq-tiny, offline, under a minute
  primordia drq drq-k3 --seed 1 --out runs/k3
  primordia drq drq-paper --model qwen2.5-coder --base-url http://localhost:11434/v1
  primordia drq resume runs/k3
  primordia drq generality runs/k3 --against warriors
  primordia drq report runs/k3`,
    );
  addPluginOption(drq);
  addCommonOptions(drq).action(async (name: string, flags: DrqFlags) => {
    const { loadRedQueenRecipe, startRedQueen } = await import('../../redqueen/index.ts');
    const { nextRunDirectory } = await import('../../run/index.ts');
    const { loadRecipeKinds, pluginSettings } = await import('../../plugins/index.ts');
    const settings = [...listSettings(flags), ...flags.set, ...pluginSettings(flags.plugin)];
    const { registries, records } = await loadRecipeKinds(name, settings);
    const { mutators } = registries;
    const recipe = await loadRedQueenRecipe(name, settings, mutators);
    const directory = flags.out ?? nextRunDirectory('runs', recipe.name);
    const start = (running: RedQueenOptions) =>
      startRedQueen(recipe, { ...running, mutators, plugins: records });
    exit(await runArmsRace(directory, flags, start));
  });
  addDrqResume(drq, exit);
  addDrqGenerality(drq, exit);
  addDrqReport(drq, exit);
}

/** Flags as settings of the recipe. Whatever names a model asks for one. */
function listSettings(flags: DrqFlags): string[] {
  const { rounds, iterations, mutator, model, provider, baseUrl, seed } = flags;
  const { maxRequests, maxTotalTokens } = flags;
  const usual = provider === 'anthropic' ? 'ANTHROPIC_API_KEY' : 'OPENAI_API_KEY';
  // A server that the user types may have the key; one from a recipe may not.
  const isTyped = baseUrl !== undefined && process.env[usual] !== undefined;
  const apiKeyVariable = flags.apiKeyVariable ?? (isTyped ? usual : undefined);
  const asksModel = [model, provider, baseUrl, maxRequests, maxTotalTokens].some(
    (value) => value !== undefined,
  );
  const kind = mutator ?? (asksModel ? 'llm' : undefined);
  // A mixture has the options of both of its mutators.
  const isMix = kind === 'mix' && asksModel;
  const place = isMix ? 'mutator.llm' : 'mutator';
  const settings = {
    rounds,
    iterations,
    seed,
    'mutator.kind': kind,
    'mutator.llm.kind': isMix ? 'llm' : undefined,
    [`${place}.model`]: model,
    [`${place}.provider`]: provider,
    [`${place}.baseUrl`]: baseUrl,
    [`${place}.apiKeyVariable`]: apiKeyVariable,
    [`${place}.maxRequests`]: maxRequests,
    [`${place}.maxTotalTokens`]: maxTotalTokens,
  };
  return Object.entries(settings).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${JSON.stringify(value)}`],
  );
}

type ResumeFlags = CommonOptions &
  PluginOptions & {
    readonly workers?: number;
    readonly maxRequests?: number;
    readonly maxTotalTokens?: number;
  };

function addDrqResume(drq: Command, exit: (code: number) => void): void {
  const resume = drq
    .command('resume')
    .description('resume an arms race that was stopped or killed; it ends with the same files')
    .argument('<dir>', 'folder of the run')
    .option(
      '--workers <n>',
      'threads for battles (default: one per processor)',
      parsePositiveInteger,
    )
    .option(
      '--max-requests <n>',
      'requests that the run may send in total, earlier ones included',
      parsePositiveInteger,
    )
    .option(
      '--max-total-tokens <n>',
      'tokens that it may use in total, earlier ones included',
      parsePositiveInteger,
    )
    .addHelpText(
      'after',
      `
Examples:
  primordia drq resume runs/drq-tiny-001
  primordia drq resume runs/paper --max-requests 6000    a larger budget`,
    );
  addPluginOption(resume);
  addCommonOptions(resume).action(async (directory: string, flags: ResumeFlags) => {
    const { resumeRedQueen } = await import('../../redqueen/index.ts');
    const budget = {
      ...(flags.maxRequests === undefined ? {} : { maxRequests: flags.maxRequests }),
      ...(flags.maxTotalTokens === undefined ? {} : { maxTotalTokens: flags.maxTotalTokens }),
    };
    const given = Object.keys(budget).length > 0 ? { budget } : {};
    const { loadRunKinds } = await import('../../plugins/index.ts');
    const { registries, records } = await loadRunKinds(directory, flags.plugin);
    const kinds = { mutators: registries.mutators, plugins: records };
    exit(
      await runArmsRace(directory, flags, (running) =>
        resumeRedQueen({ ...running, ...given, ...kinds }),
      ),
    );
  });
}
