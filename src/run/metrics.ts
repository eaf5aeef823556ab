// The metrics of a run: an append-only file of one JSON object per line, which is cut back when a run is
// resumed from an earlier step.

import { closeSync, existsSync, fstatSync, fsyncSync, ftruncateSync, openSync } from 'node:fs';
import { UserError } from '../core/index.ts';
import { explainingErrors, writeFileAtomic, writeFully } from '../files/atomic.ts';
import { readRegularText } from '../files/read-file.ts';

type MetricValue =
  | number
  | string
  | boolean
  | null
  | readonly MetricValue[]
  | { readonly [name: string]: MetricValue };

/** One line: measurements of a stage after `step` of its optimizer steps. */
export type MetricsRow = {
  readonly stage: string;
  readonly step: number;
  readonly [name: string]: MetricValue | undefined;
};

/**
 * Appends rows to a metrics file. Each row is handed to the operating system as it is written, so
 * that it survives the process; `flush` makes it survive the machine.
 */
export class MetricsWriter {
  readonly path: string;
  readonly #guard: () => void;
  #descriptor: number | undefined;

  /**
   * Opens the file, or creates it. A row at its end that a crash cut short is removed.
   *
   * @throws UserError if it cannot be opened for writing, or is not a metrics file
   */
  constructor(
    filePath: string,
    {
      guard = () => {},
    }: {
      /** Is called before anything is written; it may throw, for example because the folder is gone. */
      readonly guard?: () => void;
    } = {},
  ) {
    this.#guard = guard;
    if (existsSync(filePath)) truncateMetrics(filePath, () => true);
    this.path = filePath;
    this.#descriptor = explainingErrors(filePath, () => openSync(filePath, 'a'));
  }

  /**
   * Appends a row; keys keep their order. Numbers that are not finite are written as null (JSON has
   * no others), undefined values are left out.
   *
   * @throws UserError if writing fails; the file then ends with the row before
   */
  write(row: MetricsRow): void {
    this.#guard();
    const descriptor = this.#open();
    const line = new TextEncoder().encode(`${JSON.stringify(row)}\n`);
    explainingErrors(this.path, () => {
      const { size } = fstatSync(descriptor);
      try {
        writeFully(descriptor, line);
      } catch (error) {
        // Half a row would run into the next one.
        ftruncateSync(descriptor, size);
        throw error;
      }
    });
  }

  /** Waits until every row is on the disk. Throws UserError if writing fails, and whatever the guard throws. */
  flush(): void {
    this.#guard();
    const descriptor = this.#open();
    explainingErrors(this.path, () => fsyncSync(descriptor));
  }

  /** Flushes and closes; more calls do nothing. */
  close(): void {
    const descriptor = this.#descriptor;
    if (descriptor === undefined) return;
    this.#descriptor = undefined;
    explainingErrors(this.path, () => {
      try {
        fsyncSync(descriptor);
      } finally {
        closeSync(descriptor);
      }
    });
  }

  #open(): number {
    if (this.#descriptor === undefined) throw new Error(`${this.path} was closed`);
    return this.#descriptor;
  }
}

/**
 * The rows of a metrics file, in order; none if the file is missing. A last line that a crash cut
 * short is left out.
 *
 * @throws UserError naming the file and line when another line is not a metrics row
 */
export function readMetrics(filePath: string): MetricsRow[] {
  if (!existsSync(filePath)) return [];
  return parseLines(filePath).map(({ row }) => row);
}

/**
 * Cuts a metrics file before the first row for which `keep` is false, or that was cut short by a
 * crash. The rows before keep their bytes; the change is atomic. A missing file stays missing.
 *
 * @returns the number of rows removed
 * @throws UserError as `readMetrics`, or if writing fails
 */
export function truncateMetrics(filePath: string, keep: (row: MetricsRow) => boolean): number {
  if (!existsSync(filePath)) return 0;
  const lines = parseLines(filePath);
  const cut = lines.findIndex(({ row }) => !keep(row));
  const kept = cut === -1 ? lines : lines.slice(0, cut);
  const text = kept.map(({ line }) => `${line}\n`).join('');
  if (text !== readRegularText(filePath)) writeFileAtomic(filePath, text);
  return lines.length - kept.length;
}

/**
 * Cuts a metrics file back to a checkpoint: rows of later stages, and rows of the checkpoint's
 * stage after its step, are removed. When rows are written in the order of training, and those of a
 * step before the step's checkpoint, the file then equals that of a run never interrupted.
 *
 * @param stages the names of all stages, in their order
 * @returns the number of rows removed
 * @throws UserError if the file has a row of another stage; as `truncateMetrics`
 */
export function rewindMetrics(
  filePath: string,
  checkpoint: { readonly stage: string; readonly step: number },
  stages: readonly string[],
): number {
  const position = (stage: string) => {
    const index = stages.indexOf(stage);
    if (index !== -1) return index;
    throw new UserError(`${filePath}: the run has no stage ${JSON.stringify(stage)}`, {
      hint: `its stages are ${stages.join(', ')}; resume with the recipe the run began with`,
    });
  };
  const current = position(checkpoint.stage);
  return truncateMetrics(filePath, (row) => {
    const stage = position(row.stage);
    return stage < current || (stage === current && row.step <= checkpoint.step);
  });
}

function parseLines(filePath: string): { readonly line: string; readonly row: MetricsRow }[] {
  const lines = readRegularText(filePath).split('\n');
  const parsed: { line: string; row: MetricsRow }[] = [];
  for (const [index, line] of lines.entries()) {
    const isLast = index === lines.length - 1;
    if (isLast && line === '') break;
    const row = parseRow(line);
    if (row !== null) parsed.push({ line, row });
    // No proper prefix of a JSON object is a JSON object, so a torn line is never taken for a row.
    else if (!isLast) {
      throw new UserError(`${filePath}:${index + 1}: not a row of metrics`, {
        hint: 'a row is a JSON object with a stage and a step; remove the line, or restore the file',
      });
    }
  }
  return parsed;
}

function parseRow(line: string): MetricsRow | null {
  try {
    const row = JSON.parse(line);
    return typeof row?.stage === 'string' && Number.isSafeInteger(row.step) ? row : null;
  } catch {
    return null;
  }
}
