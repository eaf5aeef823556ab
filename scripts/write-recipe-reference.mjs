// Writes docs/recipes.md out of the built schemas.
import { writeFileSync } from 'node:fs';
import { describeJsonSchema, describeOptions, KINDS } from '../dist/plugins/index.js';
import { redQueenJsonSchema } from '../dist/redqueen/index.js';
import { studyJsonSchema } from '../dist/study/index.js';
import { optimizerOptions, writtenRecipeSchema } from '../dist/training/index.js';
import { writeRecipeReference } from './recipe-reference.mjs';

const text = writeRecipeReference({
  kinds: KINDS,
  schemas: {
    training: writtenRecipeSchema(KINDS),
    study: studyJsonSchema(),
    redqueen: redQueenJsonSchema(KINDS.mutators),
  },
  describeJsonSchema,
  describeOptions,
  optimizerOptions,
});
writeFileSync(new URL('../docs/recipes.md', import.meta.url), text);
