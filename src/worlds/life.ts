// The Game of Life and its relatives on a torus.

import { z } from 'zod';
import {
  bitsToUniform,
  foldIn,
  type Key,
  randomBits,
  randomInt,
  UserError,
} from '../core/index.ts';
import {
  type CellFormat,
  type CellFrames,
  cellLayout,
  decodeCellFrames,
  encodeCellFrames,
  frameGeometry,
  framePlanes,
} from './cells.ts';
import { checkInteger, checkNumber, fillOptions, refuseOption } from './check-options.ts';
import { count, countOrNone } from './count.ts';
import { defineWorld } from './define-world.ts';
import { renderPlanes } from './plane.ts';
import { createRuleOracle } from './rule-oracle.ts';
import type { World } from './world.ts';

const options = z.strictObject({
  rules: z
    .array(z.string())
    .readonly()
    .default(['B3/S23'])
    .describe('Birth/survival rules such as B3/S23; each sequence draws one.'),
  grid: count.default(12).describe('Width and height of the torus in cells; a multiple of patch.'),
  patch: count
    .default(3)
    .describe('Width and height in cells of the square that becomes one token, at most 4.'),
  density: z
    .union([z.literal('drawn'), z.number()])
    .default('drawn')
    .describe(
      "Probability that a cell is alive in the initial state; 'drawn': drawn uniformly between 0 and 1 for each sequence.",
    ),
  burnIn: countOrNone.default(0).describe('Simulation steps before the first frame.'),
});

/** Settings of a world of Life-like automata. */
export type LifeOptions = z.output<typeof options> & {
  /** Tokens in a sequence; the last frame is cut there. */
  readonly sequenceLength: number;
};

export const LIFE_DEFAULTS: LifeOptions = {
  ...options.parse({}),
  sequenceLength: 1024,
};

/** Bit n of `birth`: a dead cell with n live neighbors comes alive; bit n of `survival`: a live one stays so. */
export type LifeRule = { readonly birth: number; readonly survival: number };

export type LifeWorld = World<LifeRule, CellFrames> & { readonly options: LifeOptions };

/**
 * Life-like automata on a torus from a random soup, the source of LifeGPT (arXiv 2409.12182). Frames and tokens are
 * those of the NCA world with two colors: start token, patches in row-major order, end token.
 *
 * Deviations from the paper: it has one token per cell on 32x32 cells, and pairs of a state and its successor; here a
 * sequence is one simulation, a token a patch, and the rule may be drawn. As there, the soup's density is drawn
 * uniformly by default.
 *
 * @throws UserError for wrong options
 */
export function createLifeWorld(given: Partial<LifeOptions> = {}): LifeWorld {
  const options = fillOptions('life', LIFE_DEFAULTS, given);
  checkOptions(options);
  const { grid, patch, burnIn, sequenceLength } = options;
  if (options.rules.length === 0) refuseOption('life', 'rules is empty', "give one, as 'B3/S23'");
  const rules = options.rules.map(parseLifeRule);
  const format: CellFormat = {
    width: grid,
    height: grid,
    patchWidth: patch,
    patchHeight: patch,
    colors: 2,
  };
  const { vocabSize, frameLength } = cellLayout(format);
  if (sequenceLength <= frameLength) {
    refuseOption(
      'life',
      `sequenceLength ${sequenceLength} leaves nothing to predict`,
      `the first frame takes ${frameLength} tokens and is never a target: use an integer above that`,
    );
  }
  const frames = Math.ceil(sequenceLength / frameLength);
  return {
    name: 'life',
    description: `life: ${options.rules.join(', ')}, ${grid}×${grid} cells`,
    options,
    learnable: rules.length === 1 ? 'fixed' : 'in-context',
    freshRules: false,
    vocabSize,
    sequenceLength,
    frame: frameGeometry(format),
    oracle: () =>
      createRuleOracle(format, rules, (rule, cells) => {
        const next = new Uint8Array(cells.length);
        stepLife(rule, grid, cells, next);
        return next;
      }),
    frameLength,
    firstTarget: frameLength,
    sample: (key) => rules[randomInt(key, rules.length)]!,
    rollout: (rule, key) => rolloutLife(rule, grid, sampleSoup(options, key), burnIn, frames),
    accept: () => true,
    encode: ({ cells }) => encodeCellFrames(format, cells, sequenceLength),
    decode: (tokens) => decodeCellFrames(format, tokens),
    render: (states) => renderPlanes(framePlanes(format, states)),
    planes: (states) => framePlanes(format, states),
  };
}

/** Life-like automata as a kind (arXiv 2409.12182). */
export const life = defineWorld({
  kind: 'life',
  source: 'arXiv 2409.12182',
  description: 'The Game of Life and its relatives on a torus.',
  options,
  create: (given, { sequenceLength }) => createLifeWorld({ ...given, sequenceLength }),
});

/**
 * A rule from its name: `B` and `S`, each with the numbers of live neighbors, in either case.
 *
 * @throws UserError for any other text
 */
export function parseLifeRule(name: string): LifeRule {
  const parts = /^B([0-8]*)\/S([0-8]*)$/i.exec(name);
  if (!parts) {
    throw new UserError(`life: ${JSON.stringify(name)} is not a rule`, {
      hint: "write birth and survival as in 'B3/S23', with digits 0 to 8",
    });
  }
  const bits = (digits: string) => [...digits].reduce((mask, digit) => mask | (1 << +digit), 0);
  return { birth: bits(parts[1]!), survival: bits(parts[2]!) };
}

/** A soup `[grid, grid]`: each cell alive with the density, which is drawn first where the options say so. */
function sampleSoup({ grid, density }: LifeOptions, key: Key): Uint8Array {
  const [word] = randomBits(foldIn(key, 'density'), 1);
  const share = density === 'drawn' ? bitsToUniform(word!) : density;
  const bits = randomBits(foldIn(key, 'soup'), grid * grid);
  return Uint8Array.from(bits, (b) => Number(bitsToUniform(b) < share));
}

/** Frames `[frames, grid, grid]`: frame i is `first` after `burnIn + i` steps on a torus. */
export function rolloutLife(
  rule: LifeRule,
  grid: number,
  first: Uint8Array,
  burnIn: number,
  frames: number,
): CellFrames {
  const size = grid * grid;
  const cells = new Uint8Array(frames * size);
  let state = first.slice();
  let next = new Uint8Array(size);
  for (let t = 0; t < burnIn + frames; t++) {
    if (t >= burnIn) cells.set(state, (t - burnIn) * size);
    stepLife(rule, grid, state, next);
    [state, next] = [next, state];
  }
  return { frames, cells };
}

/** One step on a torus. */
export function stepLife(
  { birth, survival }: LifeRule,
  grid: number,
  source: Uint8Array,
  target: Uint8Array,
): void {
  for (let y = 0; y < grid; y++) {
    const above = ((y + grid - 1) % grid) * grid;
    const level = y * grid;
    const below = ((y + 1) % grid) * grid;
    const column = (x: number) => source[above + x]! + source[level + x]! + source[below + x]!;
    let left = column(grid - 1);
    let middle = column(0);
    for (let x = 0; x < grid; x++) {
      const right = column(x === grid - 1 ? 0 : x + 1);
      const cell = source[level + x]!;
      const mask = cell === 1 ? survival : birth;
      target[level + x] = (mask >> (left + middle + right - cell)) & 1;
      left = middle;
      middle = right;
    }
  }
}

function checkOptions({ grid, patch, density, burnIn, sequenceLength }: LifeOptions): void {
  checkInteger('life', 'grid', grid, 3, 1024);
  checkInteger('life', 'patch', patch, 1, 4);
  checkInteger('life', 'burnIn', burnIn, 0, 1e6);
  checkInteger('life', 'sequenceLength', sequenceLength, 2, 2 ** 31);
  if (density !== 'drawn') checkNumber('life', 'density', density, 0, 1);
  if (grid % patch === 0) return;
  refuseOption(
    'life',
    `grid ${grid} is not a multiple of patch ${patch}`,
    `patches must tile the grid: use grid ${Math.ceil(grid / patch) * patch}`,
  );
}
