// `primordia nca`: the commands around the world of neural cellular automata.

import type { Command } from 'commander';
import { addNcaInspect } from './nca-inspect.ts';
import { addNcaRender } from './nca-render.ts';

export function addNca(program: Command, exit: (code: number) => void): void {
  const nca = program
    .command('nca')
    .description('neural cellular automata: look at what a world holds, and draw it')
    .addHelpText(
      'after',
      `
Examples:
  primordia nca inspect --colors 4 --grid 8
  primordia nca render --out rollouts.html`,
    );
  for (const add of [addNcaInspect, addNcaRender]) add(nca, exit);
}
