// What the studio's server and its pages tell each other: plain data.

import type { CoreSettings } from '../corewar/settings.ts';
import type { Candidate } from '../redqueen/candidate.ts';
import type { ReportPage } from '../report/types.ts';

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
  readonly tags: readonly string[];
};

/** What people wrote about a run. */
export type Notes = { readonly tags: readonly string[]; readonly note: string };

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
  /** What was started from a page, the newest first; null where nothing may be started. */
  | { readonly kind: 'jobs'; readonly jobs: readonly JobFacts[] | null }
  /** These are the files of an exported studio. */
  | { readonly kind: 'copy'; readonly exportedMs: number }
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
  readonly notes: Notes;
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
};

/** The answer of `GET /api/key?key=…`: values of a key of recipes, by the ids of folders. */
export type KeyAnswer = Readonly<Record<string, string>>;

/** The answers of `GET /api/report?id=…` and `GET /api/comparison?id=…&id=…`: a page, ready to be drawn. */
export type ReportAnswer = ReportPage;

/** A candidate of an arms race; its source is null where it has none, or where all of them would be too much to send. */
export type RaceCandidate = Omit<Candidate, 'errors' | 'repaired'>;

/** The answer of `GET /api/race?id=…`. */
export type RaceAnswer = {
  readonly summary: {
    readonly name: string;
    readonly evaluations: number;
    /** Requests to a language model, and tokens read and written by it. */
    readonly calls: number;
    readonly tokens: number;
    readonly seconds: number;
    /** How general the champion of each round is; null until it is measured. */
    readonly rounds: readonly { readonly generality: number | null }[];
  };
  /** Axes of the archive, and lower bounds of their bins after the first. */
  readonly layout: {
    readonly axes: readonly string[];
    readonly edges: readonly (readonly number[])[];
  };
  /** Of the core that its battles are fought in. */
  readonly settings: CoreSettings;
  /** The candidates of each round, from round 1 on, in the order in which they were made. */
  readonly rounds: readonly (readonly RaceCandidate[])[];
  /** Whether sources are sent. */
  readonly hasSources: boolean;
};

/** What a recurrent network holds along a sequence; entries of memories are along principal components. */
export type TracedSequence = {
  readonly tokens: readonly number[];
  readonly targets: readonly number[];
  /** Before the first token, and after each. */
  readonly memories: readonly (readonly number[])[];
  readonly movement: readonly number[];
  /** Whether the next token counts in the loss. */
  readonly counted: readonly boolean[];
  readonly losses: readonly number[];
  readonly predictions: readonly number[];
  readonly free: {
    readonly from: number;
    readonly tokens: readonly number[];
    readonly memories: readonly (readonly number[])[];
  };
  /** By token, layer, place that reads and place that is read. */
  readonly attention: readonly (readonly (readonly (readonly number[])[])[])[] | null;
};

/** The answer of `GET /api/memory?id=…`. */
export type MemoryAnswer = {
  /** Null where `primordia memory` has not been run. */
  readonly trace: {
    readonly stage: string;
    readonly memoryTokens: number;
    readonly hiddenSize: number;
    /** What tokens stand for, if they are text. */
    readonly names: Readonly<Record<string, string>> | null;
    readonly shares: readonly number[];
    readonly sequences: readonly TracedSequence[];
  } | null;
};

/** The answer of `GET /api/system?id=…`. */
export type SystemAnswer = {
  /** Of the process that works on the run; null where there is none on this machine. */
  readonly process: {
    readonly pid: number;
    /** 100 is one core. */
    readonly cpuPercent: number;
    readonly memoryBytes: number;
  } | null;
  readonly machine: {
    readonly cores: number;
    readonly loadAverage: number;
    readonly memoryBytes: number;
    readonly freeBytes: number;
  };
};

/** A folder of an exported studio, and the file that has the rest of it. */
export type SiteFolder = { readonly facts: FolderFacts; readonly file: string };

/** `data/index.json` of an exported studio. */
export type SiteIndex = {
  readonly folders: readonly SiteFolder[];
  readonly isCut: boolean;
  readonly exportedMs: number;
};

/** An answer, or why there is none. */
export type Attempt<T> = { readonly value: T } | { readonly error: string };

/** The file of a folder in an exported studio. */
export type SiteFile = {
  readonly run: RunAnswer;
  readonly rows: MetricsAnswer['rows'];
  readonly report: Attempt<ReportAnswer | null>;
  readonly race: Attempt<RaceAnswer> | null;
  readonly memory: Attempt<MemoryAnswer>;
};

export type JobState = 'queued' | 'running' | 'finished' | 'stopped' | 'failed';

/** A command that was started from a page. */
export type JobFacts = {
  readonly number: number;
  /** The folder that it writes. */
  readonly place: string;
  readonly state: JobState;
  /** As one would write it in a terminal. */
  readonly command: string;
  /** The last of what it said about errors. */
  readonly message: string | null;
};

export type CommandName = 'train' | 'study' | 'drq';

/** The answer of `GET /api/recipes`. */
export type RecipeListAnswer = readonly {
  readonly name: string;
  readonly command: CommandName;
  readonly description: string;
}[];

/** The answer of `GET /api/recipe?name=…` and `?id=…`. */
export type RecipeAnswer = {
  readonly command: CommandName;
  /** In full, with all defaults. */
  readonly recipe: unknown;
  /** The JSON schema of such recipes. */
  readonly schema: object;
  /** What the command line calls it, and the folder that new runs go to. */
  readonly file: string;
  readonly folder: string;
};

/** The answer to what was done, in a few words. */
export type DoneAnswer = { readonly done: string };

export type ErrorAnswer = { readonly error: string; readonly hint?: string };
