// Predictors of the gate that a chart has room for.

/** A predictor that knows nothing of the model, as the gate has it. */
export type Baseline = {
  readonly name: string;
  readonly kind: 'global' | 'blind' | 'lookup';
  readonly loss: number;
};

/** Of each kind the best, those of the chart. A look-up's name says that it is one. */
export function chooseBaselines(baselines: readonly Baseline[]): Baseline[] {
  const kinds = ['global', 'blind', 'lookup'] as const;
  return kinds.flatMap((kind) => {
    const own = baselines.filter((one) => one.kind === kind);
    if (own.length === 0) return [];
    const best = own.reduce((a, b) => (b.loss < a.loss ? b : a));
    return [kind === 'lookup' ? { ...best, name: `look-up: ${best.name}` } : best];
  });
}
