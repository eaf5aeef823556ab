// The settings of the paper: 20 rounds of 250 iterations by a language model, against the last 20 champions. A round has no
// threshold: all its iterations are made.

/** @type {import('primordia/redqueen').RedQueenInput} */
export default {
  kind: 'redqueen',
  name: 'drq-paper',
  description: 'the settings that the Digital Red Queen paper publishes',
  rounds: 20,
  iterations: 250,
  newAtStart: 8,
  newShare: 0.1,
  simulations: 20,
  opponents: { initial: ['imp'], last: 20 },
  placement: 'authors',
  mutator: {
    kind: 'llm',
    provider: 'openai',
    model: 'gpt-4.1-mini',
    temperature: 1,
    repair: false,
  },
};
