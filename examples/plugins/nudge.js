// A mutator of Core War that changes numbers alone: the constants of a warrior walk, its instructions stay.

import { foldIn, randomInt } from 'primordia/core';
import { formatLoadFile } from 'primordia/corewar';
import { defineMutator, randomGenome } from 'primordia/redqueen';
import { z } from 'zod';

const options = z.strictObject({
  reach: z.int().positive().default(8).describe('Farthest that a number moves at a time.'),
});

export const nudge = defineMutator({
  kind: 'nudge',
  source: 'an example of a plugin',
  description: 'Moves one number of a warrior a little; new warriors are random.',
  options,
  describe: ({ reach }) => `nudges of one number by ${reach} at most`,
  create: ({ reach }, { settings }) => ({
    async propose({ key, tag, parent }) {
      const genome = parent
        ? moveNumber(parent.warrior, reach, key, settings.coreSize)
        : randomGenome(key, settings);
      const { instructions, start } = genome;
      const about = { name: tag, author: 'nudge', strategy: '', pin: null };
      const warrior = { ...about, instructions, start };
      return {
        mutator: 'nudge',
        source: `;redcode-94\n;name ${tag}\n;author nudge\n;assert 1\n${formatLoadFile(warrior, settings)}`,
        warrior,
        failure: null,
        errors: [],
        repaired: false,
        usedMate: false,
      };
    },
  }),
});

function moveNumber({ instructions, start }, reach, key, coreSize) {
  const at = randomInt(foldIn(key, 'instruction'), instructions.length);
  const field = randomInt(foldIn(key, 'field'), 2) === 0 ? 'a' : 'b';
  const size = 1 + randomInt(foldIn(key, 'size'), reach);
  const step = randomInt(foldIn(key, 'direction'), 2) === 0 ? size : -size;
  const moved = instructions.map((instruction, i) =>
    i === at
      ? { ...instruction, [field]: (instruction[field] + step + coreSize) % coreSize }
      : instruction,
  );
  return { instructions: moved, start };
}

export default { mutators: [nudge] };
