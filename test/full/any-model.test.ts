// The kinds of models and the recipes that test/end-to-end/any-model.test.ts leaves out.

import { testEvalAndSample, testRecipes } from '../support/any-model.ts';

testEvalAndSample(['gru', 'recurrent-mlp']);
testRecipes(['a GRU on copy, by SMT and DMT', 'a GRU on BPE text, through time']);
