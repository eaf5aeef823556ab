// What makes a world a kind that recipes can name.

import { z } from 'zod';
import type { Definition, Registry } from '../core/registry.ts';
import { resolveKind } from '../core/resolve-kind.ts';
import type { TracedWorld } from './traced-world.ts';
import type { AnyWorld } from './world.ts';

/** The context in which a world is created. */
export type WorldContext = {
  /** Tokens in a sequence: one more than a model reads, the last target. */
  readonly sequenceLength: number;
  /** The kinds that a world may be made of. */
  readonly registry: WorldRegistry;
};

/** A kind of world, as recipes name it. */
export type WorldDefinition<
  O extends z.ZodObject = z.ZodObject,
  W extends AnyWorld = AnyWorld,
> = Definition<O> & {
  /** Tokens that a model reads of a sequence, where a recipe does not say. */
  readonly contextLength?: number;
  /** @throws UserError if options contradict each other or the length of sequences */
  create(options: z.output<O>, context: WorldContext): W;
  /**
   * The same sequences, as far as their distribution goes, as part of a program: a device then draws what it trains on. Absent
   * where a world has no such program.
   *
   * @throws UserError as `create`, and for options that a program cannot follow
   */
  trace?(options: z.output<O>, context: WorldContext): TracedWorld;
};

/** Kinds of worlds by name. */
export type WorldRegistry = Registry<WorldDefinition>;

/** A kind of world; its type follows from the options. A plugin lists it under `worlds`. */
export function defineWorld<O extends z.ZodObject, W extends AnyWorld>(
  definition: WorldDefinition<O, W>,
): WorldDefinition<O, W> {
  return definition;
}

/**
 * A world of a registry.
 *
 * @param options as a recipe has them
 * @param origin the subject of error messages
 * @throws UserError for a kind that is not in the registry, options that the kind does not take (naming the nearest
 *   known name), or options that contradict each other
 */
export function createWorldOf(
  registry: WorldRegistry,
  kind: string,
  options: unknown,
  { sequenceLength }: Pick<WorldContext, 'sequenceLength'>,
  origin = 'world',
): AnyWorld {
  const found = resolveKind(origin, registry, kind, options);
  return found.definition.create(found.options, { sequenceLength, registry });
}

/** Of a control: the world that it takes its tokens from, by kind. Its options are checked when it is made. */
export const originalSchema = z
  .looseObject({ kind: z.string().default('nca').describe('Kind of that world.') })
  .prefault({})
  .describe('The world whose tokens are used, with its options.');

/** @throws UserError as `createWorldOf` */
export function createOriginal(
  { kind, ...options }: z.output<typeof originalSchema>,
  { registry, ...sizes }: WorldContext,
  origin: string,
): AnyWorld {
  return createWorldOf(registry, kind, options, sizes, origin);
}
