// The contract of training algorithms: whatever learns from batches is run, saved and resumed alike.

import type { NdArray } from '../core/index.ts';

/** Arrays of a learner by name: what a checkpoint holds. */
export type NamedArrays = Readonly<Record<string, NdArray>>;

/** Everything that a learner needs to go on to the same bits. */
export type LearnerSnapshot = {
  readonly params: NamedArrays;
  /** Optimizer state and whatever else is not part of the model. */
  readonly optimizer: NamedArrays;
};

/** What a step is told besides its batch. */
export type StepOptions = {
  /** Steps taken before this one. */
  readonly step: number;
  readonly learningRate: number;
};

export type StepMetrics = {
  readonly loss: number;
  readonly gradientNorm: number;
  /** What the loss is made of, and whatever else a learner has to tell of each step. */
  readonly parts?: Readonly<Record<string, number>>;
  /** The same by position of a sequence; NaN where there is nothing to tell. */
  readonly series?: Readonly<Record<string, readonly number[]>>;
};

/** What a learner can tell of batches besides its loss: numbers, and numbers by position of a sequence. */
export type Measures = {
  /** The mean loss that `Learner.evaluate` gives. */
  readonly loss: number;
  readonly parts: Readonly<Record<string, number>>;
  readonly series: Readonly<Record<string, readonly number[]>>;
};

/** A model with its optimizer, on a device. */
export type Learner<Batch> = {
  /** Takes one optimizer step. */
  step(batch: Batch, options: StepOptions): Promise<StepMetrics>;
  /** Mean loss over batches, in nats per token, without training. */
  evaluate(batches: Iterable<Batch>): Promise<number>;
  /** More about batches than their loss, where a learner has more to tell; without training. */
  measure?(batches: Iterable<Batch>): Promise<Measures>;
  /** A copy of the state. */
  snapshot(): Promise<LearnerSnapshot>;
  /** Frees the device's memory. */
  close(): Promise<void>;
};
