// The size and the limits of a core, and the settings that hills use.

import type { PmarsVersion } from './pmars-version.ts';

export type CoreSettings = {
  readonly coreSize: number;
  /** Turns that each warrior has; when they are over, the survivors tie. */
  readonly maxCycles: number;
  /** Of each warrior. */
  readonly maxProcesses: number;
  /** Instructions of a warrior, at most. */
  readonly maxLength: number;
  /** Instructions between the first ones of two warriors, at least. */
  readonly minSeparation: number;
  /** Cells of a warrior's P-space. */
  readonly pspaceSize: number;
  /**
   * How many cells around the instruction reads and writes reach, as pMARS has it; `coreSize` for no limit. Both divide
   * the core size.
   */
  readonly readLimit: number;
  readonly writeLimit: number;
  /** The version that decides where versions of pMARS differ; 0.9.5 where it is absent. */
  readonly pmars?: PmarsVersion;
};

const SIZES = {
  '94': [8000, 80_000, 8000, 100, 100],
  '94nop': [8000, 80_000, 8000, 100, 100],
  '94x': [55_440, 500_000, 10_000, 200, 200],
  '88': [8000, 80_000, 8000, 100, 100],
  icws: [8192, 100_000, 8000, 300, 300],
  tiny: [800, 8000, 800, 20, 20],
  nano: [80, 800, 80, 5, 5],
} as const;

/** Names of the usual settings; `94nop` is `94` without P-space, `88` has the rules of ICWS'88. */
export const SETTING_NAMES = Object.keys(SIZES) as readonly SettingName[];
export type SettingName = keyof typeof SIZES;

/** A setting by its name. */
export function namedSettings(name: SettingName): CoreSettings {
  const [coreSize, maxCycles, maxProcesses, maxLength, minSeparation] = SIZES[name];
  return makeSettings({ coreSize, maxCycles, maxProcesses, maxLength, minSeparation });
}

/** Settings with pMARS's defaults for what is not given: P-space of about a sixteenth of the core, no limits of reach. */
export function makeSettings(given: Partial<CoreSettings> = {}): CoreSettings {
  const coreSize = given.coreSize ?? 8000;
  return {
    coreSize,
    maxCycles: 80_000,
    maxProcesses: 8000,
    maxLength: 100,
    minSeparation: given.maxLength ?? 100,
    pspaceSize: defaultPspaceSize(coreSize),
    readLimit: coreSize,
    writeLimit: coreSize,
    ...given,
  };
}

/** The core size divided by its largest divisor that is at most 16. */
function defaultPspaceSize(coreSize: number): number {
  let divisor = 16;
  while (coreSize % divisor !== 0) divisor--;
  return coreSize / divisor;
}
