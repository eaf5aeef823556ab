export type Fault = {
  readonly reader: string;
  readonly seed: number;
  readonly index: number;
  readonly file: string;
  readonly message: string;
  /** The command that reads the input again. */
  readonly again: string;
};

export type FuzzResult = {
  readonly reader: string;
  readonly accepted: number;
  readonly refused: number;
  readonly faults: readonly Fault[];
  readonly slowest: {
    readonly milliseconds: number;
    readonly index?: number;
    readonly file?: string;
  };
  /** Bytes. */
  readonly peakRss: number;
};

export const HANG_MS: number;
export const READER_NAMES: readonly string[];

export function fuzz(options: {
  readonly seed: number;
  /** Inputs per reader. */
  readonly runs: number;
  readonly readers?: readonly string[];
  readonly first?: number;
  readonly onFault?: (fault: Fault) => void;
}): Promise<FuzzResult[]>;

export function reproducer(seed: number, reader: string, index: number): string;

export function formatResults(results: readonly FuzzResult[]): string;
