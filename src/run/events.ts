// The events of a run. The command line prints them, and tests listen to them.

import { UserError } from '../core/index.ts';
import type { GateResult } from '../eval/index.ts';

export type RunEvent =
  | { readonly kind: 'message'; readonly text: string }
  /** All stages in their order, finished ones included. */
  | {
      readonly kind: 'run-begins';
      readonly arm: string;
      readonly stages: readonly {
        readonly name: string;
        readonly steps: number;
        readonly tokensPerStep?: number;
      }[];
    }
  /** A study with `total` runs, of which some are done. */
  | { readonly kind: 'study-begins'; readonly done: number; readonly total: number }
  | {
      readonly kind: 'step';
      readonly arm: string;
      readonly stage: string;
      readonly step: number;
      readonly steps: number;
      readonly loss: number;
      readonly learningRate: number;
      readonly gradientNorm: number;
      readonly tokensPerSecond: number;
      /** Time left in the stage, at the current speed. */
      readonly etaSeconds: number;
    }
  | {
      readonly kind: 'evaluation';
      readonly arm: string;
      readonly stage: string;
      readonly step: number;
      readonly tokens: number;
      readonly heldOutLoss: number;
    }
  | {
      readonly kind: 'checkpoint';
      readonly path: string;
      readonly stage: string;
      readonly step: number;
    }
  | { readonly kind: 'gate'; readonly gate: GateResult; readonly arm?: string }
  /** A run of a study is finished. */
  | {
      readonly kind: 'job';
      readonly job: string;
      readonly done: number;
      readonly total: number;
      readonly workers: number;
      readonly etaSeconds: number;
    };

export type Listener = (event: RunEvent) => void;

/** Thrown when a run stops on request; its state is saved. */
export class RunStopped extends Error {
  readonly directory: string;

  constructor(directory: string) {
    super(`the run in ${directory} was stopped and can be resumed`);
    this.name = 'RunStopped';
    this.directory = directory;
  }
}

/** A loss or gradient was not finite. The same recipe diverges again. */
export class Diverged extends UserError {}
