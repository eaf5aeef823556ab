// Warriors from files, assembled.

import path from 'node:path';
import { UserError } from '../core/index.ts';
import {
  assemble,
  type CoreSettings,
  createRegisters,
  findPspaceUse,
  formatDiagnostic,
  type PmarsVersion,
  type Registers,
  type Warrior,
  type WarriorSymbols,
} from '../corewar/index.ts';
import { listFolder, readRegularFile } from '../files/read-file.ts';
import { readStandardInput } from '../files/read-standard-input.ts';

export type AssemblyRules = {
  readonly settings: CoreSettings;
  /** The language: ICWS'88, or ICWS'94 with or without P-space. */
  readonly language: '88' | '94' | '94nop';
  /** The version of pMARS to agree with; 0.9.5 by default. */
  readonly pmars?: PmarsVersion;
  /** The values of WARRIORS and ROUNDS; 1 by default. */
  readonly warriors?: number;
  readonly rounds?: number;
  /** The registers of expressions; those of a command line's first warrior by default. */
  readonly registers?: Registers;
};

export type ReadWarrior = {
  readonly file: string;
  /** Null if the source has errors. */
  readonly warrior: Warrior | null;
  /** Errors and warnings, one line each, `FILE:LINE:COLUMN: …` if they have a place. */
  readonly diagnostics: readonly string[];
};

/** Larger files are no warriors. */
const MAX_FILE_BYTES = 16 * 2 ** 20;

/** Where the sources called `-` come from: standard input to its end, where nothing else is named. */
type InputSource = { readonly readStandardInput?: () => Uint8Array };

/**
 * Reads and assembles a file.
 *
 * @throws UserError if the file cannot be read
 */
export function readWarrior(
  file: string,
  rules: AssemblyRules,
  { readStandardInput = readWholeInput }: InputSource = {},
): AssembledWarrior {
  return assembleWarrior(file === '-' ? readStandardInput() : readFile(file), file, rules);
}

type AssembledWarrior = ReadWarrior & { readonly symbols: WarriorSymbols };

/** Assembles a source; `file` is what diagnostics call it. */
export function assembleWarrior(
  source: Uint8Array,
  file: string,
  rules: AssemblyRules,
): AssembledWarrior {
  const { language, ...options } = rules;
  const { warrior, diagnostics, symbols } = assemble(source, {
    ...options,
    rules: language === '88' ? '88' : '94',
  });
  const lines = diagnostics.map((one) => formatDiagnostic(one, file));
  const stray = language === '94nop' ? findPspaceUse(warrior) : undefined;
  if (stray === undefined) return { file, warrior, diagnostics: lines, symbols };
  const error = `${file}: error: ${stray} uses P-space, which 94nop does not have (take --setting 94)`;
  return { file, warrior: null, diagnostics: [...lines, error], symbols };
}

/**
 * Reads warriors of a command line, which all must assemble.
 *
 * @param warn is given the diagnostics of all files, warnings too
 * @param takeSymbols is given the symbols of each file, in order
 * @throws UserError naming the files that do not assemble
 */
export function readWarriors(
  files: readonly string[],
  rules: AssemblyRules,
  warn: (diagnostic: string) => void,
  takeSymbols: (symbols: WarriorSymbols) => void = () => {},
  input: InputSource = {},
): Warrior[] {
  // As in pMARS, W and S are the number of warriors for the first source only.
  const read = files.map((file, i) =>
    readWarrior(file, i === 0 ? rules : { ...rules, registers: createRegisters(0) }, input),
  );
  for (const { diagnostics } of read) for (const line of diagnostics) warn(line);
  const bad = read.filter(({ warrior }) => warrior === null);
  if (bad.length > 0) {
    throw new UserError(`${bad.map(({ file }) => file).join(', ')} cannot be assembled`, {
      hint: 'see the errors above',
    });
  }
  for (const { symbols } of read) takeSymbols(symbols);
  return read.map(({ warrior }) => warrior!);
}

/**
 * All files of a folder that are called `.red`, `.rc` or `.ld`, by name.
 *
 * @throws UserError if there is no such folder, it is a file or cannot be read, or it has none
 */
export function readWarriorFolder(folder: string, rules: AssemblyRules): ReadWarrior[] {
  const files = listFolder(folder).filter((name) => /\.(red|rc|ld)$/i.test(name));
  if (files.length === 0) {
    throw new UserError(`${folder} has no warriors`, {
      hint: 'their names end in .red, .rc or .ld',
    });
  }
  return files.map((name) => readWarrior(path.join(folder, name), rules));
}

function readFile(file: string): Uint8Array {
  return readRegularFile(file, {
    maxBytes: MAX_FILE_BYTES,
    directoryHint: 'name a warrior in it, such as imp.red',
  });
}

function readWholeInput(): Uint8Array {
  return readStandardInput(MAX_FILE_BYTES);
}
