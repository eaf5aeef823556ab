// Replaces `-@ FILE` on our command lines by the words of the file, as pMARS reads them.

import { UserError } from '../core/index.ts';
import { fromBinaryText } from './pmars/binary-text.ts';
import { MAX_WARRIORS } from './pmars/pmars-flags.ts';
import { createTextCursor, type TextCursor } from './pmars/text-cursor.ts';

/** Sources of words that are not on the command line. */
type WordSources = {
  /** @throws UserError if the file cannot be read */
  readFile(name: string): string;
  /** Its text has a character per byte. */
  readStandardInput(): TextCursor;
};

/** Upper limits of files and words, at which files that name one another end. */
const MAX_FILES = 100;
const MAX_WORDS = 10_000;
/** `-@`, `-@FILE`, `-b@`, `--options`, `--options=FILE`. */
const PARAMETERS = /^(?:-(\w*)@|--options(?==|$)=?)(.*)$/s;

/**
 * The words with those of parameter files in place of `-@ FILE` (also `-@FILE`, and at the end of a cluster as in
 * `-b@ FILE`), `$` and what follows it left out, and `3-` as three dashes.
 *
 * @throws UserError if a file cannot be read, or files name too many others
 */
export function expandParameterFiles(argv: readonly string[], sources: WordSources): string[] {
  const words: string[] = [];
  let files = 0;
  let next = 0;
  readAll(() => argv[next++] ?? null);
  return words;

  function readAll(nextWord: () => string | null): void {
    for (let word = nextWord(); word !== null && word !== '$'; word = nextWord()) {
      if (words.length >= MAX_WORDS) throw new UserError(`more than ${MAX_WORDS} words of options`);
      const match = PARAMETERS.exec(word);
      if (match === null) {
        words.push(...expandDashes(word));
        continue;
      }
      const [, cluster, attached] = match;
      if (cluster) words.push(`-${cluster}`);
      const name = attached || nextWord();
      if (name === null || name === '$') throw new UserError('-@ needs the name of a file');
      if (++files > MAX_FILES) {
        throw new UserError(`more than ${MAX_FILES} parameter files, at ${name}`, {
          hint: 'check for a file that names itself',
        });
      }
      readAll(openWords(name));
    }
  }

  function openWords(name: string): () => string | null {
    if (name === '-') {
      const { nextWord } = sources.readStandardInput();
      return () => {
        const word = nextWord();
        return word === null ? null : fromBinaryText(word);
      };
    }
    return createTextCursor(sources.readFile(name)).nextWord;
  }
}

function expandDashes(word: string): string[] {
  const [, count] = /^(\d{1,2})-$/.exec(word) ?? [];
  return count === undefined ? [word] : Array(Math.min(Number(count), MAX_WARRIORS + 1)).fill('-');
}
