// `primordia nca generate --out -`: sequences on standard output, messages on standard error.

import { once } from 'node:events';
import { plural } from '../core/index.ts';
import { openSequenceStream, type StreamFormat, type StreamOptions } from '../datasets/index.ts';
import type { CommonOptions } from './common-options.ts';
import { formatSeconds } from './format-seconds.ts';
import { runUntilStopped } from './interrupt.ts';
import { createOutput } from './output.ts';
import { createWorkProgress } from './progress/work-progress.ts';

/**
 * Writes the stream, waiting whenever standard output is full.
 *
 * @returns the exit code: that of a broken pipe (141) when the reader leaves early
 */
export async function streamSequences(
  options: Omit<StreamOptions, 'format' | 'signal'> & { readonly format: string },
  flags: CommonOptions,
): Promise<number> {
  const output = createOutput(flags, process.stderr);
  const began = performance.now();
  let bytes = 0;
  return runUntilStopped(
    async (signal) => {
      const format = options.format as StreamFormat;
      const { layout, pieces } = await openSequenceStream({ ...options, format, signal });
      const progress = createWorkProgress(output, 'bytes', { isQuick: true });
      for await (const piece of pieces) {
        bytes += piece.length;
        if (!process.stdout.write(piece)) await waitForReader(signal);
        progress(bytes, null);
      }
      signal.throwIfAborted();
      const seconds = (performance.now() - began) / 1000;
      const { sequences, sequenceLength, dtype, vocabSize } = layout;
      const tokens = sequences * sequenceLength;
      output.result(
        { ...layout, tokens, bytes, seconds },
        `${tokens.toLocaleString('en-US')} tokens in ${plural(sequences, 'sequence')} of ${sequenceLength}, ` +
          `${dtype}, ${vocabSize} ids; ${formatSeconds(seconds)}, ` +
          `${Math.round(tokens / seconds).toLocaleString('en-US')} tokens/s`,
      );
      return 0;
    },
    // A reader that stopped early has what it wanted.
    () => {},
  );
}

/** Resolves when standard output takes bytes again; throws the signal's reason when it fires. */
async function waitForReader(signal: AbortSignal): Promise<void> {
  await once(process.stdout, 'drain', { signal }).catch((error: unknown) => {
    signal.throwIfAborted();
    throw error;
  });
}
