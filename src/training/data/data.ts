// The contract of training data: batches as pure functions of keys and steps, wherever sequences come from.

import type { z } from 'zod';
import type { DataFacts } from '../../algorithms/algorithm.ts';
import type { Key } from '../../core/index.ts';
import type { Definition, Registry } from '../../core/registry.ts';
import type { TokenFileRecord } from '../../datasets/index.ts';
import type { TokenBatch, Tokenizer } from '../../text/index.ts';
import type { AnyWorld } from '../../worlds/world.ts';
import type { TextInfo } from './prepare-text.ts';

/** What data are opened for. */
export type DataContext = {
  /** Folder where the data may keep what a run that goes on needs; null: to look only, and write nothing. */
  readonly directory: string | null;
  /** Whether `directory` must hold already what a run began with: it is compared, and nothing is written. */
  readonly begun?: boolean | undefined;
  /** Of the run; decides which documents of a text are held out. */
  readonly seed: number;
  /** Everything random follows from it. */
  readonly key: Key;
  /** In place of `key` for what is held out, where that is to be other sequences than a run's own. */
  readonly heldOutKey?: Key | undefined;
  /** Tokens that a model reads of a sequence; null where nobody says: the data decide. */
  readonly contextLength: number | null;
  /** Sequences of a whole optimizer step. */
  readonly batchSize: number;
  /** Held-out sequences of data that are drawn, at least; rounded up to whole batches. */
  readonly heldOutSequences: number;
  /** Steps that will have been taken on these data, in batches of this size, by the stages before too. */
  readonly steps: number;
  /** What a recipe calls these data, in messages. */
  readonly place: string;
};

/** What tokens are to a reader. */
export type Shown = 'tokens' | 'text' | 'image' | 'frames';

/** Sequences to learn from and others to be judged by. */
export type DrawnWorlds = { readonly training: AnyWorld; readonly heldOut: AnyWorld };

/** What the gate judges a model by, besides held-out sequences. */
export type GateInputs = {
  readonly world: AnyWorld;
  /** Tokens `[contextLength + 1]` each, in the order of the held-out batches. */
  readonly heldOutSequences: readonly Int32Array[];
  /** The first sequences of training, for the gate's predictors. */
  readonly trainingSample: () => Int32Array[] | Promise<Int32Array[]>;
  /** Key of what the gate draws beyond these. */
  readonly gateKey: Key;
  /**
   * New sequences under rules of the first training sequences, at most so many: absent where rules come again in
   * held-out sequences anyway, or cannot be drawn again.
   */
  readonly seenRules?: (count: number) => Int32Array[];
  /** Different sequences that all steps train on. */
  readonly trainedSequences: number;
};

/** Data that are open. Close them. */
export type OpenedData = DataFacts & {
  readonly shows: Shown;
  /** Batch number `step` of training, `[batchSize, contextLength]`: a pure function of the step. */
  readonly batch: (step: number) => TokenBatch | Promise<TokenBatch>;
  /** Batches that are never trained on, of the size of training ones. */
  readonly heldOut: readonly TokenBatch[];
  /** Where tokens are text. */
  readonly tokenizer?: Tokenizer;
  /** The world that sequences are of, for pictures and descriptions. */
  readonly world?: AnyWorld;
  /** The worlds of sequences of another length, where sequences are drawn. Throws UserError for a length they cannot have. */
  readonly worlds?: (contextLength: number) => DrawnWorlds;
  /** Where every token from the first target on counts, and the law of the sequences, or its absence, is known. */
  readonly gate?: GateInputs;
  /** Of a text: how much there is of it. */
  readonly info?: TextInfo;
  /** How much was read from files, in a sentence, where it was read just now. */
  readonly read?: string;
  /** Files that hold the data, with their hashes, for the provenance of a run. */
  readonly files?: readonly TokenFileRecord[];
  /** Sequences that there are to train on, where their number is limited. */
  readonly trainingCount?: number;
  readonly close: () => Promise<void>;
};

/** A kind of data, as recipes name it. */
export type DataDefinition<O extends z.ZodObject = z.ZodObject> = Definition<O> & {
  /** @throws UserError where options do not fit the context, or files are missing, damaged or other ones than before */
  open(options: z.output<O>, context: DataContext): OpenedData | Promise<OpenedData>;
  /**
   * What can be told without reading much: whether files are there, and facts to try a model by. A vocabulary that only
   * reading would tell has the most ids it may have. Writes nothing; absent where opening takes no time.
   *
   * @throws UserError as `open`, for what it looks at
   */
  glance?(options: z.output<O>, context: DataContext): DataFacts;
};

/** Kinds of data by name. */
export type DataRegistry = Registry<DataDefinition>;

export function defineData<O extends z.ZodObject>(
  definition: DataDefinition<O>,
): DataDefinition<O> {
  return definition;
}

/** Tokens that a model reads of a sequence, where neither a recipe nor the data say. */
export const DEFAULT_CONTEXT_LENGTH = 256;
