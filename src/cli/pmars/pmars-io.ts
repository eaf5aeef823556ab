// The environment that `pmars` needs.

import type { BattleJob } from '../../corewar/battle.ts';
import type { SessionEnd } from '../../corewar/debugger/protocol.ts';
import type { DebuggerOptions } from '../run-debugger.ts';
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
   * @throws UserError if the file cannot be read
   */
  readFile(name: string): Uint8Array;
  /** Shows a battle in a terminal (`-v`). */
  view(job: BattleJob, mode: number): Promise<void>;
  /** Debugs a battle (`-e`), with what is left of standard input. */
  debug(
    options: Pick<DebuggerOptions, 'job' | 'symbols' | 'rules' | 'formula'>,
  ): Promise<SessionEnd>;
  /** Seconds since 1970, the seed of places without `-f` and `-F`. */
  readonly time: number;
};
