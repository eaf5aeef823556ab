// What the studio's server and its pages tell each other: plain data.

/** Of a run: `killed` left its lock behind, `stopped` did not; `damaged` has no readable record. */
export type FolderState = 'running' | 'finished' | 'stopped' | 'killed' | 'damaged';

/** A line of the list of runs. */
export type FolderFacts = {
  readonly id: string;
  /** Where it is, from the folder that was given on. */
  readonly place: string;
  /** The id of the study that it belongs to. */
  readonly parent: string | null;
  readonly kind: 'training' | 'redqueen' | 'study' | 'dataset';
  readonly state: FolderState;
  readonly recipe: string | null;
  readonly seed: number | null;
  readonly createdMs: number | null;
  readonly changedMs: number;
  readonly stage: string | null;
  /** Optimizer steps so far, and in all stages together. */
  readonly step: number | null;
  readonly steps: number | null;
  /** The newest held-out loss, nats per target. */
  readonly loss: number | null;
  /** Held-out losses, few of them. */
  readonly spark: readonly number[];
  readonly tokensPerSecond: number | null;
};

/** An event of `GET /api/events`, a line of JSON each. */
export type StudioEvent =
  | {
      readonly kind: 'folders';
      /** Those that are new or have changed; at first all of them. */
      readonly changed: readonly FolderFacts[];
      /** Ids of those that are gone. */
      readonly removed: readonly string[];
      /** Whether there are more folders than are looked at. */
      readonly isCut: boolean;
    }
  /** Nothing has happened; the connection stands. */
  | { readonly kind: 'alive' };

/** The answer of `GET /api/metrics?id=…&from=…`. */
export type MetricsAnswer = {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  /** Where to go on, bytes. */
  readonly next: number;
  /** Whether the file was cut back, as at a resume: everything is to be read again. */
  readonly isCut: boolean;
};

/** The answer of `GET /api/run?id=…`. */
export type RunAnswer = {
  readonly facts: FolderFacts;
  /** Contents of the JSON files of a run; null where one is missing or unreadable. */
  readonly recipe: unknown;
  readonly provenance: unknown;
  readonly summary: unknown;
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
};

export type ErrorAnswer = { readonly error: string };
