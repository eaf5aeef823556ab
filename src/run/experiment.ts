// The contract of a kind of run with the command line, studies and reports.

import type { GateResult } from '../eval/index.ts';
import type { Listener } from './events.ts';

/** Where and how a run takes place. */
export type ExperimentOptions = {
  /** The run's folder. */
  readonly directory: string;
  /** The run's name in events; by default its recipe's name. */
  readonly label?: string;
  readonly listener?: Listener;
  /** Threads of one operation, instead of the recipe's; the numbers do not depend on it. */
  readonly threads?: number;
  /** A folder in which runs share prepared data, such as the tokens of a text. */
  readonly sharedData?: string;
  /** Stops the run after the current step, with everything saved. */
  readonly signal?: AbortSignal;
};

/** A kind of run, for certain registries. */
export type Experiment<Recipe, Summary> = {
  /** Names the kind in `run.json`. */
  readonly kind: string;
  /**
   * Checks a recipe and fills in its defaults. A complete recipe is returned unchanged.
   *
   * @param origin where the recipe comes from, for messages
   * @throws UserError naming the first fault and its place
   */
  parse(value: unknown, origin: string): Recipe;
  /**
   * Checks whether a run of the recipe could start: a cheap trial that writes nothing.
   *
   * @throws UserError saying what does not fit
   */
  attempt(recipe: Recipe, options: Pick<ExperimentOptions, 'sharedData'>): Promise<void>;
  /**
   * Runs a recipe in a new or empty folder, to its end.
   *
   * @throws UserError for a run that cannot start, Diverged if a loss or gradient is not finite, RunStopped if the signal
   *   fired
   */
  start(recipe: Recipe, options: ExperimentOptions): Promise<Summary>;
  /** Resumes the run in a folder, to its end. Throws as `start`. */
  resume(options: ExperimentOptions): Promise<Summary>;
  /** What the run in a folder has found, finished or not. */
  summarize(directory: string): Summary;
};

/** Numbers by name; null if one is not known. */
export type NamedNumbers = Readonly<Record<string, number | null>>;

/** A point [x, y] of a series. */
export type SeriesPoint = readonly [x: number, y: number];

/** A point of a stage's held-out curve, with its cost. */
export type CurvePoint = {
  /** Optimizer steps, and tokens, of the stage. */
  readonly step: number;
  readonly tokens: number;
  /** Optimizer steps of the run, earlier stages included. */
  readonly totalSteps: number;
  /** Time in optimizer steps since the run began, seconds. */
  readonly seconds: number;
  /** Sequential depth of all steps so far, operations; null if it is not known. */
  readonly depth: number | null;
  /** Nats per target. */
  readonly loss: number | null;
  readonly measures: NamedNumbers;
};

/** What a stage began with. */
export type StageStart = {
  readonly from: string;
  /** Tokens that it was trained on; null if unknown. */
  readonly tokens: number | null;
  /** A source that comes with the package. */
  readonly shipped: { readonly name: string } | null;
  /** What the gate found of it, where it was judged. */
  readonly gate: GateResult | null;
};

/** What a stage of a run has found. */
export type StageSummary = {
  readonly name: string;
  readonly algorithm: string;
  readonly data: string;
  /** Steps done. */
  readonly steps: number;
  readonly tokens: number;
  /** Number of trained parameters; null if it has not started. */
  readonly parameters: number | null;
  /** Sequential depth of one step, operations. */
  readonly depth: number | null;
  /** Memory that the program of a step takes on the device, bytes, if the device knows it. */
  readonly peakBytes?: number;
  /** Median time of a step, milliseconds. */
  readonly stepMs: number | null;
  /** Final held-out loss, nats per target; null while the stage is not finished. */
  readonly loss: number | null;
  readonly bitsPerByte: number | null;
  readonly measures: NamedNumbers;
  readonly curve: readonly CurvePoint[];
  /** By distance: the norm of the loss's gradient with regard to a memory, at the first step and late in training. */
  readonly gradients: {
    readonly first: readonly SeriesPoint[];
    readonly late: readonly SeriesPoint[];
  } | null;
  /** By tokens read: mean squared difference between the model's own memory and its teacher's. */
  readonly drift: readonly SeriesPoint[] | null;
  /** What the gate found of its model. */
  readonly gate: GateResult | null;
  readonly start: StageStart | null;
  /** Whether it was not started because its starting model has learned less than its `requireGate`. */
  readonly refused: boolean;
};

/** What a run of stages has found, in numbers. */
export type RunSummary = {
  readonly seed: number;
  readonly stages: readonly StageSummary[];
  readonly baselines: {
    readonly unigramAccuracy: number;
    readonly bigramAccuracy: number | null;
  } | null;
  /** The finished model along held-out sequences. */
  readonly rollout: { readonly loss: number; readonly accuracy: number } | null;
  readonly seconds: number;
};
