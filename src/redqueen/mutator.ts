// The contract of mutators, which make new warriors, and of their kinds.

import type { z } from 'zod';
import type { Key } from '../core/index.ts';
import type { Definition, Registry } from '../core/registry.ts';
import type { CoreSettings, Warrior } from '../corewar/index.ts';
import type { UsageMeter } from './usage.ts';

/** A warrior that something is made from. */
export type Parent = { readonly source: string; readonly warrior: Warrior };

export type ProposalRequest = {
  /** All the randomness there is. */
  readonly key: Key;
  /** Names the candidate, e.g. `round 3, candidate 17`: no two are alike in a run. */
  readonly tag: string;
  /** What to change; null for a new warrior. */
  readonly parent: Parent | null;
  /** A second elite, where there is one, to take from. */
  readonly mate: Parent | null;
  /** Nothing is begun once it is aborted; what was paid for is waited for and kept. */
  readonly signal?: AbortSignal | undefined;
};

export type Proposal = {
  /** The kind of mutator that made it. */
  readonly mutator: string;
  /** What was made; null if nothing usable was. */
  readonly source: string | null;
  readonly warrior: Warrior | null;
  /** Why there is no warrior. */
  readonly failure: 'no code' | 'invalid' | null;
  /** The assembler's errors, for people. */
  readonly errors: readonly string[];
  /** Whether a first answer was sent back with its errors. */
  readonly repaired: boolean;
  /** Whether something was taken from the mate. */
  readonly usedMate: boolean;
};

export type Mutator = {
  propose(request: ProposalRequest): Promise<Proposal>;
};

/** The context in which a mutator is created. */
export type MutatorContext = {
  readonly settings: CoreSettings;
  /** Folder of a language model's answers; null keeps none. */
  readonly answers: string | null;
  /** Counts requests; null for no counting. */
  readonly meter: UsageMeter | null;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Prints a message. */
  readonly say: (text: string) => void;
};

/** The total budget of a run for its language model, earlier spending included. */
export type ModelBudget = { readonly maxRequests?: number; readonly maxTotalTokens?: number };

/** A kind of mutator, as recipes name it. */
export type MutatorDefinition<O extends z.ZodObject = z.ZodObject> = Definition<O> & {
  /** Who makes the warriors, after the word `by`. */
  describe(options: z.output<O>): string;
  /** Options with another budget; absent if nothing is spent. */
  withBudget?(options: z.output<O>, budget: ModelBudget): z.output<O>;
  /** Must be quick: it is also called to check a recipe, before a run has a folder. */
  create(options: z.output<O>, context: MutatorContext): Mutator;
};

/** Kinds of mutators by name. */
export type MutatorRegistry = Registry<MutatorDefinition>;

export function defineMutator<O extends z.ZodObject>(
  definition: MutatorDefinition<O>,
): MutatorDefinition<O> {
  return definition;
}
