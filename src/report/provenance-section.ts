// What it takes to repeat a run or study: command, recipe, versions.

import type { ReportPage, Section } from './types.ts';

export type Provenance = {
  /** The name of the run's folder. */
  readonly folder?: string | undefined;
  /** What an unfinished run lacks, a sentence each. */
  readonly missing?: readonly string[] | undefined;
  /** The command that repeats it. */
  readonly command: string;
  /** The resolved recipe, any JSON. */
  readonly recipe: unknown;
  /** Versions, commit, machine, dates: a line each. */
  readonly provenance: Readonly<Record<string, unknown>>;
};

/** What every page of a run says of where it comes from. */
export function describeOrigin({
  folder,
  missing,
  provenance: { date },
}: Provenance): Pick<ReportPage, 'folder' | 'date' | 'missing'> {
  return { folder, missing, ...(typeof date === 'string' ? { date } : {}) };
}

/** The last part of a report; `subject` is what one would repeat. */
export function describeProvenance(
  { command, recipe, provenance }: Provenance,
  subject = 'run',
): Section {
  const rows = Object.entries(provenance).map(([name, value]) => [name, formatValue(value)]);
  return {
    heading: 'Recipe and provenance',
    text: `What it takes to repeat the ${subject}.`,
    blocks: [
      { kind: 'table', columns: [{ label: 'Command', code: true }], rows: [[command]] },
      { kind: 'details', summary: 'Resolved recipe', text: formatJson(recipe) },
      ...(rows.length === 0
        ? []
        : [
            {
              kind: 'details',
              summary: 'Versions and machine',
              text: alignRows(rows as [string, string][]),
            } as const,
          ]),
    ],
  };
}

function alignRows(rows: readonly [string, string][]): string {
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  return rows.map(([name, value]) => name.padEnd(width) + value).join('\n');
}

function formatValue(value: unknown): string {
  return typeof value === 'string' ? value : formatJson(value, 0);
}

/** JSON for reading: what JSON cannot hold is written as text, and nothing throws. */
function formatJson(value: unknown, indent = 2): string {
  const ancestors: object[] = [];
  const text = JSON.stringify(
    value,
    function replace(this: unknown, _key: string, node: unknown) {
      if (typeof node === 'bigint' || typeof node === 'function') return `${node}`;
      if (typeof node === 'number' && !Number.isFinite(node)) return `${node}`;
      if (typeof node !== 'object' || node === null) return node;
      while (ancestors.length > 0 && ancestors.at(-1) !== this) ancestors.pop();
      if (ancestors.includes(node)) return '(cycle)';
      ancestors.push(node);
      return node;
    },
    indent,
  );
  return text ?? '–';
}
