import type { describeJsonSchema, describeOptions, Kinds } from '../src/plugins/index.ts';
import type { optimizerOptions } from '../src/training/index.ts';

export function writeRecipeReference(library: {
  readonly kinds: Kinds;
  readonly schemas: {
    readonly training: object;
    readonly study: object;
    readonly redqueen: object;
  };
  readonly describeJsonSchema: typeof describeJsonSchema;
  readonly describeOptions: typeof describeOptions;
  readonly optimizerOptions: typeof optimizerOptions;
}): string;
