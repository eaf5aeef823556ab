// bounce.js
// A world: a ball between two walls. A sequence is its position at each step. Its speed is the sequence's rule, which only the
// sequence itself tells.

import { createTaskWorld, defineWorld, foldIn, randomInt, UserError } from 'primordia';
import { z } from 'zod';

export const bounce = defineWorld({
  kind: 'bounce',
  source: 'docs/guides/your-own-world.md',
  description: 'A ball between two walls: its position at each step.',
  contextLength: 24,
  options: z.strictObject({
    width: z.int().min(4).max(1000).default(12).describe('Positions between the walls'),
    speeds: z.int().positive().default(3).describe('Different speeds, from 1 position per step'),
  }),
  create(given, { sequenceLength }) {
    const { width, speeds } = given;
    if (speeds >= width) {
      throw new UserError(`bounce: ${speeds} speeds are too many for ${width} positions`, {
        hint: 'use fewer speeds, or a larger width',
      });
    }
    return createTaskWorld({
      name: 'bounce',
      description: `bounce: ${width} positions, ${speeds} speeds`,
      options: { ...given, sequenceLength },
      vocabSize: width,
      learnable: 'in-context',
      freshRules: false,
      firstTarget: 2,
      sample: (key) => ({ speed: 1 + randomInt(foldIn(key, 'speed'), speeds) }),
      draw: ({ speed }, key) => drawPositions(speed, width, sequenceLength, key),
    });
  },
});

function drawPositions(speed, width, sequenceLength, key) {
  const last = width - 1;
  let position = randomInt(foldIn(key, 'position'), width);
  let step = randomInt(foldIn(key, 'direction'), 2) === 0 ? speed : -speed;
  return Int32Array.from({ length: sequenceLength }, () => {
    const now = position;
    position += step;
    if (position < 0 || position > last) {
      position = position < 0 ? -position : 2 * last - position;
      step = -step;
    }
    return now;
  });
}

export default { worlds: [bounce] };
