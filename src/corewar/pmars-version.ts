// The versions of pMARS whose language the assembler knows, where they differ.

export const PMARS_VERSIONS = ['0.9.2', '0.9.5'] as const;
export type PmarsVersion = (typeof PMARS_VERSIONS)[number];

/** The one that is meant where none is named. */
export const DEFAULT_PMARS_VERSION: PmarsVersion = '0.9.5';

/** What the predefined variable VERSION gives. */
export const VERSION_NUMBERS: Readonly<Record<PmarsVersion, number>> = { '0.9.2': 92, '0.9.5': 95 };
