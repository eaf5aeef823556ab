// Options and events of an arms race.

import type { PluginRecord } from '../run/provenance.ts';
import type { MutatorRegistry } from './mutator.ts';
import type { RoundFigures } from './summary.ts';

export type RedQueenEvent =
  | {
      readonly kind: 'candidate';
      readonly round: number;
      readonly rounds: number;
      /** Of the round; the total is of the round, too, and is not reached where a threshold ends it. */
      readonly done: number;
      readonly total: number;
      readonly bestFitness: number | null;
      readonly niches: number;
      readonly candidatesPerSecond: number;
    }
  | ({ readonly kind: 'round'; readonly rounds: number } & RoundFigures)
  | { readonly kind: 'message'; readonly text: string };

export type RedQueenOptions = {
  readonly directory: string;
  /** Threads for battles; by default one per processor. The result does not depend on it. */
  readonly workers?: number;
  readonly listener?: (event: RedQueenEvent) => void;
  /** Stops the run after the requests under way, whose answers are kept; it can be resumed. */
  readonly signal?: AbortSignal;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The kinds that recipes may name; by default those of the package. */
  readonly mutators?: MutatorRegistry;
  /** The plugins that added to them, for the run's provenance. */
  readonly plugins?: readonly PluginRecord[];
};

/** The run was stopped, by its signal or by a spent budget; its folder can be resumed. */
export class RedQueenStopped extends Error {
  /** The budget that was spent; null if the signal stopped it. */
  readonly spent: 'requests' | 'tokens' | null;

  constructor(message: string, spent: 'requests' | 'tokens' | null) {
    super(message);
    this.spent = spent;
  }
}
