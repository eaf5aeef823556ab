// Command lines as pMARS reads them: switches in clusters, values apart from their flags, options from files.

import {
  DEFAULT_PMARS_VERSION,
  PMARS_VERSIONS,
  type PmarsVersion,
} from '../../corewar/pmars-version.ts';
import {
  flagsOf,
  MAX_WARRIORS,
  PMARS_FLAGS,
  type PmarsFlag,
  type PmarsLetter,
  REFUSED_FLAGS,
} from './pmars-flags.ts';
import { createTextCursor, type TextCursor } from './text-cursor.ts';

/** What a command line asks for. */
export type PmarsCommand = {
  readonly version: PmarsVersion;
  /** `-` for a warrior from standard input. */
  readonly files: readonly string[];
  /** Switches that are on. */
  readonly switches: ReadonlySet<PmarsLetter>;
  /** Values of flags that take a number. */
  readonly numbers: ReadonlyMap<PmarsLetter, number>;
  /** Values of flags that take text. */
  readonly texts: ReadonlyMap<PmarsLetter, string>;
};

/** Sources of words that are not on the command line. */
type ParameterSources = {
  /** The text of a parameter file; null if it cannot be read. */
  readFile(name: string): string | null;
  readStandardInput(): TextCursor;
};

export type ParsedArguments =
  | { readonly kind: 'command'; readonly command: PmarsCommand }
  | { readonly kind: 'help'; readonly version: PmarsVersion }
  /** Sentences about what is wrong, the cause first. */
  | { readonly kind: 'error'; readonly version: PmarsVersion; readonly problems: string[] };

/** Upper limit of parameter files, at which files that name one another end. */
const MAX_PARAMETER_FILES = 100;

/**
 * Reads a command line of pMARS, without the program's name. Beyond pMARS's own, `--pmars VERSION` chooses the version
 * and `--help` asks for the usage text; pMARS knows no word that begins so.
 *
 * Source: the manual of pMARS 0.9.5, "Options".
 */
export function parsePmarsArguments(
  argv: readonly string[],
  sources: ParameterSources,
): ParsedArguments {
  const { version, words, problem } = takeLongOptions(argv);
  if (problem !== undefined) return { kind: 'error', version, problems: [problem] };
  if (words.includes('--help')) return { kind: 'help', version };
  const state: State = {
    opened: 0,
    flags: flagsOf(version),
    sources,
    files: [],
    switches: new Set(),
    numbers: new Map(),
    texts: new Map(),
  };
  let next = 0;
  // An empty word ends the options, as in pMARS.
  const problems = readWords(() => words[next++] || null, state);
  if (problems.length > 0) return { kind: 'error', version, problems };
  const { files, switches, numbers, texts } = state;
  return { kind: 'command', command: { version, files, switches, numbers, texts } };
}

type State = {
  /** Parameter files so far. */
  opened: number;
  readonly flags: ReadonlyMap<string, PmarsFlag>;
  readonly sources: ParameterSources;
  readonly files: string[];
  readonly switches: Set<PmarsLetter>;
  readonly numbers: Map<PmarsLetter, number>;
  readonly texts: Map<PmarsLetter, string>;
};

type NextWord = () => string | null;

function takeLongOptions(argv: readonly string[]): {
  readonly version: PmarsVersion;
  readonly words: readonly string[];
  readonly problem?: string;
} {
  const at = argv.indexOf('--pmars');
  if (at < 0) return { version: DEFAULT_PMARS_VERSION, words: argv };
  const named = argv[at + 1];
  const words = [...argv.slice(0, at), ...argv.slice(at + 2)];
  const version = PMARS_VERSIONS.find((known) => known === named);
  if (version) return { version, words };
  const problem = `--pmars takes one of ${PMARS_VERSIONS.join(', ')}`;
  return { version: DEFAULT_PMARS_VERSION, words, problem };
}

/** Reads words until they end or `$` comes; returns problems, after which nothing is read. */
function readWords(nextWord: NextWord, state: State): string[] {
  const next: NextWord = () => {
    const word = nextWord();
    return word === '$' ? null : word;
  };
  for (let word = next(); word !== null; word = next()) {
    const isFlags = word.startsWith('-') && word !== '-';
    const problems = isFlags ? readFlags(word, next, state) : addWarriors(word, state);
    if (problems.length > 0) return problems;
  }
  return [];
}

/** A cluster: switches, and at its end one flag with a value, which is the next word. */
function readFlags(cluster: string, next: NextWord, state: State): string[] {
  if (cluster.length > 2 && Object.hasOwn(REFUSED_FLAGS, cluster)) {
    return [describeUnknown(cluster, '')];
  }
  for (let i = 1; i < cluster.length; i++) {
    const letter = cluster[i]!;
    const flag = state.flags.get(letter);
    const isLast = i === cluster.length - 1;
    if (letter === '@') {
      return isLast ? readParameters(next(), state) : [standsApart(cluster, letter)];
    }
    if (!flag) return [describeUnknown(cluster, letter)];
    if (flag.takes === 'nothing') toggle(state.switches, letter as PmarsLetter);
    else return isLast ? readValue(flag, next(), state) : [standsApart(cluster, letter)];
  }
  return [];
}

function describeUnknown(cluster: string, letter: string): string {
  const isOfOther = PMARS_FLAGS.some((flag) => flag.letter === letter);
  if (isOfOther) return `unknown option "${cluster}": this version of pMARS has no -${letter}`;
  const refused: Readonly<Record<string, string>> = REFUSED_FLAGS;
  const name = Object.hasOwn(refused, cluster) ? cluster : `-${letter}`;
  const reason = Object.hasOwn(refused, name) ? `: ${refused[name]}` : '';
  return `unknown option "${cluster}"${reason}`;
}

function standsApart(cluster: string, letter: string): string {
  return `"${cluster}": the value of -${letter} is a word of its own, as in -${letter} VALUE`;
}

function toggle(switches: Set<PmarsLetter>, letter: PmarsLetter): void {
  if (!switches.delete(letter)) switches.add(letter);
}

function readValue(flag: PmarsFlag, value: string | null, state: State): string[] {
  const letter = flag.letter as PmarsLetter;
  if (value === null) return [`-${letter} needs a value`];
  if (flag.takes === 'text') {
    state.texts.set(letter, value);
    return [];
  }
  if (!/^\d+$/.test(value)) return [`-${letter} needs a whole number, not "${value}"`];
  const number = Number(value);
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = flag;
  if (number < min || number > max) return [`-${letter} takes numbers from ${min} to ${max}`];
  state.numbers.set(letter, number);
  return [];
}

function readParameters(name: string | null, state: State): string[] {
  if (name === null) return ['-@ needs the name of a parameter file'];
  if (++state.opened > MAX_PARAMETER_FILES) {
    return [`more than ${MAX_PARAMETER_FILES} parameter files, at "${name}"`];
  }
  const { sources } = state;
  let words: NextWord;
  if (name === '-') words = sources.readStandardInput().nextWord;
  else {
    const text = sources.readFile(name);
    if (text === null) return [`cannot open the parameter file "${name}"`];
    words = createTextCursor(text).nextWord;
  }
  const problems = readWords(words, state);
  if (problems.length === 0) return [];
  const place = `in ${name === '-' ? 'standard input' : `"${name}"`}`;
  return problems.at(-1) === place ? problems : [...problems, place];
}

/** A file; `-` for one warrior of standard input, `3-` for three. */
function addWarriors(word: string, state: State): string[] {
  const { files } = state;
  let count = 1;
  if (word.endsWith('-') && word !== '-') {
    count = Number.parseInt(word, 10);
    if (!(count >= 1)) return [`unknown option "${word}"`];
  }
  if (files.length + count > MAX_WARRIORS) return [`more than ${MAX_WARRIORS} warriors`];
  const name = word.endsWith('-') ? '-' : word;
  for (let i = 0; i < count; i++) files.push(name);
  return [];
}
