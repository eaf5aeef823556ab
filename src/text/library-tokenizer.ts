// Tokenizers of every kind that Hugging Face's library knows, in a thread under limits of time and memory: a
// tokenizer.json is a program of regular expressions and replacements, and some never end.

import { getHeapStatistics } from 'node:v8';
import { LimitedWorker } from '../files/limited-worker.ts';

export type TokenizerRequest =
  | { readonly kind: 'open'; readonly json: unknown; readonly source: string }
  | { readonly kind: 'encode'; readonly text: string }
  | { readonly kind: 'decode'; readonly ids: ArrayLike<number> };

/** Tokens and merges that the library takes in per second, and characters that it encodes, on the slowest machines. */
const ENTRIES_PER_SECOND = 20_000;
const CHARACTERS_PER_SECOND = 50_000;
const TOKENS_PER_SECOND = 20_000;
const LEAST_MS = 4000;
/** A study opens many tokenizers: each of their threads would stay to the end of the process. */
const IDLE_MS = 10_000;

type LibraryTokenizerOptions = {
  /** What errors call it. */
  readonly source: string;
  /** Tokens and merges in it. */
  readonly entries: number;
  /** Processor time for a call of any size; 4 seconds by default. */
  readonly leastMs?: number | undefined;
};

type LibraryTokenizer = {
  encode(text: string): Int32Array;
  decode(ids: ArrayLike<number>): string;
};

/**
 * A tokenizer of the library.
 *
 * @param json a tokenizer.json whose ids have been checked
 * @throws UserError if the library cannot use it, or takes too long or too much memory; so do its methods
 */
export function openLibraryTokenizer(
  json: unknown,
  { source, entries, leastMs = LEAST_MS }: LibraryTokenizerOptions,
): LibraryTokenizer {
  // A document is encoded in one piece, so a long one takes what the main thread would have taken for it.
  const heapMebibytes = Math.max(1024, Math.floor(getHeapStatistics().heap_size_limit / 2 ** 21));
  const worker = new LimitedWorker(workerUrl(), {
    isolation: 'process',
    heapMebibytes,
    idleMs: IDLE_MS,
  });
  const call = (request: TokenizerRequest, what: string, size: number, perSecond: number) =>
    worker.call(request, {
      what: `${source}: ${what}`,
      timeoutMs: leastMs + Math.round((1000 * size) / perSecond),
    });
  const open = () => {
    if (worker.isRunning) return;
    call({ kind: 'open', json, source }, 'loading it', entries, ENTRIES_PER_SECOND);
  };
  try {
    open();
  } catch (error) {
    worker.close();
    throw error;
  }
  return {
    encode: (text) => {
      open();
      const what = `encoding ${text.length.toLocaleString('en-US')} characters`;
      const size = text.length;
      return call({ kind: 'encode', text }, what, size, CHARACTERS_PER_SECOND) as Int32Array;
    },
    decode: (ids) => {
      open();
      const what = `decoding ${ids.length.toLocaleString('en-US')} tokens`;
      return call({ kind: 'decode', ids }, what, ids.length, TOKENS_PER_SECOND) as string;
    },
  };
}

/** Threads are plain JavaScript: from sources, the built one is used. */
function workerUrl(): URL {
  const built = '../../dist/text/tokenizer-worker.js';
  return new URL(
    import.meta.url.endsWith('.ts') ? built : './tokenizer-worker.js',
    import.meta.url,
  );
}
