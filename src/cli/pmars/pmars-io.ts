// What `pmars` needs of its surroundings.

import type { TextCursor } from './text-cursor.ts';

export type PmarsIo = {
  /** Standard output; text with a character per byte. */
  writeOutput(binary: string): void;
  /** Standard error. */
  writeError(text: string): void;
  /** Text with a character per byte, read when it is first asked for. */
  readStandardInput(): TextCursor;
  /**
   * @param name with a character per byte
   * @throws UserError where the file cannot be read
   */
  readFile(name: string): Uint8Array;
  /** Seconds since 1970: what places are drawn from without `-f` and `-F`. */
  readonly time: number;
};
