// Tokenizers from Hugging Face tokenizer.json objects.

import { nearestName, UserError } from '../core/index.ts';
import { createBpeTokenizer } from './bpe.ts';
import { BYTE_CHARACTERS } from './byte-alphabet.ts';
import { openLibraryTokenizer } from './library-tokenizer.ts';
import { END_OF_TEXT, type Tokenizer } from './tokenizer.ts';

export type TokenizerFromJsonOptions = {
  /** Where the object came from, for error messages. */
  readonly source?: string;
  /** The token that separates documents; by default a well-known one, or the only special token. */
  readonly endOfText?: string;
  /** Processor time for encoding a text of any size, where the library does it; 4 seconds by default. */
  readonly leastMs?: number;
};

/** Tokens that end a text in published tokenizers, the more specific first. */
const KNOWN_ENDS = [END_OF_TEXT, '<|end_of_text|>', '</s>', '<eos>', '[EOS]', '[SEP]'] as const;

type AddedToken = {
  readonly id: number;
  readonly content: string;
  readonly special?: boolean;
  readonly single_word?: boolean;
  readonly lstrip?: boolean;
  readonly rstrip?: boolean;
};

type Part = { readonly type?: unknown; readonly [name: string]: unknown };

type TokenizerJson = {
  readonly model: Part;
  readonly added_tokens: readonly AddedToken[];
  readonly normalizer: Part | null;
  readonly pre_tokenizer: Part | null;
  readonly post_processor: Part | null;
  readonly decoder: Part | null;
};

/**
 * A tokenizer that gives the ids of a tokenizer.json. Plain byte-level BPE (GPT-2's kind) runs in
 * our own encoder; everything else in `@huggingface/tokenizers`. No ids are added at the ends.
 *
 * @throws UserError if the object is not a tokenizer.json, is damaged, or names no end-of-text
 */
export function tokenizerFromJson(
  json: unknown,
  { source = 'the object', endOfText, leastMs }: TokenizerFromJsonOptions = {},
): Tokenizer {
  const parsed = parseTokenizerJson(json, source);
  const end = findEndOfText(parsed, source, endOfText);
  const tokenizer = isPlainByteLevel(parsed, end)
    ? createByteLevel(parsed, end, source)
    : wrapLibrary(parsed, end, { source, leastMs });
  return { ...tokenizer, toJson: () => json };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Four million: the largest published vocabularies have a quarter of a million tokens. */
const MAX_TOKEN_ID = 2 ** 22 - 1;
/** The library's WordPiece takes time by the cube of it. Published models have 100. */
const MAX_WORD_LENGTH = 256;
/** Of a token that an error names. */
const SHOWN_CHARACTERS = 40;

function isAddedToken(token: unknown): token is AddedToken {
  return isObject(token) && typeof token.content === 'string' && token.content !== '';
}

/** A token of a Unigram model, with its logarithmic probability. */
function isScoredToken(entry: unknown): boolean {
  return Array.isArray(entry) && typeof entry[0] === 'string' && typeof entry[1] === 'number';
}

function parseTokenizerJson(json: unknown, source: string): TokenizerJson {
  const refuse = (problem: string): never => {
    throw new UserError(`${source} is not a Hugging Face tokenizer.json: ${problem}`, {
      hint: 'pass the file named tokenizer.json (not tokenizer_config.json, vocab.json or merges.txt)',
    });
  };
  if (!isObject(json)) return refuse('it is not an object');
  if (!isObject(json.model)) {
    const fields = Object.keys(json);
    const shown = fields.slice(0, 6).join(', ') + (fields.length > 6 ? ', ...' : '');
    return refuse(`it has no object "model" (its fields: ${shown || 'none'})`);
  }
  const { vocab } = json.model;
  if (typeof vocab !== 'object' || vocab === null) return refuse('"model.vocab" is missing');
  const checkId = (id: unknown, content: string): void => {
    const token = JSON.stringify(content.slice(0, SHOWN_CHARACTERS));
    if (!Number.isInteger(id) || (id as number) < 0) {
      refuse(`the id of token ${token} is not a number`);
    }
    if ((id as number) > MAX_TOKEN_ID) {
      const [found, most] = [id as number, MAX_TOKEN_ID].map((x) => x.toLocaleString('en-US'));
      refuse(`the id of token ${token} is ${found}, more than ${most}`);
    }
  };
  if (Array.isArray(vocab)) {
    if (vocab.length > MAX_TOKEN_ID + 1) return refuse(`it has ${vocab.length} tokens`);
    if (!vocab.every(isScoredToken))
      return refuse('"model.vocab" has an entry that is not a token');
  } else {
    for (const [content, id] of Object.entries(vocab)) checkId(id, content);
  }
  if (json.model.type === 'WordPiece') refuseLongWords(json.model, source);
  const added = json.added_tokens ?? [];
  if (!Array.isArray(added) || !added.every(isAddedToken)) {
    return refuse('"added_tokens" is damaged');
  }
  for (const { id, content } of added) checkId(id, content);
  const part = (name: string): Part | null => {
    const value = json[name] ?? null;
    return value === null || isObject(value) ? value : refuse(`"${name}" is not an object`);
  };
  return {
    model: json.model,
    added_tokens: added as AddedToken[],
    normalizer: part('normalizer'),
    pre_tokenizer: part('pre_tokenizer'),
    post_processor: part('post_processor'),
    decoder: part('decoder'),
  };
}

function refuseLongWords({ max_input_chars_per_word: length = 0 }: Part, source: string): void {
  if (typeof length === 'number' && length <= MAX_WORD_LENGTH) return;
  throw new UserError(
    `${source}: "max_input_chars_per_word" is ${describe(length)}; WordPiece is read with at most ${MAX_WORD_LENGTH}`,
    { hint: `set it to ${MAX_WORD_LENGTH} in the file: longer words become the unknown token` },
  );
}

/** A value out of JSON, short enough for an error. */
function describe(value: unknown): string {
  return JSON.stringify(value).slice(0, SHOWN_CHARACTERS);
}

function findEndOfText(json: TokenizerJson, source: string, wanted?: string): AddedToken {
  const { added_tokens: added } = json;
  const find = (content: string): AddedToken | undefined => {
    const token = added.find((candidate) => candidate.content === content);
    const vocab = json.model.vocab as Record<string, number>;
    if (token !== undefined || Array.isArray(vocab) || !Object.hasOwn(vocab, content)) return token;
    return { id: vocab[content]!, content };
  };
  if (wanted !== undefined) {
    const token = find(wanted);
    if (token !== undefined) return token;
    const near = nearestName(
      wanted,
      added.map((candidate) => candidate.content),
    );
    throw new UserError(`${source} has no token ${JSON.stringify(wanted)}`, {
      ...(near === undefined ? {} : { hint: `did you mean ${JSON.stringify(near)}?` }),
    });
  }
  for (const content of KNOWN_ENDS) {
    const token = find(content);
    if (token !== undefined) return token;
  }
  const special = added.filter((token) => token.special === true);
  if (special.length === 1) return special[0]!;
  throw new UserError(`${source} does not say which token separates documents`, {
    hint:
      special.length === 0
        ? 'name one with the option endOfText'
        : `name one with the option endOfText; special tokens: ${special.map((token) => token.content).join(' ')}`,
  });
}

/** Whether our encoder gives the ids: GPT-2's pattern and byte alphabet, nothing before or after. */
function isPlainByteLevel(json: TokenizerJson, end: AddedToken): boolean {
  const { model, added_tokens: added, pre_tokenizer: words, post_processor: post } = json;
  const vocab = model.vocab as Record<string, unknown>;
  return (
    model.type === 'BPE' &&
    !model.continuing_subword_prefix &&
    !model.continuing_subword_suffix &&
    !model.end_of_word_suffix &&
    !model.dropout &&
    model.byte_fallback !== true &&
    model.ignore_merges !== true &&
    Array.isArray(model.merges) &&
    BYTE_CHARACTERS.every((character) => Object.hasOwn(vocab, character)) &&
    json.normalizer === null &&
    words?.type === 'ByteLevel' &&
    words.add_prefix_space !== true &&
    words.use_regex !== false &&
    (post === null || post.type === 'ByteLevel') &&
    json.decoder?.type === 'ByteLevel' &&
    added.length === 1 &&
    added[0] === end &&
    end.lstrip !== true &&
    end.rstrip !== true &&
    end.single_word !== true
  );
}

function createByteLevel(json: TokenizerJson, end: AddedToken, source: string): Tokenizer {
  const vocabulary = new Map(Object.entries(json.model.vocab as Record<string, number>));
  vocabulary.delete(end.content);
  const merges = (json.model.merges as unknown[]).map((merge, i): [string, string] => {
    const pair: unknown = typeof merge === 'string' ? merge.split(' ') : merge;
    if (Array.isArray(pair) && pair.length === 2 && pair.every((s) => typeof s === 'string')) {
      return pair as [string, string];
    }
    throw new UserError(`${source}: merge number ${i} is not a pair of tokens`);
  });
  return createBpeTokenizer({ vocabulary, merges, endOfText: end });
}

function wrapLibrary(
  json: TokenizerJson,
  end: AddedToken,
  options: { readonly source: string; readonly leastMs: number | undefined },
): Tokenizer {
  const { model, added_tokens: added } = json;
  const vocab = model.vocab as Record<string, number> | unknown[];
  const ids = Array.isArray(vocab) ? [vocab.length - 1] : Object.values(vocab);
  const merges = Array.isArray(model.merges) ? model.merges.length : 0;
  const tokens = Array.isArray(vocab) ? vocab.length : ids.length;
  const { encode, decode } = openLibraryTokenizer(json, { ...options, entries: tokens + merges });
  let largest = end.id;
  for (const id of ids) largest = Math.max(largest, id);
  for (const { id } of added) largest = Math.max(largest, id);
  return {
    vocabSize: largest + 1,
    endOfText: end.id,
    encode,
    decode,
    toJson: () => json,
  };
}
