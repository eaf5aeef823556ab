// One optimizer step as a program, whatever the algorithm: loss, gradients, clipping and the optimizer in one graph.

import {
  type ArraySpec,
  arrayOf,
  countElements,
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
  clipFactor,
  type FloatDtype,
  globalNorm,
  groupParams,
  joinGroup,
  type Optimizer,
  type ParamGroup,
  scaleGradients,
  splitGroup,
} from '../optim/index.ts';
import {
  add,
  after,
  concat,
  constant,
  gradients,
  isTensor,
  mul,
  type ProgramSpec,
  programDepth,
  slice,
  type Tensor,
} from '../tensor/tracing.ts';

import type { ParamFilter, StepFacts } from './algorithm.ts';

type Tensors = Readonly<Record<string, Tensor>>;

/** A part of a batch, whose rows are processed at a time. */
export type Part = {
  /** Rows of the batch's arrays. */
  readonly batch: Tensors;
  /** Arrays of the whole batch, for means over all of it. */
  readonly whole: Tensors;
  /** Number of parts of the batch. */
  readonly parts: number;
  /** Key of the part's dropout. */
  readonly key: Tensor;
  /** The carried state of these rows from the previous step, if there is one. */
  readonly carried?: Tree<Tensor>;
};

/** A traced loss, a scalar, and the other outputs of a step. */
export type Forward = {
  /** The mean over the batch's loss is the mean over those of its parts. */
  readonly loss: Tensor;
  /** Scalars, averaged over the parts like the loss. */
  readonly metrics?: Tensors;
  /** Tensors inside the graph whose gradients a step reports. */
  readonly watch?: {
    readonly tensors: readonly Tensor[];
    /** Computes the report from the gradients of the whole batch's loss; reports of parts are joined along their first axis. */
    readonly report: (gradients: readonly Tensor[]) => Tensors;
  };
  /** The value of `Part.carried` in the next step. */
  readonly carried?: Tree<Tensor>;
};

/** Draws the arrays of a batch as part of a step. */
export type BatchSource = {
  /** What it reads besides the key; it stays on the device. */
  readonly tables: Readonly<Record<string, ArraySpec>>;
  /** @param key int32 `[2]` */
  readonly draw: (tables: Tensors, key: Tensor) => Tensors;
};

/** Describes a train step. */
export type TrainStepOptions = {
  readonly params: Tree<ParamSpec>;
  /** Arrays of a step; their first axis is cut into parts. */
  readonly batch: Readonly<Record<string, ArraySpec>>;
  readonly forward: (params: Tree<Tensor>, part: Part) => Forward;
  readonly optimizer: Optimizer;
  /** Gradients are scaled down to this global norm; 0 does not clip. */
  readonly clipNorm: number;
  /** Parts into which the batch is cut, one after the other; their gradients are averaged. */
  readonly accumulate?: number;
  /** Parameters that are not trained. */
  readonly frozen?: ParamFilter | undefined;
  /** Whether the subtrees of `params` (a teacher, its cell) are clipped separately; by default all are clipped together. */
  readonly clipApart?: boolean;
  /** State that is carried from step to step besides the parameters; its first axis is the batch. */
  readonly carried?: Tree<ArraySpec>;
  /** Whether each parameter is updated by itself; by default small ones are joined. Those on a mesh lie differently. */
  readonly apart?: boolean;
  /** Draws the batch, so that a step is given the key alone. */
  readonly source?: BatchSource | undefined;
};

/** State on the device between steps: `params`, `slots` of each group of trained parameters, `carried`, and a source's `tables`. */
export type TrainStates = Readonly<Record<string, Tree<ArraySpec>>>;
/** `batch`, or its key where a source draws it, the optimizer's `scalars`, and `key` of the step's dropout. */
export type TrainInputs = Readonly<Record<string, Tree<ArraySpec>>>;
/** `loss`, the metrics, `gradientNorm` or, clipped separately, `gradientNorm.<subtree>` too, and reports of watched tensors. */
export type TrainOutputs = Tensors;

/** The parameters that a step changes. */
export function trainedParams(
  params: Tree<ParamSpec>,
  frozen: ParamFilter = () => false,
): NamedParams {
  return flattenTree<ParamSpec>(params, isParamSpec).filter(([, spec]) => !frozen(spec));
}

/** The groups of trained parameters, in the order of the optimizer's slots. Members are indices into `trainedParams`. */
export function trainedGroups({
  params,
  frozen,
  optimizer,
  clipApart = false,
  apart = false,
}: Pick<
  TrainStepOptions,
  'params' | 'frozen' | 'optimizer' | 'clipApart' | 'apart'
>): ParamGroup[] {
  const trained = trainedParams(params, frozen);
  return groupParams(
    trained.map(([, spec]) => spec),
    apart ? {} : optimizer,
    clipApart ? (index) => subtreeOf(trained[index]![0]) : undefined,
  );
}

/** Slots of a parameter; those of its shape are for what it is for. */
function placedSlots(optimizer: Optimizer, param: ParamSpec): Readonly<Record<string, ArraySpec>> {
  const slots = Object.entries(optimizer.slots(param));
  return Object.fromEntries(
    slots.map(([name, slot]) => [
      name,
      String(slot.shape) === String(param.shape) ? { ...param, ...slot } : slot,
    ]),
  );
}

function subtreeOf(path: string): string {
  return path.split('.')[0]!;
}

/** The float type of the parameters. */
export function dtypeOf(trained: NamedParams): FloatDtype {
  return trained[0]![1].dtype as FloatDtype;
}

/**
 * The program of one optimizer step.
 *
 * @throws UserError if every parameter is frozen, or the batch does not divide into `accumulate` parts
 */
export function trainStepProgram(
  options: TrainStepOptions,
): ProgramSpec<TrainStates, TrainInputs, TrainOutputs> {
  const { params: specs, optimizer, batch, carried, source } = options;
  const trained = trainedParams(specs, options.frozen);
  checkTrainable(options, trained.length);
  const groups = trainedGroups(options);
  const scalars = optimizer.scalars(0, 0, dtypeOf(trained));
  return {
    states: {
      params: specs,
      slots: groups.map(({ spec }) => placedSlots(optimizer, spec)),
      ...(carried ? { carried } : {}),
      ...(source ? { tables: source.tables } : {}),
    },
    inputs: {
      batch: source ? { key: spec('int32', [2]) } : batch,
      scalars: Object.fromEntries(
        Object.entries(scalars).map(([name, { dtype, shape }]) => [name, { dtype, shape }]),
      ),
      key: spec('int32', [2]),
    },
    batched: source ? ['carried'] : ['batch', 'carried'],
    build: (states, inputs) => {
      const params = states.params!;
      const leaves = new Map(flattenTree<Tensor>(params, isTensor));
      const targets = trained.map(([path]) => leaves.get(path)!);
      const given = inputs.batch as Tensors;
      const whole = source ? source.draw(states.tables as Tensors, given.key!) : given;
      const found = accumulate(
        options,
        params,
        targets,
        groups,
        whole,
        inputs.key as Tensor,
        states.carried,
      );
      const { clipped, norms } = clipGradients(found.gradients, groups, trained, options);
      const slots = states.slots as readonly Tensors[];
      const next = optimizer.update(
        groups.map((group, i) => ({
          spec: group.spec,
          value: joinGroup(group, targets),
          gradient: clipped[i]!,
          slots: slots[i]!,
        })),
        inputs.scalars as Tensors,
      );
      const updated = new Map(
        groups.flatMap((group, i) => {
          const values = splitGroup(group, next[i]!.value);
          return group.members.map(({ index }, n) => [trained[index]![0], values[n]!] as const);
        }),
      );
      return {
        outputs: { loss: found.loss, ...found.metrics, ...norms, ...found.reports },
        updates: {
          params: mapTree<Tensor, Tensor>(params, isTensor, (p, path) => updated.get(path) ?? p),
          slots: next.map((one) => one.slots),
          ...(found.carried ? { carried: found.carried } : {}),
        },
      };
    },
  };
}

/** Facts about a step, which is only traced for them. */
export function describeStep(options: TrainStepOptions): StepFacts {
  return {
    parameters: countElements(
      trainedParams(options.params, options.frozen).map(([, leaf]): ArraySpec => leaf),
    ),
    depth: programDepth(trainStepProgram(options)),
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

type Accumulated = {
  readonly loss: Tensor;
  /** Of each group. */
  readonly gradients: readonly Tensor[];
  readonly metrics: Tensors;
  readonly reports: Tensors;
  readonly carried?: Tree<Tensor> | undefined;
};

function accumulate(
  options: TrainStepOptions,
  params: Tree<Tensor>,
  targets: readonly Tensor[],
  groups: readonly ParamGroup[],
  whole: Tensors,
  key: Tensor,
  carried: Tree<Tensor> | undefined,
): Accumulated {
  const parts = options.accumulate ?? 1;
  if (parts === 1) {
    return differentiate(options, params, targets, groups, {
      batch: whole,
      whole,
      parts,
      key,
      ...(carried === undefined ? {} : { carried }),
    });
  }
  let sum: Accumulated | undefined;
  const carriedParts: Tree<Tensor>[] = [];
  for (let part = 0; part < parts; part++) {
    const rows = (x: Tensor) => {
      const size = x.shape[0]! / parts;
      const piece = slice(x, 0, part * size, (part + 1) * size);
      // Each part waits for the gradients of the one before, so that activations of only one part are alive at a time.
      return sum ? after(piece, sum.gradients) : piece;
    };
    const found = differentiate(options, params, targets, groups, {
      batch: mapRecord(whole, rows),
      whole,
      parts,
      key: partKey(key, part),
      ...(carried === undefined
        ? {}
        : { carried: mapTree<Tensor, Tensor>(carried, isTensor, rows) }),
    });
    if (found.carried !== undefined) carriedParts.push(found.carried);
    sum = sum ? addParts(sum, found) : found;
  }
  return { ...sum!, carried: carriedParts.length > 0 ? joinRows(carriedParts) : undefined };
}

/** The loss of a part and its gradients, scaled to their share in the batch's. */
function differentiate(
  options: TrainStepOptions,
  params: Tree<Tensor>,
  targets: readonly Tensor[],
  groups: readonly ParamGroup[],
  part: Part,
): Accumulated {
  const forward = options.forward(params, part);
  const share = (x: Tensor) => (part.parts === 1 ? x : mul(x, 1 / part.parts));
  const loss = share(forward.loss);
  const watched = forward.watch?.tensors ?? [];
  const found = gradients(loss, [...targets, ...watched]);
  return {
    loss,
    gradients: groups.map((group) => joinGroup(group, found)),
    metrics: mapRecord(forward.metrics ?? {}, share),
    reports: forward.watch?.report(found.slice(targets.length)) ?? {},
    carried: forward.carried,
  };
}

function addParts(sum: Accumulated, found: Accumulated): Accumulated {
  return {
    gradients: sum.gradients.map((g, i) => add(g, found.gradients[i]!)),
    loss: add(sum.loss, found.loss),
    metrics: mapRecord(sum.metrics, (x, name) => add(x, found.metrics[name]!)),
    reports: mapRecord(sum.reports, (x, name) => concat([x, found.reports[name]!], 0)),
  };
}

function mapRecord(record: Tensors, fn: (x: Tensor, name: string) => Tensor): Tensors {
  return Object.fromEntries(Object.entries(record).map(([name, x]) => [name, fn(x, name)]));
}

function joinRows(parts: readonly Tree<Tensor>[]): Tree<Tensor> {
  const leaves = parts.map((tree) => new Map(flattenTree<Tensor>(tree, isTensor)));
  return mapTree<Tensor, Tensor>(parts[0]!, isTensor, (_, path) =>
    concat(
      leaves.map((part) => part.get(path)!),
      0,
    ),
  );
}

/** The key of a part of the batch: without it, every part would drop the same elements. */
function partKey(key: Tensor, part: number): Tensor {
  if (part === 0) return key;
  // A multiple of `COUNTER_FACTOR` would give the numbers of the part before, one element on.
  const salt = Math.imul(part, 0xc2b2ae3d);
  return add(key, constant(key.graph, arrayOf('int32', [2], [salt, 0])));
}

function clipGradients(
  raw: readonly Tensor[],
  groups: readonly ParamGroup[],
  trained: NamedParams,
  { clipApart = false, clipNorm }: TrainStepOptions,
): { readonly clipped: readonly Tensor[]; readonly norms: Tensors } {
  if (!clipApart) {
    const { clipped, norm } = clipTogether(raw, clipNorm);
    return { clipped, norms: { gradientNorm: norm } };
  }
  const norms: Record<string, Tensor> = { gradientNorm: globalNorm(raw) };
  const clipped = [...raw];
  // No group has members of two subtrees.
  const subtrees = groups.map(({ members }) => subtreeOf(trained[members[0]!.index]![0]));
  for (const name of new Set(subtrees)) {
    const places = subtrees.flatMap((subtree, i) => (subtree === name ? [i] : []));
    const own = clipTogether(
      places.map((i) => raw[i]!),
      clipNorm,
    );
    norms[`gradientNorm.${name}`] = own.norm;
    places.forEach((i, n) => {
      clipped[i] = own.clipped[n]!;
    });
  }
  return { clipped, norms };
}

/** Gradients with a common norm, scaled down to `clipNorm` if it is exceeded; 0 does not clip. */
function clipTogether(
  raw: readonly Tensor[],
  clipNorm: number,
): { readonly clipped: readonly Tensor[]; readonly norm: Tensor } {
  const norm = globalNorm(raw);
  return { norm, clipped: clipNorm > 0 ? scaleGradients(raw, clipFactor(norm, clipNorm)) : raw };
}
