// A text byte by byte: read once, and from then on taken from a folder.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../../core/index.ts';
import { ensureDirectory, writeFileAtomic } from '../../files/atomic.ts';
import { formatJson, writeJsonAtomic } from '../../files/json.ts';
import { readRegularFile } from '../../files/read-file.ts';
import { readSealedJson, writeSealedJson } from '../../files/sealed-json.ts';
import {
  type CorpusCounts,
  describeCounts,
  readCorpus,
  readDefaultCorpus,
  splitCorpus,
} from '../../text/index.ts';

type Recipe = {
  readonly files: readonly string[];
  readonly field: string;
  readonly column: string;
  readonly validationFraction: number;
};

/** The files of a text in a folder. */
export const CHARACTERS_FILES = {
  text: 'text.bin',
  heldOut: 'text-held-out.bin',
  source: 'text.json',
  hashes: 'text-hashes.json',
} as const;

/** UTF-8 bytes for training and held-out ones. */
export type Characters = {
  readonly training: Uint8Array;
  readonly heldOut: Uint8Array;
  /** How much was read from files, if they were read just now. */
  readonly read?: string;
};

type Gathered = {
  readonly text: Uint8Array;
  readonly heldOut: Uint8Array | null;
  readonly source: ({ readonly corpus: string; readonly documents: number } & CorpusCounts) | null;
};

/**
 * The run's text: the end of given files is held out, of the default corpus whole documents.
 *
 * @param directory where the text is kept; null to only look, and write nothing
 * @param place its place in the recipe, for messages
 * @throws UserError as `readCorpus`, and if the kept text is damaged
 */
export function readCharacters(
  recipe: Recipe,
  directory: string | null,
  place: string,
): Characters {
  if (directory === null) return cutText(recipe, gatherText(recipe, place));
  const at = (name: keyof typeof CHARACTERS_FILES) => path.join(directory, CHARACTERS_FILES[name]);
  if (!existsSync(at('text'))) {
    const gathered = gatherText(recipe, place);
    ensureDirectory(directory, { parents: 1 });
    const { text, heldOut, source } = gathered;
    if (source) writeJsonAtomic(at('source'), source);
    // The record that the text is complete is written last.
    if (heldOut) writeFileAtomic(at('heldOut'), heldOut);
    writeFileAtomic(at('text'), text);
    bindText(gathered, at('hashes'));
    return cutText(recipe, gathered);
  }
  const heldOut = existsSync(at('heldOut')) ? readRegularFile(at('heldOut')) : null;
  const kept = { text: readRegularFile(at('text')), heldOut, source: null };
  bindText(kept, at('hashes'));
  return cutText(recipe, kept);
}

/** Notes the hashes of a run's text, or checks that it is still the one that the run began with. */
function bindText({ text, heldOut }: Gathered, record: string): void {
  const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
  const hashes = { text: hash(text), heldOut: heldOut && hash(heldOut) };
  if (!existsSync(record)) writeSealedJson(record, hashes);
  else if (formatJson(readSealedJson(record)) !== formatJson(hashes)) {
    throw new UserError(`${path.dirname(record)}: the copy of the text is damaged`, {
      hint: `put back ${CHARACTERS_FILES.text} and ${CHARACTERS_FILES.heldOut}, or begin a new run`,
    });
  }
}

function gatherText(recipe: Recipe, place: string): Gathered {
  const join = (documents: readonly string[]) => Buffer.from(documents.join('\n\n'), 'utf8');
  const { files, field, column } = recipe;
  if (files.length > 0) {
    // How field and column are chosen, in errors.
    const settings = { field: `${place}.field=NAME`, column: `${place}.column=NAME` };
    const { name, documents, ...counts } = readCorpus(files, { field, column, settings });
    const source = { corpus: name, documents: documents.length, ...counts };
    return { text: join(documents), heldOut: null, source };
  }
  const { train, validation } = splitCorpus(readDefaultCorpus(), recipe);
  return { text: join(train), heldOut: join(validation), source: null };
}

function cutText({ validationFraction }: Recipe, { text, heldOut, source }: Gathered): Characters {
  const read = source && { read: describeCounts(source.documents, source) };
  if (heldOut) return { training: text, heldOut, ...read };
  const cut = Math.floor(text.length * (1 - validationFraction));
  return { training: text.subarray(0, cut), heldOut: text.subarray(cut), ...read };
}
