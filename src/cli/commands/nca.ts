// `primordia nca`: the commands about the world of neural cellular automata, one file each.

import type { Command } from 'commander';
import { addNcaGenerate } from './nca-generate.ts';
import { addNcaVerify } from './nca-verify.ts';

export function addNca(program: Command, exit: (code: number) => void): void {
  const nca = program
    .command('nca')
    .description('neural cellular automata: data sets')
    .addHelpText(
      'after',
      `
Examples:
  primordia nca generate --tokens 164M --out data/nca
  primordia nca verify data/nca`,
    );
  for (const add of [addNcaGenerate, addNcaVerify]) add(nca, exit);
}
