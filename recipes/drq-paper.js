// The settings of the paper's authors: 20 rounds of 250 candidates by a language model, against the last 20 champions.

/** @type {import('primordia/redqueen').RedQueenInput} */
export default {
  kind: 'redqueen',
  name: 'drq-paper',
  description: 'the published settings of Digital Red Queen, with GPT-4.1 mini; needs a key',
  rounds: 20,
  iterations: 250,
  newAtStart: 8,
  newShare: 0.1,
  simulations: 20,
  opponents: { initial: ['imp'], last: 20 },
  placement: 'authors',
  fitnessThreshold: 0.8,
  mutator: {
    kind: 'llm',
    provider: 'openai',
    model: 'gpt-4.1-mini',
    temperature: 1,
    repair: false,
  },
};
