// Random warriors and changes to warriors, without a language model: pure functions of a key.

import { foldIn, type Key, randomInt, uniform } from '../core/index.ts';
import {
  type CoreSettings,
  type Instruction,
  MODES,
  MODIFIERS,
  type Mode,
  type Modifier,
  type Opcode,
} from '../corewar/index.ts';

/** The part of a warrior that evolves. */
export type Genome = { readonly instructions: readonly Instruction[]; readonly start: number };

/** What is drawn often is what moves, splits and counts; without P-space, which says nothing within one round. */
const OPCODE_WEIGHTS: readonly (readonly [Opcode, number])[] = [
  ['MOV', 8],
  ['SPL', 5],
  ['JMP', 4],
  ['ADD', 4],
  ['DJN', 4],
  ['DAT', 3],
  ['SUB', 2],
  ['SEQ', 2],
  ['SNE', 2],
  ['JMZ', 2],
  ['JMN', 2],
  ['SLT', 1],
  ['MUL', 1],
  ['DIV', 1],
  ['MOD', 1],
  ['NOP', 1],
];
const MODIFIER_WEIGHTS: readonly (readonly [Modifier, number])[] = MODIFIERS.map((modifier) => [
  modifier,
  modifier === 'I' || modifier === 'AB' || modifier === 'F' ? 3 : 1,
]);
const MODE_WEIGHTS: readonly (readonly [Mode, number])[] = MODES.map((mode) => [
  mode,
  mode === '$' ? 4 : mode === '#' ? 3 : 2,
]);
/** Opcodes for which whole instructions are the usual operands. */
const WHOLE: readonly Opcode[] = ['MOV', 'SEQ', 'SNE', 'CMP'];

/** Lengths of new warriors. */
const SHORTEST_NEW = 2;
const LONGEST_NEW = 16;

function pick<T>(key: Key, weights: readonly (readonly [T, number])[]): T {
  const total = weights.reduce((sum, [, weight]) => sum + weight, 0);
  let at = randomInt(key, total);
  for (const [value, weight] of weights) {
    at -= weight;
    if (at < 0) return value;
  }
  return weights[0]![0];
}

/** Whether something of this probability happens. */
export function chance(key: Key, probability: number): boolean {
  return uniform(key, 1)[0]! < probability;
}

/**
 * A number for a field: mostly near, where a warrior's own instructions are; at times a step of the kind that bombers
 * take; else anywhere in the core.
 */
function randomNumber(key: Key, length: number, coreSize: number): number {
  const kind = randomInt(foldIn(key, 'kind'), 10);
  const draw = foldIn(key, 'value');
  if (kind < 5) return wrap(randomInt(draw, 2 * length + 1) - length, coreSize);
  if (kind < 6) return randomInt(draw, 3);
  if (kind < 8) {
    // Small steps and large ones alike: uniform in the number of digits, without a logarithm.
    const bits = 1 + randomInt(foldIn(draw, 'bits'), 32 - Math.clz32(coreSize - 1));
    const size = randomInt(draw, 2 ** bits);
    return wrap(chance(foldIn(draw, 'sign'), 0.5) ? size : -size, coreSize);
  }
  return randomInt(draw, coreSize);
}

function wrap(value: number, coreSize: number): number {
  return ((value % coreSize) + coreSize) % coreSize;
}

/** A random instruction of a warrior of about `length` instructions. */
function randomInstruction(key: Key, length: number, coreSize: number): Instruction {
  const opcode = pick(foldIn(key, 'opcode'), OPCODE_WEIGHTS);
  const whole = WHOLE.includes(opcode) && chance(foldIn(key, 'whole'), 0.7);
  return {
    opcode,
    modifier: whole ? 'I' : pick(foldIn(key, 'modifier'), MODIFIER_WEIGHTS),
    aMode: pick(foldIn(key, 'a mode'), MODE_WEIGHTS),
    a: randomNumber(foldIn(key, 'a'), length, coreSize),
    bMode: pick(foldIn(key, 'b mode'), MODE_WEIGHTS),
    b: randomNumber(foldIn(key, 'b'), length, coreSize),
  };
}

/** A random warrior of 2 to 16 instructions, fewer where the core allows fewer. */
export function randomGenome(key: Key, { coreSize, maxLength }: CoreSettings): Genome {
  const most = Math.min(LONGEST_NEW, maxLength);
  const least = Math.min(SHORTEST_NEW, most);
  const length = least + randomInt(foldIn(key, 'length'), most - least + 1);
  const instructions = Array.from({ length }, (_, i) =>
    randomInstruction(foldIn(foldIn(key, 'instruction'), i), length, coreSize),
  );
  return { instructions, start: randomInt(foldIn(key, 'start'), length) };
}

type Operator = (genome: Genome, key: Key, settings: CoreSettings) => Genome;

const insertInstruction: Operator = (genome, key, { coreSize }) => {
  const at = randomInt(foldIn(key, 'at'), genome.instructions.length + 1);
  const fresh = randomInstruction(foldIn(key, 'fresh'), genome.instructions.length, coreSize);
  return replaceBlock(genome, at, 0, [fresh]);
};

const deleteInstruction: Operator = (genome, key) => {
  if (genome.instructions.length < 2) return genome;
  return replaceBlock(genome, randomInt(key, genome.instructions.length), 1, []);
};

/** Puts `block` in place of `removed` instructions, and keeps the start on the instruction that it was on. */
function replaceBlock(
  { instructions, start }: Genome,
  at: number,
  removed: number,
  block: readonly Instruction[],
): Genome {
  const changed = instructions.toSpliced(at, removed, ...block);
  const moved = start >= at + removed ? start + block.length - removed : start;
  return { instructions: changed, start: Math.min(moved, changed.length - 1) };
}

function changeInstruction(
  genome: Genome,
  key: Key,
  change: (old: Instruction, key: Key) => Instruction,
): Genome {
  const at = randomInt(foldIn(key, 'at'), genome.instructions.length);
  const changed = change(genome.instructions[at]!, foldIn(key, 'change'));
  return { ...genome, instructions: genome.instructions.with(at, changed) };
}

const replaceInstruction: Operator = (genome, key, { coreSize }) =>
  changeInstruction(genome, key, (_, draw) =>
    randomInstruction(draw, genome.instructions.length, coreSize),
  );

const changeOpcode: Operator = (genome, key) =>
  changeInstruction(genome, key, (old, draw) => ({ ...old, opcode: pick(draw, OPCODE_WEIGHTS) }));

const changeModifier: Operator = (genome, key) =>
  changeInstruction(genome, key, (old, draw) => ({
    ...old,
    modifier: pick(draw, MODIFIER_WEIGHTS),
  }));

const changeMode: Operator = (genome, key) =>
  changeInstruction(genome, key, (old, draw) => {
    const mode = pick(foldIn(draw, 'mode'), MODE_WEIGHTS);
    return chance(foldIn(draw, 'field'), 0.5) ? { ...old, aMode: mode } : { ...old, bMode: mode };
  });

/** A field becomes another number, or moves by a little. */
const changeNumber: Operator = (genome, key, { coreSize }) =>
  changeInstruction(genome, key, (old, draw) => {
    const field = chance(foldIn(draw, 'field'), 0.5) ? 'a' : 'b';
    const steps = [-4, -2, -1, 1, 2, 4];
    const value = chance(foldIn(draw, 'near'), 0.5)
      ? wrap(old[field] + steps[randomInt(foldIn(draw, 'step'), steps.length)]!, coreSize)
      : randomNumber(foldIn(draw, 'number'), genome.instructions.length, coreSize);
    return { ...old, [field]: value };
  });

const changeStart: Operator = (genome, key) => ({
  ...genome,
  start: randomInt(key, genome.instructions.length),
});

function drawBlock({ instructions }: Genome, key: Key): { at: number; length: number } {
  const at = randomInt(foldIn(key, 'from'), instructions.length);
  const most = Math.min(8, instructions.length - at);
  return { at, length: 1 + randomInt(foldIn(key, 'length'), most) };
}

const duplicateBlock: Operator = (genome, key) => {
  const { at, length } = drawBlock(genome, key);
  const to = randomInt(foldIn(key, 'to'), genome.instructions.length + 1);
  return replaceBlock(genome, to, 0, genome.instructions.slice(at, at + length));
};

const moveBlock: Operator = (genome, key) => {
  const { at, length } = drawBlock(genome, key);
  const block = genome.instructions.slice(at, at + length);
  if (block.length === genome.instructions.length) return genome;
  const rest = replaceBlock(genome, at, length, []);
  const to = randomInt(foldIn(key, 'to'), rest.instructions.length + 1);
  return replaceBlock(rest, to, 0, block);
};

const OPERATORS: readonly (readonly [Operator, number])[] = [
  [changeNumber, 6],
  [replaceInstruction, 3],
  [insertInstruction, 3],
  [deleteInstruction, 3],
  [changeMode, 3],
  [changeOpcode, 2],
  [changeModifier, 2],
  [duplicateBlock, 1],
  [moveBlock, 1],
  [changeStart, 1],
];

/** The beginning of one warrior and the end of another, cut at random. */
export function spliceGenomes(first: Genome, second: Genome, key: Key): Genome {
  const head = 1 + randomInt(foldIn(key, 'head'), first.instructions.length);
  const tail = randomInt(foldIn(key, 'tail'), second.instructions.length + 1);
  const instructions = [...first.instructions.slice(0, head), ...second.instructions.slice(tail)];
  return { instructions, start: Math.min(first.start, instructions.length - 1) };
}

/**
 * A changed copy: joined with `mate` first, where there is one; then one change or more, a geometric number of mean
 * `changes`. Never longer than the core allows.
 */
export function mutateGenome(
  parent: Genome,
  mate: Genome | null,
  key: Key,
  options: { readonly settings: CoreSettings; readonly changes: number },
): Genome {
  const { settings, changes } = options;
  let genome = mate ? spliceGenomes(parent, mate, foldIn(key, 'cut')) : parent;
  for (let i = 0; i === 0 || !chance(foldIn(foldIn(key, 'stop'), i), 1 / changes); i++) {
    const own = foldIn(foldIn(key, 'change'), i);
    const operator = pick(foldIn(own, 'operator'), OPERATORS);
    genome = cutGenome(operator(genome, foldIn(own, 'draw'), settings), settings.maxLength);
  }
  return cutGenome(genome, settings.maxLength);
}

function cutGenome({ instructions, start }: Genome, maxLength: number): Genome {
  if (instructions.length <= maxLength) return { instructions, start };
  return { instructions: instructions.slice(0, maxLength), start: Math.min(start, maxLength - 1) };
}
