// An output of the command line on a stream that keeps what it is given.

import { createOutput, type Output } from '../../src/cli/output.ts';

export function openOutput(options: { json?: boolean; isTTY?: boolean; columns?: number } = {}): {
  readonly output: Output;
  readonly text: () => string;
} {
  let written = '';
  const { isTTY = false, columns = 80 } = options;
  const write = (text: unknown) => {
    written += String(text);
    return true;
  };
  const output = createOutput(options, { isTTY, columns, write }, { NO_COLOR: '1' });
  return { output, text: () => written };
}
