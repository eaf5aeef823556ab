// Sequences of worlds as training data: drawn under keys, never stored.

import { z } from 'zod';
import type { DataFacts } from '../../algorithms/algorithm.ts';
import { foldIn, type Key } from '../../core/index.ts';
import type { TokenBatch } from '../../text/index.ts';
import type { WorldDefinition, WorldRegistry } from '../../worlds/define-world.ts';
import type { TracedWorld } from '../../worlds/traced-world.ts';
import { type AnyWorld, drawSequence, drawTokens } from '../../worlds/world.ts';
import {
  type DataContext,
  type DataDefinition,
  DEFAULT_CONTEXT_LENGTH,
  type DrawnWorlds,
  type GateInputs,
  type OpenedData,
} from './data.ts';

/**
 * A kind of world as a kind of data.
 *
 * @param registry the kinds that it may be made of
 */
export function worldAsData(definition: WorldDefinition, registry: WorldRegistry): DataDefinition {
  const { kind, source, description, options } = definition;
  const lengthOf = ({ contextLength }: DataContext) =>
    contextLength ?? definition.contextLength ?? DEFAULT_CONTEXT_LENGTH;
  const sizesOf = (contextLength: number) => ({ sequenceLength: contextLength + 1, registry });
  return {
    kind,
    source,
    description,
    options: definition.trace ? options.safeExtend({ drawOn }) : options,
    open({ drawOn: place, ...given }, context) {
      // Held-out sequences have a key of their own.
      const worlds = (contextLength: number) => {
        const world = definition.create(given, sizesOf(contextLength));
        return { training: world, heldOut: world };
      };
      const opened = openWorlds(worlds, lengthOf(context), context);
      const shown = opened.world.frame ? ({ ...opened, shows: 'frames' } as const) : opened;
      if (place !== 'device') return shown;
      const traced = definition.trace!(given, sizesOf(lengthOf(context)));
      return drawOnDevice(shown, traced, context.key);
    },
    glance({ drawOn: place, ...given }, context) {
      const sizes = sizesOf(lengthOf(context));
      const world = definition.create(given, sizes);
      // A filter that nothing passes, or a band that no rule reaches, is found here.
      drawTokens(world, context.key, 0);
      const facts = worldFacts(world, context.batchSize);
      if (place !== 'device') return facts;
      definition.trace!(given, sizes);
      return { ...facts, drawnOnDevice: true };
    },
  };
}

/** Of the options of a world as data, those that are the world's own. */
export function worldOptionsOf({
  drawOn: _,
  ...options
}: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return options;
}

const drawOn = z
  .enum(['host', 'device'])
  .default('host')
  .describe(
    "Where training sequences are drawn: by the host, or on the 'device', inside the training step. Held-out ones are " +
      'always drawn by the host.',
  );

/** The same data, of which a step draws its batch itself, from a key. */
function drawOnDevice(data: OpenedData, world: TracedWorld, key: Key): OpenedData {
  const deviceKey = foldIn(key, 'train on device');
  const { gate, ...rest } = data;
  // The rules of training are the device's own: the host cannot draw new sequences under them.
  const { seenRules: _, ...judged } = gate ?? {};
  return {
    ...rest,
    ...(gate ? { gate: judged as GateInputs } : {}),
    drawnOnDevice: true,
    onDevice: { world, key: (step) => foldIn(deviceKey, step) },
  };
}

type DrawnContext = Pick<
  DataContext,
  'key' | 'heldOutKey' | 'batchSize' | 'heldOutSequences' | 'steps'
>;

/**
 * Data drawn from worlds. Sequence i of training is number i under `train`, of those held out under `held-out`.
 *
 * @throws UserError if sequences cannot have this length, or none passes a world's filter
 */
export function openWorlds(
  worlds: (contextLength: number) => DrawnWorlds,
  contextLength: number,
  context: DrawnContext,
) {
  const { key, heldOutKey = key, batchSize } = context;
  const { training, heldOut } = worlds(contextLength);
  const trainKey = foldIn(key, 'train');
  const trainMany = (first: number, count: number) => drawMany(training, trainKey, first, count);
  const heldOutSequences = drawMany(
    heldOut,
    foldIn(heldOutKey, 'held-out'),
    0,
    countHeldOut(context),
  );
  const trainedSequences = context.steps * batchSize;
  const gate = {
    world: training,
    heldOutSequences,
    trainedSequences,
    gateKey: foldIn(heldOutKey, 'gate'),
    trainingSample: () => trainMany(0, countSample(training, trainedSequences)),
    ...(training.freshRules && training.learnable === 'in-context'
      ? { seenRules: (count: number) => drawUnderSeenRules(training, trainKey, count) }
      : {}),
  } satisfies GateInputs;
  return {
    ...worldFacts(training, batchSize),
    shows: 'tokens' as const,
    batch: (step: number) => toBatch(trainMany(step * batchSize, batchSize), training),
    heldOut: toBatches(heldOutSequences, batchSize, heldOut),
    world: training,
    worlds,
    // Predictors count every token, which says nothing where only some are targets.
    ...(training === heldOut && !training.targets ? { gate } : {}),
    close: async () => {},
  } satisfies OpenedData;
}

/** The facts about sequences of a world for algorithms. */
export function worldFacts(
  { vocabSize, sequenceLength, firstTarget, targets }: AnyWorld,
  batchSize: number,
): DataFacts {
  const contextLength = sequenceLength - 1;
  // The input before the first target.
  const firstPosition = firstTarget - 1;
  const weighted = targets !== undefined;
  return { vocabSize, contextLength, batchSize, firstPosition, order: 'independent', weighted };
}

function drawMany(world: AnyWorld, key: Key, first: number, count: number): Int32Array[] {
  return Array.from({ length: count }, (_, i) => drawTokens(world, key, first + i));
}

/** Evaluation batches have the size of training ones: rounded up to whole ones. */
export function countHeldOut({
  heldOutSequences,
  batchSize,
}: Pick<DataContext, 'heldOutSequences' | 'batchSize'>): number {
  return Math.ceil(heldOutSequences / batchSize) * batchSize;
}

/** Training sequences that the gate's predictors learn from. */
const SAMPLE_SEQUENCES = 256;
/** If rules come again, predictors remember training sequences, and more of them help. */
const REMEMBERED_SEQUENCES = 1024;
const REMEMBERED_TOKENS = 2 ** 18;

/** The training sequences for the gate's predictors, if there are this many. */
export function countSample({ freshRules, sequenceLength }: AnyWorld, available: number): number {
  const remembered = Math.min(
    REMEMBERED_SEQUENCES,
    Math.max(SAMPLE_SEQUENCES, Math.floor(REMEMBERED_TOKENS / sequenceLength)),
  );
  return Math.min(freshRules ? SAMPLE_SEQUENCES : remembered, available);
}

/** Initial states to try for a rule until one passes the world's filter. */
const INITIAL_STATES = 20;

/** One new sequence per rule of a training sequence, in their order; rules whose simulations do not pass are left out. */
function drawUnderSeenRules(world: AnyWorld, trainKey: Key, count: number): Int32Array[] {
  return Array.from({ length: count }, (_, i) => i).flatMap((i) => {
    const { rule } = drawSequence(world, trainKey, i);
    const stateKey = foldIn(foldIn(trainKey, i), 'another initial state');
    for (let attempt = 0; attempt < INITIAL_STATES; attempt++) {
      const states = world.rollout(rule, foldIn(stateKey, attempt));
      if (world.accept(states)) return [world.encode(states)];
    }
    return [];
  });
}

/** Whole batches of sequences, in their order. */
export function toBatches(
  sequences: readonly Int32Array[],
  batchSize: number,
  world: Pick<AnyWorld, 'targets'> = {},
): TokenBatch[] {
  return Array.from({ length: sequences.length / batchSize }, (_, i) =>
    toBatch(sequences.slice(i * batchSize, (i + 1) * batchSize), world),
  );
}

/**
 * Sequences of `contextLength + 1` tokens as inputs and targets `[count, contextLength]`, with weights where the world says
 * which tokens are targets.
 */
export function toBatch(
  sequences: readonly Int32Array[],
  world: Pick<AnyWorld, 'targets'> = {},
): TokenBatch {
  const contextLength = sequences[0]!.length - 1;
  const inputs = new Int32Array(sequences.length * contextLength);
  const targets = new Int32Array(inputs.length);
  const weights = world.targets && new Float32Array(inputs.length);
  sequences.forEach((tokens, row) => {
    const at = row * contextLength;
    inputs.set(tokens.subarray(0, contextLength), at);
    targets.set(tokens.subarray(1), at);
    weights?.set(world.targets!(tokens).subarray(1), at);
  });
  return { inputs, targets, ...(weights && { weights }) };
}
