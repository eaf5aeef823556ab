// `primordia nca`: the commands around the world of neural cellular automata, one file each.

import type { Command } from 'commander';
import { addNcaGenerate } from './nca-generate.ts';
import { addNcaInspect } from './nca-inspect.ts';
import { addNcaRender } from './nca-render.ts';
import { addNcaVerify } from './nca-verify.ts';

export function addNca(program: Command, exit: (code: number) => void): void {
  const nca = program
    .command('nca')
    .description('neural cellular automata: inspect and draw worlds, write data sets')
    .addHelpText(
      'after',
      `
Examples:
  primordia nca inspect --colors 4 --grid 8
  primordia nca render --out rollouts.html
  primordia nca generate --tokens 164M --out data/nca
  primordia nca verify data/nca`,
    );
  for (const add of [addNcaInspect, addNcaRender, addNcaGenerate, addNcaVerify]) add(nca, exit);
}
