// Warriors from names and files: those that ship with the package, and anybody's.

import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { nearestName, plural, UserError } from '../core/index.ts';
import { assemble, type CoreSettings, decodeSource, type Warrior } from '../corewar/index.ts';
import { readRegularFile } from '../files/read-file.ts';
import type { NamedSource } from './run-files.ts';

/** Larger files are no warriors. */
export const MAX_SOURCE_BYTES = 16 * 2 ** 20;

/** The folder of warriors that come with the package. */
export function shippedWarriorFolder(): string {
  return fileURLToPath(new URL('../../warriors/', import.meta.url));
}

/** Names of the warriors that come with the package. */
export function listShippedWarriors(): string[] {
  return readdirSync(shippedWarriorFolder())
    .filter((file) => file.endsWith('.red'))
    .map((file) => path.basename(file, '.red'))
    .sort();
}

/** The source of a shipped name or a file. Throws UserError where there is none. */
export function readSource(nameOrFile: string): NamedSource {
  const shipped = path.join(shippedWarriorFolder(), `${nameOrFile}.red`);
  const isName = /^[\w-]+$/.test(nameOrFile) && existsSync(shipped);
  const file = isName ? shipped : nameOrFile;
  if (!existsSync(file) || !statSync(file).isFile()) {
    const names = listShippedWarriors();
    const near = nearestName(nameOrFile, names);
    throw new UserError(`no warrior ${nameOrFile}`, {
      hint: near
        ? `did you mean '${near}'?`
        : `give the path of a .red file, or one of: ${names.join(', ')}`,
    });
  }
  return {
    name: path.basename(file, path.extname(file)),
    source: decodeSource(readRegularFile(file, { maxBytes: MAX_SOURCE_BYTES })),
  };
}

/** The warrior of a source that must assemble. Throws UserError with the assembler's errors. */
export function assembleSource({ name, source }: NamedSource, settings: CoreSettings): Warrior {
  const { warrior, diagnostics } = assemble(source, { settings });
  if (warrior && warrior.instructions.length > 0) return warrior;
  const errors = diagnostics
    .filter(({ severity }) => severity === 'error')
    .map(({ line, column, message }) => `line ${line}, column ${column}: ${message}`);
  throw new UserError(`${name} does not assemble: ${errors[0] ?? 'it has no instructions'}`, {
    hint: `primordia assemble lists all errors (${plural(Math.max(errors.length, 1), 'error')})`,
  });
}
