// The contract of training data: batches as pure functions of keys and steps, whatever the source of sequences.

import type { z } from 'zod';
import type { DataFacts } from '../../algorithms/algorithm.ts';
import type { Key } from '../../core/index.ts';
import type { Definition, Registry } from '../../core/registry.ts';
import type { TokenFileRecord } from '../../datasets/index.ts';
import type { TokenBatch, Tokenizer } from '../../text/index.ts';
import type { TracedWorld } from '../../worlds/traced-world.ts';
import type { AnyWorld } from '../../worlds/world.ts';
import type { TextInfo } from './prepare-text.ts';

/** The context in which data are opened. */
export type DataContext = {
  /** Folder where the data may keep what a resumed run needs; null: only look, and write nothing. */
  readonly directory: string | null;
  /** Whether `directory` must already hold the run's data: they are compared, and nothing is written. */
  readonly begun?: boolean | undefined;
  /** The run's seed, which decides which documents of a text are held out. */
  readonly seed: number;
  /** The key of everything random. */
  readonly key: Key;
  /** Replaces `key` for held-out sequences, if these should differ from the run's own. */
  readonly heldOutKey?: Key | undefined;
  /** Tokens that a model reads of a sequence; null: the data decide. */
  readonly contextLength: number | null;
  /** Sequences of a whole optimizer step. */
  readonly batchSize: number;
  /** Least number of held-out sequences of drawn data; rounded up to whole batches. */
  readonly heldOutSequences: number;
  /** Total steps on these data, in batches of this size, earlier stages included. */
  readonly steps: number;
  /** The place of these data in the recipe, for messages. */
  readonly place: string;
};

/** What tokens represent. */
export type Shown = 'tokens' | 'text' | 'image' | 'frames';

/** Training sequences and held-out ones. */
export type DrawnWorlds = { readonly training: AnyWorld; readonly heldOut: AnyWorld };

/** Data of the gate besides held-out sequences. */
export type GateInputs = {
  readonly world: AnyWorld;
  /** Tokens `[contextLength + 1]` each, in the order of the held-out batches. */
  readonly heldOutSequences: readonly Int32Array[];
  /** The first sequences of training, for the gate's predictors; if the device draws those, others of the same distribution. */
  readonly trainingSample: () => Int32Array[] | Promise<Int32Array[]>;
  /** Key of what the gate draws beyond these. */
  readonly gateKey: Key;
  /**
   * New sequences under the rules of the first training sequences, at most this many. Absent if rules come again in held-out
   * sequences anyway, or cannot be drawn again.
   */
  readonly seenRules?: (count: number) => Int32Array[];
  /** Different sequences that all steps train on. */
  readonly trainedSequences: number;
};

/** Sequences that training steps draw themselves. */
export type DeviceSequences = {
  readonly world: TracedWorld;
  /** The key of batch number `step`: a pure function of the step. */
  readonly key: (step: number) => Key;
};

/** Open data, which must be closed. */
export type OpenedData = DataFacts & {
  readonly shows: Shown;
  /** Batch number `step` of training, `[batchSize, contextLength]`: a pure function of the step. */
  readonly batch: (step: number) => TokenBatch | Promise<TokenBatch>;
  /** If the device draws what is trained on (`drawnOnDevice`); `batch` then gives other sequences of the same distribution. */
  readonly onDevice?: DeviceSequences;
  /** Batches that are never trained on, of the size of training ones. */
  readonly heldOut: readonly TokenBatch[];
  /** If tokens are text. */
  readonly tokenizer?: Tokenizer;
  /** The world that sequences are of, for pictures and descriptions. */
  readonly world?: AnyWorld;
  /** The worlds of sequences of another length, if sequences are drawn. Throws UserError for an impossible length. */
  readonly worlds?: (contextLength: number) => DrawnWorlds;
  /** If every token from the first target on counts, and the law of the sequences, or its absence, is known. */
  readonly gate?: GateInputs;
  /** Of a text: how much there is of it. */
  readonly info?: TextInfo;
  /** How much was read from files, as a sentence, if it was read just now. */
  readonly read?: string;
  /** Files that hold the data, with their hashes, for the provenance of a run. */
  readonly files?: readonly TokenFileRecord[];
  /** Number of training sequences, if it is limited. */
  readonly trainingCount?: number;
  readonly close: () => Promise<void>;
};

/** A kind of data, as recipes name it. */
export type DataDefinition<O extends z.ZodObject = z.ZodObject> = Definition<O> & {
  /** @throws UserError if options do not fit the context, or files are missing, damaged or other ones than before */
  open(options: z.output<O>, context: DataContext): OpenedData | Promise<OpenedData>;
  /**
   * Checks that files exist, and returns facts to try a model with, without reading much. If only reading would tell the
   * vocabulary, it has the largest possible size. Writes nothing; absent if opening takes no time.
   *
   * @throws UserError as `open`, for what it looks at
   */
  glance?(options: z.output<O>, context: DataContext): DataFacts;
};

/** Kinds of data by name. */
export type DataRegistry = Registry<DataDefinition>;

/** A kind of data; its type follows from the options. A plugin lists it under `data`. */
export function defineData<O extends z.ZodObject>(
  definition: DataDefinition<O>,
): DataDefinition<O> {
  return definition;
}

/** The context length if neither the recipe nor the data set it. */
export const DEFAULT_CONTEXT_LENGTH = 256;
