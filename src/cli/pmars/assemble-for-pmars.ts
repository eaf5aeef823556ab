// The warriors of a command line of pMARS: read, assembled and listed one after the other, up to the first with an error.

import { Buffer, isUtf8 } from 'node:buffer';
import { UserError } from '../../core/index.ts';
import { assemble } from '../../corewar/parse/assemble.ts';
import type { WarriorSymbols } from '../../corewar/parse/debug-marks.ts';
import { formatDiagnostic } from '../../corewar/parse/diagnostics.ts';
import { createRegisters } from '../../corewar/parse/expressions.ts';
import { formatListing } from '../../corewar/parse/format-listing.ts';
import { formatPmarsLoadFile } from '../../corewar/parse/format-pmars-load-file.ts';
import type { CoreSettings } from '../../corewar/settings.ts';
import type { Warrior } from '../../corewar/warrior.ts';
import { describeAssembly } from '../describe-assembly.ts';
import { fromBinaryText, toBinaryText } from './binary-text.ts';
import type { PmarsCommand } from './parse-pmars-arguments.ts';
import type { PmarsIo } from './pmars-io.ts';

export type PmarsAssembly = {
  readonly warriors: readonly Warrior[];
  /** The same, whose names have a character per byte of their source. */
  readonly listed: readonly Warrior[];
  readonly symbols: readonly WarriorSymbols[];
  /** False where a source cannot be read or assembled: the warriors before it are there. */
  readonly isComplete: boolean;
};

export function assembleForPmars(
  command: PmarsCommand,
  settings: CoreSettings,
  rounds: number,
  io: PmarsIo,
): PmarsAssembly {
  const { version, files, switches } = command;
  const rules = switches.has('8') ? '88' : '94';
  const warriors: Warrior[] = [];
  const listed: Warrior[] = [];
  const symbols: WarriorSymbols[] = [];
  for (const [i, file] of files.entries()) {
    const name = file === '-' ? '<stdin>' : fromBinaryText(file);
    const source = readSource(file, io);
    if (source === null) return { warriors, listed, symbols, isComplete: false };
    const registers = createRegisters(i === 0 ? files.length : 0);
    const result = assemble(source, {
      settings,
      rules,
      pmars: version,
      warriors: files.length,
      rounds,
      registers,
    });
    const { warrior, diagnostics } = result;
    io.writeError(diagnostics.map((one) => `${formatDiagnostic(one, name)}\n`).join(''));
    if (warrior === null) return { warriors, listed, symbols, isComplete: false };
    if (switches.has('V')) {
      io.writeError(describeAssembly(name, warrior, result.symbols, settings));
    }
    const shown = isUtf8(source) ? withBinaryTitles(warrior) : warrior;
    warriors.push(warrior);
    listed.push(shown);
    symbols.push(result.symbols);
    if (switches.has('b')) continue;
    const format = switches.has('A') ? formatPmarsLoadFile : formatListing;
    io.writeOutput(format(shown, settings, rules, result.symbols.traced));
  }
  return { warriors, listed, symbols, isComplete: true };
}

function readSource(file: string, io: PmarsIo): Uint8Array | null {
  try {
    return file === '-'
      ? Buffer.from(io.readStandardInput().nextWarrior(), 'latin1')
      : io.readFile(file);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    io.writeError(`error: ${error.message}${error.hint ? ` (${error.hint})` : ''}\n`);
    return null;
  }
}

function withBinaryTitles(warrior: Warrior): Warrior {
  const { name, author } = warrior;
  return { ...warrior, name: toBinaryText(name), author: toBinaryText(author) };
}
