// The warriors of a command line of pMARS: read, assembled and listed one after the other, up to the first with an error.

import { Buffer, isUtf8 } from 'node:buffer';
import { UserError } from '../../core/index.ts';
import { assemble } from '../../corewar/parse/assemble.ts';
import { formatDiagnostic } from '../../corewar/parse/diagnostics.ts';
import { createRegisters } from '../../corewar/parse/expressions.ts';
import { formatListing } from '../../corewar/parse/format-listing.ts';
import { formatPmarsLoadFile } from '../../corewar/parse/format-pmars-load-file.ts';
import type { CoreSettings } from '../../corewar/settings.ts';
import type { Warrior } from '../../corewar/warrior.ts';
import { fromBinaryText, toBinaryText } from './binary-text.ts';
import type { PmarsCommand } from './parse-pmars-arguments.ts';
import type { PmarsIo } from './pmars-io.ts';

export type PmarsAssembly = {
  /** Names have a character per byte of the source. */
  readonly warriors: readonly Warrior[];
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
  // Registers keep their values from one warrior to the next, as in pMARS.
  const registers = createRegisters();
  const warriors: Warrior[] = [];
  for (const file of files) {
    const name = file === '-' ? '<stdin>' : fromBinaryText(file);
    const source = readSource(file, io);
    if (source === null) return { warriors, isComplete: false };
    const { warrior, diagnostics, symbols } = assemble(source, {
      ...{ settings, rules, pmars: version, warriors: files.length, rounds, registers },
    });
    io.writeError(diagnostics.map((one) => `${formatDiagnostic(one, name)}\n`).join(''));
    if (warrior === null) return { warriors, isComplete: false };
    const listed = isUtf8(source) ? withBinaryTitles(warrior) : warrior;
    warriors.push(listed);
    if (switches.has('b')) continue;
    const format = switches.has('A') ? formatPmarsLoadFile : formatListing;
    io.writeOutput(format(listed, settings, rules, symbols.traced));
  }
  return { warriors, isComplete: true };
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
