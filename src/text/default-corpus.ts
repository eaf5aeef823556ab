// The corpus that needs no download: State of the Union addresses, which the build packs into dist/corpus.

import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { UserError } from '../core/index.ts';
import { readRegularFile } from '../files/read-file.ts';
import type { Corpus } from './corpus.ts';

/** SHA-256 of the default corpus: of its JSON lines, uncompressed, in UTF-8. */
export const DEFAULT_CORPUS_SHA256 =
  '2756f5010f8930491a8d062ca40c5206431dcd8ed90008019dd04ea542200e85';

/** The packed file has 3.6 MB, unpacked 10.8 MB: far larger ones are refused before they are read. */
const MAX_PACKED_BYTES = 16_000_000;
const MAX_BYTES = 64_000_000;

/**
 * The packed default corpus: gzipped JSON lines with `year`, `name` and `text`, an address each. It is the same file whether
 * this code runs from `src` or from `dist`.
 */
export function defaultCorpusFile(): string {
  return fileURLToPath(new URL('../../dist/corpus/state-of-the-union.jsonl.gz', import.meta.url));
}

/**
 * The State of the Union addresses of 1790 to 2021, a document each, in the order of years. Public domain: see NOTICE.txt
 * beside the file.
 *
 * @param file the packed corpus; another one than the build's is refused
 * @throws UserError if the file is missing, damaged or not the one that this version was built with
 */
export function readDefaultCorpus(file: string = defaultCorpusFile()): Corpus {
  const content = readContent(file);
  const documents = content
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { text: string }).text);
  return { name: 'State of the Union addresses, 1790–2021', documents };
}

function readContent(file: string): Buffer {
  const hint = 'install the package again; in a clone: npm run build';
  let content: Buffer;
  try {
    const packed = readRegularFile(file, { maxBytes: MAX_PACKED_BYTES });
    content = gunzipSync(packed, { maxOutputLength: MAX_BYTES });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const problem = cause instanceof UserError ? reason : `${file} is damaged: ${reason}`;
    throw new UserError(`no default corpus: ${problem}`, { hint, cause });
  }
  const sha256 = createHash('sha256').update(content).digest('hex');
  if (sha256 !== DEFAULT_CORPUS_SHA256) {
    throw new UserError(
      `${file} is not the default corpus of this version: its SHA-256 is ${sha256}`,
      {
        hint,
      },
    );
  }
  return content;
}
