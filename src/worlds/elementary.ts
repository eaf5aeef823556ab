// Elementary cellular automata: rows of bits under one of 256 rules, chosen by number or by Wolfram class.

import { z } from 'zod';
import { foldIn, randomBits, randomInt } from '../core/index.ts';
import {
  type CellFormat,
  type CellFrames,
  cellLayout,
  decodeCellFrames,
  encodeCellFrames,
  frameGeometry,
} from './cells.ts';
import { checkInteger, fillOptions, refuseOption } from './check-options.ts';
import { count, countOrNone } from './count.ts';
import { defineWorld } from './define-world.ts';
import { listRulesOfClass, type WolframClass } from './elementary-classes.ts';
import { type Plane, renderPlanes } from './plane.ts';
import { createRuleOracle } from './rule-oracle.ts';
import type { World } from './world.ts';

const options = z.strictObject({
  rules: z
    .union([z.enum(['class-1', 'class-2', 'class-3', 'class-4']), z.array(z.int()).readonly()])
    .default('class-4')
    .describe(
      'Rule numbers 0 to 255, or a Wolfram class for all of its rules; each sequence draws one.',
    ),
  width: count.default(64).describe('Cells per row, which is a ring; a multiple of patch.'),
  patch: count.default(8).describe('Cells of a row that become one token, at most 16.'),
  burnIn: countOrNone.default(10).describe('Simulation steps before the first row.'),
});

/** Settings of a world of elementary cellular automata. */
export type ElementaryOptions = z.output<typeof options> & {
  /** Tokens in a sequence; the last row is cut there. */
  readonly sequenceLength: number;
};

export const ELEMENTARY_DEFAULTS: ElementaryOptions = {
  ...options.parse({}),
  sequenceLength: 1024,
};

export type ElementaryWorld = World<number, CellFrames> & {
  readonly options: ElementaryOptions;
  /** The rules that sequences are drawn from, rising. */
  readonly rules: readonly number[];
};

/**
 * Space-time diagrams of elementary cellular automata, the source of "Intelligence at the Edge of Chaos" (arXiv
 * 2410.02536). A row of independent fair bits runs `burnIn` steps under a rule; every row after that is a frame:
 * start token, `width / patch` tokens, end token. A token's id is the sum over the cells of its patch, from the left,
 * of cell k times 2^k, so it is the patch read as a binary number with the least significant bit first.
 *
 * Deviations from the paper: it projects a row of bits to one embedding, and trains one model per rule. Here rows are
 * tokens, and where there are several rules, each sequence has one of them, to be inferred from the rows before.
 *
 * @throws UserError for wrong options
 */
export function createElementaryWorld(given: Partial<ElementaryOptions> = {}): ElementaryWorld {
  const options = fillOptions('elementary', ELEMENTARY_DEFAULTS, given);
  const rules = resolveRules(options.rules);
  checkOptions(options);
  const { width, patch, burnIn, sequenceLength } = options;
  const format: CellFormat = { width, height: 1, patchWidth: patch, patchHeight: 1, colors: 2 };
  const { vocabSize, frameLength } = cellLayout(format);
  if (sequenceLength <= frameLength) {
    refuseOption(
      'elementary',
      `sequenceLength ${sequenceLength} leaves nothing to predict`,
      `the first row takes ${frameLength} tokens and is never a target: use an integer above that`,
    );
  }
  const frames = Math.ceil(sequenceLength / frameLength);
  return {
    name: 'elementary',
    description: `elementary: ${describeRules(options.rules, rules)}, rows of ${width} cells`,
    options,
    rules,
    learnable: rules.length === 1 ? 'fixed' : 'in-context',
    freshRules: false,
    vocabSize,
    sequenceLength,
    frame: frameGeometry(format),
    oracle: () =>
      createRuleOracle(format, rules, (rule, row) => {
        const next = new Uint8Array(row.length);
        stepElementary(rule, row, next);
        return next;
      }),
    frameLength,
    firstTarget: frameLength,
    sample: (key) => rules[randomInt(key, rules.length)]!,
    rollout: (rule, key) => {
      const bits = randomBits(foldIn(key, 'first row'), width);
      const first = Uint8Array.from(bits, (word) => word >>> 31);
      return rolloutElementary(rule, first, burnIn, frames);
    },
    accept: () => true,
    encode: ({ cells }) => encodeCellFrames(format, cells, sequenceLength),
    decode: (tokens) => decodeCellFrames(format, tokens),
    render: (states) => renderPlanes([diagramOf(width, states)]),
    planes: (states) => [diagramOf(width, states)],
  };
}

/** Elementary cellular automata as a kind (arXiv 2410.02536). */
export const elementary = defineWorld({
  kind: 'elementary',
  source: 'arXiv 2410.02536',
  description: 'Space-time diagrams of elementary cellular automata.',
  options,
  create: (given, { sequenceLength }) => createElementaryWorld({ ...given, sequenceLength }),
});

/** Rows `[frames, width]`: row i is `first` after `burnIn + i` steps on a ring. */
export function rolloutElementary(
  rule: number,
  first: Uint8Array,
  burnIn: number,
  frames: number,
): CellFrames {
  const width = first.length;
  const cells = new Uint8Array(frames * width);
  let row = first.slice();
  let next = new Uint8Array(width);
  for (let t = 0; t < burnIn + frames; t++) {
    if (t >= burnIn) cells.set(row, (t - burnIn) * width);
    stepElementary(rule, row, next);
    [row, next] = [next, row];
  }
  return { frames, cells };
}

/** One step on a ring: bit 4a + 2b + c of the rule, where a, b and c are the left neighbor, the cell and the right one. */
export function stepElementary(rule: number, source: Uint8Array, target: Uint8Array): void {
  const width = source.length;
  for (let x = 0; x < width; x++) {
    const left = source[x === 0 ? width - 1 : x - 1]!;
    const right = source[x === width - 1 ? 0 : x + 1]!;
    target[x] = (rule >> (left * 4 + source[x]! * 2 + right)) & 1;
  }
}

/** Rows from the top down. */
function diagramOf(width: number, { frames, cells }: CellFrames): Plane {
  return { width, height: frames, cells };
}

function resolveRules(rules: ElementaryOptions['rules']): readonly number[] {
  if (typeof rules === 'string') {
    const wolframClass = Number(/^class-([1-4])$/.exec(rules)?.[1]) as WolframClass;
    if (wolframClass >= 1) return listRulesOfClass(wolframClass);
    refuseOption(
      'elementary',
      `rules is ${JSON.stringify(rules)}`,
      "use rule numbers, or 'class-1' to 'class-4'",
    );
  }
  if (rules.length === 0) refuseOption('elementary', 'rules is empty', 'give at least one rule');
  for (const rule of rules) checkInteger('elementary', 'a rule', rule, 0, 255);
  return [...new Set(rules)].sort((a, b) => a - b);
}

function checkOptions({ width, patch, burnIn, sequenceLength }: ElementaryOptions): void {
  checkInteger('elementary', 'width', width, 3, 2 ** 16);
  checkInteger('elementary', 'patch', patch, 1, Math.min(16, width));
  checkInteger('elementary', 'burnIn', burnIn, 0, 1e6);
  checkInteger('elementary', 'sequenceLength', sequenceLength, 2, 2 ** 31);
  if (width % patch === 0) return;
  refuseOption(
    'elementary',
    `width ${width} is not a multiple of patch ${patch}`,
    `patches must tile a row: use width ${Math.ceil(width / patch) * patch}`,
  );
}

function describeRules(asked: ElementaryOptions['rules'], rules: readonly number[]): string {
  if (typeof asked === 'string')
    return `Wolfram ${asked.replace('-', ' ')} (${rules.length} rules)`;
  return rules.length > 8
    ? `${rules.length} rules`
    : `rule${rules.length > 1 ? 's' : ''} ${rules.join(', ')}`;
}
