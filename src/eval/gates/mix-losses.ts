// A mixture of predictors that trusts those that have predicted the sequence well so far.

/**
 * After each target the weights of the mixture are raised to this power. 1 would be Bayes' rule; a smaller power forgets, so that
 * another predictor can take over when a sequence changes, for example by running into a cycle.
 */
const MEMORY = 0.98;

/**
 * Nats of each target under a mixture. In each sequence the predictors start with equal weights, and a weight becomes
 * proportional to (weight · probability)^0.98 after each target. Targets of which all are certain change nothing.
 *
 * @param losses nats by predictor, sequence and target
 * @returns by sequence and target
 */
export function mixLosses(losses: readonly (readonly Float64Array[])[]): Float64Array[] {
  const [first = []] = losses;
  return first.map((targets, s) =>
    mixSequence(
      losses.map((own) => own[s]!),
      targets.length,
    ),
  );
}

function mixSequence(losses: readonly Float64Array[], targets: number): Float64Array {
  const mixed = new Float64Array(targets);
  // Logarithms of weights that add up to 1, and of weight times probability.
  const weights = new Float64Array(losses.length).fill(-Math.log(losses.length));
  const joint = new Float64Array(losses.length);
  for (let t = 0; t < targets; t++) {
    if (losses.every((own) => own[t] === 0)) continue;
    for (let k = 0; k < joint.length; k++) joint[k] = weights[k]! - losses[k]![t]!;
    mixed[t] = -logSumExp(joint);
    for (let k = 0; k < joint.length; k++) weights[k] = MEMORY * joint[k]!;
    const norm = logSumExp(weights);
    for (let k = 0; k < joint.length; k++) weights[k]! -= norm;
  }
  return mixed;
}

function logSumExp(values: Float64Array): number {
  const top = values.reduce((a, b) => Math.max(a, b));
  return top + Math.log(values.reduce((sum, value) => sum + Math.exp(value - top), 0));
}
