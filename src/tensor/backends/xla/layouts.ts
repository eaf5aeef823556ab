// How arrays are cut over the devices of a mesh, as Shardy's text has it (https://openxla.org/shardy).

import type { Shape } from '../../../core/index.ts';
import type { Mesh, MeshAxis, Placement, Spread } from '../../mesh.ts';

/** For each axis of an array, the axes of the mesh that it is cut along, the outer first. */
export type Layout = readonly (readonly MeshAxis[])[];

/** The layout of an array that every device has as a whole. */
export function wholeLayout(shape: Shape): Layout {
  return shape.map(() => []);
}

export function sameLayout(a: Layout, b: Layout): boolean {
  return a.length === b.length && a.every((names, i) => String(names) === String(b[i]));
}

/**
 * The layout of an argument. Batches are cut along their rows. Projections of a layer are cut along their heads or columns: those
 * that read the hidden state along what they put out, those that write it along what they take in; tables along the vocabulary.
 * Where `shard` says so, matrices are cut along `data` too. What does not divide is not cut.
 */
export function layoutOf(shape: Shape, placement: Placement, { mesh, shard }: Spread): Layout {
  const layout: MeshAxis[][] = shape.map(() => []);
  if (placement.batched) {
    if (shape.length > 0 && divides(shape[0]!, mesh.data)) layout[0]!.push('data');
    return layout;
  }
  if (placement.role === undefined) return layout;
  const along = modelAxis(shape, placement, mesh);
  if (along !== undefined && divides(shape[along]!, mesh.model)) layout[along]!.push('model');
  if (!shard || shape.length < 2) return layout;
  const wanted = [
    layout.findIndex((names, i) => names.length === 0 && divides(shape[i]!, mesh.data)),
    layout.findIndex((names, i) => names.length > 0 && divides(shape[i]!, mesh.data * mesh.model)),
  ].find((axis) => axis >= 0);
  if (wanted !== undefined) layout[wanted]!.push('data');
  return layout;
}

function divides(size: number, devices: number): boolean {
  return devices > 1 && size > 0 && size % devices === 0;
}

/** The axis of a parameter that is cut along `model`. */
function modelAxis(
  shape: Shape,
  { role, part, heads }: Placement,
  { model }: Mesh,
): number | undefined {
  if (role === 'embedding' || role === 'head') return 0;
  if (role === 'mixer' && (heads === undefined || heads % model !== 0)) return undefined;
  if (role !== 'mixer' && role !== 'mlp') return undefined;
  switch (part) {
    case 'query':
    case 'key':
    case 'value':
    case 'gate':
    case 'up':
      return 0;
    case 'output':
    case 'down':
      // A bias is added to what all devices have.
      return shape.length === 2 ? 1 : undefined;
    default:
      return undefined;
  }
}

/** Whether a parameter is cut along `data` as batches are, so that it must be collected where it meets one. */
export function isSharded(layout: Layout, { batched }: Placement): boolean {
  return !batched && layout.some((names) => names.includes('data'));
}

const MESH_NAME = '@mesh';

/** The declaration of a mesh; devices are numbered along `model` first. */
export function meshText({ data, model }: Mesh): string {
  return `sdy.mesh ${MESH_NAME} = <["data"=${data}, "model"=${model}]>`;
}

/**
 * The attribute of an argument or result. A sharded parameter decides last (p1) how results lie, so that they follow the rows of
 * the batch, and the parameter is collected.
 */
export function shardingText(layout: Layout, placement: Placement): string {
  const axes = layout.map((names) => {
    const isLast = isSharded([names], placement);
    return `{${names.map((name) => `"${name}"`).join(', ')}}${isLast ? 'p1' : ''}`;
  });
  return `sdy.sharding = #sdy.sharding<${MESH_NAME}, [${axes.join(', ')}]>`;
}
