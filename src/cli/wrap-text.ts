// Lines broken at words, as wide as a terminal.

/** Narrower terminals break lines themselves, since our words would not fit. */
const NARROWEST = 40;

/** Words, and commands to copy with the word that they are in. */
const UNBROKEN = /(?:(?<![\w/.-])(?:npx )?primordia [^;)"]*?(?=[;)"]|[.,] |$)|[^ ])+/g;

/** A stream that may be a terminal. */
type TextStream = {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
};

/**
 * Text with its long lines broken at spaces, where the stream is a terminal; elsewhere as it is, for whoever searches or
 * parses it. What follows goes under the beginning of the text: `time     1m` under `1m`. Commands to copy
 * (from `primordia` to the end of the phrase), tables and words without spaces are not broken.
 */
export function wrapText(text: string, { isTTY, columns = 80 }: TextStream): string {
  if (!isTTY || columns < NARROWEST) return text;
  return text
    .split('\n')
    .flatMap((line) => wrapLine(line, columns))
    .join('\n');
}

function wrapLine(line: string, columns: number): string[] {
  if (line.length <= columns || /^\s*(npx )?primordia /.test(line)) return [line];
  const indent = findIndent(line, columns);
  if (indent === null) return [line];
  const lines: string[] = [];
  // The words of what hangs; a name before it keeps its spaces.
  let current = line.slice(0, indent);
  let isStart = true;
  for (const word of line.slice(indent).match(UNBROKEN) ?? []) {
    if (!isStart && current.length + 1 + word.length > columns) {
      lines.push(current.trimEnd());
      current = ' '.repeat(indent);
      isStart = true;
    }
    current += isStart ? word : ` ${word}`;
    isStart = false;
  }
  lines.push(current.trimEnd());
  return lines;
}

/** The column at which a line's text begins: after its spaces, or after one name and its gap; null for a table's row. */
function findIndent(line: string, columns: number): number | null {
  const start = line.length - line.trimStart().length;
  const gaps = [...line.slice(start).matchAll(/\S( {2,})(?=\S)/g)];
  if (gaps.length === 0) return start;
  const [gap] = gaps;
  const column = start + gap!.index + gap![0].length;
  return gaps.length === 1 && column <= columns / 2 ? column : null;
}
