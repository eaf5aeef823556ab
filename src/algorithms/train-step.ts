// One optimizer step as a program: loss, gradients, clipping and AdamW in one graph.

import {
  type ArraySpec,
  arrayOf,
  flattenTree,
  isParamSpec,
  mapTree,
  type NamedParams,
  type ParamSpec,
  spec,
  type Tree,
  UserError,
} from '../core/index.ts';
import {
  type AdamwMoments,
  type AdamwOptions,
  type AdamwScalars,
  adamwScalarSpecs,
  adamwSpecs,
  adamwStep,
  clipFactor,
  globalNorm,
  scaleGradients,
} from '../optim/index.ts';
import {
  add,
  after,
  constant,
  gradients,
  isTensor,
  mul,
  type ProgramSpec,
  slice,
  type Tensor,
} from '../tensor/index.ts';

export type OptimizerOptions = AdamwOptions & {
  /** Gradients are scaled down to this global norm; 0 leaves them alone. */
  readonly clipNorm: number;
};

/** What lives on the device between steps. */
export type TrainStates = {
  readonly params: Tree<ArraySpec>;
  readonly moments: AdamwMoments<ArraySpec>;
};

/** A batch and the numbers of the step. Every array of the batch has the batch as its first axis. */
export type TrainInputs = {
  readonly batch: Readonly<Record<string, ArraySpec>>;
  readonly scalars: AdamwScalars<ArraySpec>;
  /** Key of the step's dropout. */
  readonly key: ArraySpec;
};

export type TrainOutputs = { readonly loss: Tensor; readonly gradientNorm: Tensor };

/** Describes a train step. */
export type TrainStepOptions = {
  readonly params: Tree<ParamSpec>;
  readonly batch: Readonly<Record<string, ArraySpec>>;
  /** Mean loss over a (part of a) batch, a scalar. */
  readonly loss: (
    params: Tree<Tensor>,
    batch: Readonly<Record<string, Tensor>>,
    key: Tensor,
  ) => Tensor;
  readonly optimizer: OptimizerOptions;
  /** Parts into which the batch is cut, one after the other; their gradients are averaged. */
  readonly accumulate?: number;
  /** Parameters that stay as they are. */
  readonly frozen?: ParamFilter;
};

/** Tells some of a model's parameters from the others. */
export type ParamFilter = (spec: ParamSpec) => boolean;

/** The parameters that a step changes. The moments are listed in this order. */
export function trainedParams(
  params: Tree<ParamSpec>,
  frozen: ParamFilter = () => false,
): NamedParams {
  return flattenTree<ParamSpec>(params, isParamSpec).filter(([, spec]) => !frozen(spec));
}

/**
 * The program of one optimizer step. Its state `moments` follows `trainedParams`.
 *
 * @throws UserError when every parameter is frozen, or the batch does not divide into `accumulate` parts
 */
export function trainStepProgram(
  options: TrainStepOptions,
): ProgramSpec<TrainStates, TrainInputs, TrainOutputs> {
  const trained = trainedParams(options.params, options.frozen);
  checkTrainable(options, trained.length);
  const moments = adamwSpecs(trained.map(([, leaf]) => leaf));
  const dtype = trained[0]![1].dtype as 'float32' | 'float64';
  return {
    states: { params: options.params, moments },
    inputs: {
      batch: options.batch,
      scalars: adamwScalarSpecs(dtype),
      key: spec('int32', [2]),
    },
    build: (states, inputs) => {
      const params = states.params as unknown as Tree<Tensor>;
      const leaves = new Map(flattenTree<Tensor>(params, isTensor));
      const targets = trained.map(([path]) => leaves.get(path)!);
      const batch = inputs.batch as unknown as Readonly<Record<string, Tensor>>;
      const { loss, gradients: raw } = accumulatedGradients(
        options,
        params,
        targets,
        batch,
        inputs.key as unknown as Tensor,
      );
      const { clipNorm } = options.optimizer;
      const { clipped, norm } = clipTogether(raw, clipNorm);
      const scalars = inputs.scalars as unknown as AdamwScalars<Tensor>;
      return {
        outputs: { loss, gradientNorm: norm },
        updates: adamwUpdates(states, trained, clipped, scalars, options.optimizer) as never,
      };
    },
  };
}

/** Gradients under a common norm, scaled down to `clipNorm` where they exceed it; 0 leaves them alone. */
export function clipTogether(
  raw: readonly Tensor[],
  clipNorm: number,
): { readonly clipped: readonly Tensor[]; readonly norm: Tensor } {
  const norm = globalNorm(raw);
  return { norm, clipped: clipNorm > 0 ? scaleGradients(raw, clipFactor(norm, clipNorm)) : raw };
}

/**
 * The states after an AdamW step: parameters that are trained are moved, the others stay.
 *
 * @param trained as `trainedParams` lists them, which is the order of the moments and of `clipped`
 */
export function adamwUpdates(
  states: { readonly params: unknown; readonly moments: unknown },
  trained: NamedParams,
  clipped: readonly Tensor[],
  scalars: AdamwScalars<Tensor>,
  options: AdamwOptions,
) {
  const params = states.params as Tree<Tensor>;
  const leaves = new Map(flattenTree<Tensor>(params, isTensor));
  const next = adamwStep(
    trained.map(([, spec]) => spec),
    trained.map(([path]) => leaves.get(path)!),
    clipped,
    states.moments as AdamwMoments<Tensor>,
    scalars,
    options,
  );
  const updated = new Map(trained.map(([path], i) => [path, next.params[i]!]));
  return {
    params: mapTree<Tensor, Tensor>(params, isTensor, (p, path) => updated.get(path) ?? p),
    moments: next.moments,
  };
}

function checkTrainable({ batch, accumulate = 1 }: TrainStepOptions, trained: number): void {
  if (trained === 0) throw new UserError('train step: every parameter is frozen');
  for (const [name, { shape }] of Object.entries(batch)) {
    if (!Number.isInteger(accumulate) || accumulate < 1 || (shape[0] ?? 0) % accumulate !== 0) {
      throw new UserError(
        `train step: '${name}' [${shape.join(', ')}] does not divide into ${accumulate} parts`,
        { hint: 'choose a batch size that is a multiple of accumulate' },
      );
    }
  }
}

/** The key of a part of the batch: without it, every part would drop the same elements. */
function partKey(key: Tensor, part: number): Tensor {
  if (part === 0) return key;
  return add(key, constant(key.graph, arrayOf('int32', [2], [Math.imul(part, 0x9e3779b1), 0])));
}

function accumulatedGradients(
  options: TrainStepOptions,
  params: Tree<Tensor>,
  targets: readonly Tensor[],
  batch: Readonly<Record<string, Tensor>>,
  key: Tensor,
): { loss: Tensor; gradients: Tensor[] } {
  const parts = options.accumulate ?? 1;
  if (parts === 1) {
    const loss = options.loss(params, batch, key);
    return { loss, gradients: gradients(loss, targets) };
  }
  let total: Tensor | undefined;
  let sums: Tensor[] | undefined;
  for (let part = 0; part < parts; part++) {
    const rows = (x: Tensor) => {
      const size = x.shape[0]! / parts;
      const piece = slice(x, 0, part * size, (part + 1) * size);
      // Each part waits for the gradients of the one before: activations of one part live at a time.
      return sums ? after(piece, sums) : piece;
    };
    const piece = Object.fromEntries(Object.entries(batch).map(([name, x]) => [name, rows(x)]));
    const loss = mul(options.loss(params, piece, partKey(key, part)), 1 / parts);
    const found = gradients(loss, targets);
    sums = sums ? sums.map((sum, i) => add(sum, found[i]!)) : found;
    total = total ? add(total, loss) : loss;
  }
  return { loss: total!, gradients: sums! };
}
