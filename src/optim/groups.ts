// Small parameters joined into flat arrays, so that an optimizer's dozen operations run once for all of them. For small arrays,
// starting an operation costs more than its arithmetic.

import { type ParamSpec, sizeOf } from '../core/index.ts';
import { concat, reshape, slice, type Tensor } from '../tensor/tracing.ts';
import type { Optimizer } from './optimizer.ts';

/** Parameters that an optimizer updates as one array: joined, flat, in this order; or a single one in its own shape. */
export type ParamGroup = {
  /** The spec that the optimizer sees. */
  readonly spec: ParamSpec;
  readonly members: readonly {
    /** Its place among the parameters. */
    readonly index: number;
    readonly spec: ParamSpec;
    /** Elements of the members before it. */
    readonly offset: number;
  }[];
};

/**
 * A parameter of more elements loses by being joined: many of them do not fit into a processor's cache together, but one by one
 * they do (d256, weights of 65,536 elements: 8 % of a step; docs/results.md).
 */
const MAX_JOINED = 49_152;

/**
 * Groups of the parameters, in the order of their first members. Those of one group agree in dtype, decay and `apart`;
 * with an optimizer that does not work element by element, each parameter is a group of its own.
 *
 * @param apart parameters for which it returns different values are in different groups
 */
export function groupParams(
  specs: readonly ParamSpec[],
  optimizer: Pick<Optimizer, 'elementwise'>,
  apart: (index: number) => string = () => '',
): ParamGroup[] {
  const groups = new Map<string, number[]>();
  specs.forEach((spec, index) => {
    const joins = optimizer.elementwise && sizeOf(spec.shape) <= MAX_JOINED;
    const key = joins ? `${spec.dtype} ${decaysByDefault(spec)} ${apart(index)}` : `${index}`;
    const known = groups.get(key);
    if (known) known.push(index);
    else groups.set(key, [index]);
  });
  return [...groups.values()].map((indices) => {
    let offset = 0;
    const members = indices.map((index) => {
      const member = { index, spec: specs[index]!, offset };
      offset += sizeOf(member.spec.shape);
      return member;
    });
    const first = members[0]!.spec;
    if (members.length === 1) return { spec: first, members };
    const { dtype, init, role } = first;
    // The joined array has one axis, so its shape no longer tells whether it decays.
    return {
      spec: { dtype, init, role, shape: [offset], decay: decaysByDefault(first) },
      members,
    };
  });
}

function decaysByDefault({ decay, shape }: ParamSpec): boolean {
  return decay ?? shape.length >= 2;
}

/** The group's array of one array per parameter. */
export function joinGroup({ members }: ParamGroup, tensors: readonly Tensor[]): Tensor {
  if (members.length === 1) return tensors[members[0]!.index]!;
  return concat(
    members.map(({ index }) => reshape(tensors[index]!, [-1])),
    0,
  );
}

/** The members' arrays of the group's, in the order of the members. */
export function splitGroup({ members }: ParamGroup, joined: Tensor): Tensor[] {
  if (members.length === 1) return [joined];
  return members.map(({ spec, offset }) =>
    reshape(slice(joined, 0, offset, offset + sizeOf(spec.shape)), spec.shape),
  );
}
