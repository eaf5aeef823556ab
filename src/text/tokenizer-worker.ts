// The process in which Hugging Face's library encodes and decodes.

import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { UserError } from '../core/index.ts';
import { serveCalls } from '../files/serve-calls.ts';
import type { TokenizerRequest } from './library-tokenizer.ts';

/** What is used of the library, whose own declarations do not resolve under NodeNext. */
type Library = {
  encode(
    text: string,
    options: { add_special_tokens: boolean },
  ): { readonly ids: readonly (number | undefined)[] };
  decode(ids: readonly number[]): string;
  id_to_token(id: number): string | undefined;
};

let library: Library | undefined;
let source = '';

function handle(request: TokenizerRequest): unknown {
  switch (request.kind) {
    case 'open':
      source = request.source;
      library = explain('cannot be used as a tokenizer', () => {
        const options = { clean_up_tokenization_spaces: false };
        return new HuggingFaceTokenizer(request.json as object, options) as Library;
      });
      return 'ready';
    case 'encode':
      return explain('cannot encode the text', () => encode(request.text));
    case 'decode':
      return explain('cannot decode the tokens', () => decode(request.ids));
  }
}

function explain<T>(problem: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (error instanceof UserError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(`${source} ${problem}: ${reason}`);
  }
}

function encode(text: string): Int32Array {
  const { ids } = library!.encode(text, { add_special_tokens: false });
  return Int32Array.from(ids, (id) => {
    if (id !== undefined) return id;
    throw new UserError(`${source} has no token for a part of the text, and no unknown token`);
  });
}

function decode(ids: ArrayLike<number>): string {
  let text = '';
  let run: number[] = [];
  const flush = (): void => {
    if (run.length > 0) text += library!.decode(run);
    run = [];
  };
  for (const id of Array.from(ids)) {
    if (library!.id_to_token(id) !== undefined) run.push(id);
    else {
      flush();
      text += '\ufffd';
    }
  }
  flush();
  return text;
}

serveCalls(handle);
