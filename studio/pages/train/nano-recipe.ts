// The recipe that the page trains: `nca-nano`, which `primordia train nca-nano` runs too, with the changes that a reader made.

/** What of a recipe a browser needs; the rest has the defaults of recipes. */
export type NanoRecipe = {
  readonly seed: number;
  readonly model: {
    readonly kind: 'llama';
    readonly hiddenSize: number;
    readonly layers: number;
    readonly heads: number;
  };
  readonly data: {
    readonly kind: 'nca';
    readonly rules: number | 'fresh';
    readonly ruleSeed: number;
    readonly [option: string]: unknown;
  };
  readonly contextLength: number;
  readonly batchSize: number;
  readonly steps: number;
  readonly evaluateEvery: number;
  readonly heldOutSequences: number;
  readonly learningRate: number;
};

/** As in recipes/nca-nano.js. */
export const NANO: NanoRecipe = {
  seed: 0,
  model: { kind: 'llama', hiddenSize: 64, layers: 2, heads: 2 },
  data: {
    kind: 'nca',
    colors: 2,
    grid: 6,
    patch: 1,
    burnIn: 2,
    rules: 1,
    ruleSeed: 1,
    band: { kind: 'percentile', low: 50, high: 100 },
  },
  contextLength: 151,
  batchSize: 8,
  steps: 300,
  evaluateEvery: 20,
  heldOutSequences: 32,
  learningRate: 3e-3,
};

/** What a reader may choose: the place in the recipe, the key in addresses, and the choices. */
export type Choice = {
  readonly key: string;
  readonly label: string;
  readonly note: string;
  /** The place of the value in a recipe of the command line. */
  readonly place: string;
  readonly values: readonly string[];
};

export const CHOICES: readonly Choice[] = [
  {
    key: 'rules',
    label: 'rules',
    note: 'One rule is learned by heart; more of them, or a new one for each sequence, must be told apart from the sequence, which takes far longer.',
    place: 'stages.source.data.rules',
    values: ['1', '4', '16', 'fresh'],
  },
  {
    key: 'rule',
    label: 'which rules',
    note: 'Random seed of the rules, where there is a fixed number of them.',
    place: 'stages.source.data.ruleSeed',
    values: ['1', '0', '2', '3', '4', '5'],
  },
  {
    key: 'width',
    label: 'width of the model',
    note: 'Numbers that the model keeps of each token.',
    place: 'model.hiddenSize',
    values: ['64', '32', '96', '128'],
  },
  {
    key: 'layers',
    label: 'layers',
    note: 'Attention layers, one on the other.',
    place: 'model.layers',
    values: ['2', '1', '3', '4'],
  },
  {
    key: 'rate',
    label: 'learning rate',
    note: 'How far a step moves the parameters.',
    place: 'stages.source.optimizer.learningRate',
    values: ['0.003', '0.001', '0.006', '0.01'],
  },
  {
    key: 'steps',
    label: 'steps',
    note: 'Each step sees eight new sequences.',
    place: 'stages.source.steps',
    values: ['300', '100', '600', '1200', '2400'],
  },
  {
    key: 'seed',
    label: 'seed',
    note: 'Sequences and initial weights follow from it.',
    place: 'seed',
    values: ['0', '1', '2', '3'],
  },
];

/** The chosen value, or the first, which is the recipe's own. */
export function chosenValue({ key, values }: Choice, texts: Readonly<Record<string, string>>) {
  return values.find((value) => value === texts[key]) ?? values[0]!;
}

export function readRecipe(texts: Readonly<Record<string, string>>): NanoRecipe {
  const text = (key: string) => chosenValue(CHOICES.find((choice) => choice.key === key)!, texts);
  const rules = text('rules');
  return {
    ...NANO,
    seed: Number(text('seed')),
    model: { ...NANO.model, hiddenSize: Number(text('width')), layers: Number(text('layers')) },
    data: {
      ...NANO.data,
      rules: rules === 'fresh' ? rules : Number(rules),
      ruleSeed: Number(text('rule')),
    },
    steps: Number(text('steps')),
    learningRate: Number(text('rate')),
  };
}

/** The command that runs the same recipe in Node. */
export function trainCommand(texts: Readonly<Record<string, string>>): string {
  const changes = CHOICES.flatMap((choice) => {
    const value = chosenValue(choice, texts);
    return value === choice.values[0] ? [] : [`${choice.place}=${value}`];
  });
  const set = changes.length === 0 ? '' : ` --set ${changes.join(' ')}`;
  return `primordia train nca-nano --out runs/nano${set}`;
}
