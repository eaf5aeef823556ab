// What a run tells while it goes on; the command line prints it, tests listen to it.

import { UserError } from '../core/index.ts';
import type { GateResult } from '../eval/index.ts';

export type RunEvent =
  | { readonly kind: 'message'; readonly text: string }
  /** Stages that there are, in their order; those that are done are among them. */
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
      /** Time left in the stage, at the present speed. */
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

/** Thrown when a run stops because it was asked to; its state is saved. */
export class RunStopped extends Error {
  readonly directory: string;

  constructor(directory: string) {
    super(`the run in ${directory} was stopped and can be resumed`);
    this.name = 'RunStopped';
    this.directory = directory;
  }
}

/** Training left the finite numbers; the same recipe does so again. */
export class Diverged extends UserError {}
