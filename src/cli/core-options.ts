// Options of the commands that open a core: pMARS's letters, and the names of settings.

import { type Command, InvalidArgumentError, Option } from 'commander';
import type { AssemblyRules } from '../arena/index.ts';
import {
  type CoreFlags,
  DEFAULT_PMARS_VERSION,
  PMARS_VERSIONS,
  type PmarsVersion,
  resolveSettings,
  SETTING_NAMES,
  type SettingName,
} from '../corewar/index.ts';
import { parseInteger, parsePositiveInteger } from './common-options.ts';

export type CoreOptions = {
  readonly setting?: SettingName;
  readonly coreSize?: number;
  readonly cycles?: number;
  readonly processes?: number;
  readonly length?: number;
  readonly distance?: number;
  readonly pspace?: number;
  readonly readLimit?: number;
  readonly writeLimit?: number;
  readonly icws88?: boolean;
  readonly pmars?: PmarsVersion;
};

export function addCoreOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--setting <name>', `settings of a hill: ${SETTING_NAMES.join(', ')}`).argParser(
        parseSetting,
      ),
    )
    .option('-s, --core-size <n>', 'instructions in the core (default: 8000)', parsePositiveInteger)
    .option('-c, --cycles <n>', 'cycles until a tie (default: 80000)', parsePositiveInteger)
    .option(
      '-p, --processes <n>',
      'processes per warrior, at most (default: 8000)',
      parsePositiveInteger,
    )
    .option(
      '-l, --length <n>',
      'instructions per warrior, at most (default: 100)',
      parsePositiveInteger,
    )
    .option(
      '-d, --distance <n>',
      'least distance between warriors (default: the length)',
      parseInteger,
    )
    .option(
      '-S, --pspace <n>',
      'cells of P-space (default: about a sixteenth of the core)',
      parsePositiveInteger,
    )
    .option('-R, --read-limit <n>', 'how far reads reach (default: the core)', parsePositiveInteger)
    .option(
      '-W, --write-limit <n>',
      'how far writes reach (default: the core)',
      parsePositiveInteger,
    )
    .option('-8, --icws88', "the rules of ICWS'88")
    .addOption(createPmarsOption());
}

/** `--pmars`: which version to agree with where they differ. */
export function createPmarsOption(): Option {
  return new Option(
    '--pmars <version>',
    `where versions of pMARS differ (default: ${DEFAULT_PMARS_VERSION})`,
  ).choices(PMARS_VERSIONS);
}

export function parseSetting(value: string): SettingName {
  const name = SETTING_NAMES.find((known) => known === value);
  if (name) return name;
  throw new InvalidArgumentError(`known settings: ${SETTING_NAMES.join(', ')}.`);
}

/** Settings, language and version of pMARS that the options ask for. */
export function assemblyRules(options: CoreOptions): AssemblyRules {
  const { icws88, pmars = DEFAULT_PMARS_VERSION, ...flags } = options;
  const settings = resolveSettings({ ...(flags as CoreFlags), pmars });
  const is88 = icws88 || options.setting === '88';
  const language = is88 ? '88' : options.setting === '94nop' ? '94nop' : '94';
  return { settings, language, pmars };
}
