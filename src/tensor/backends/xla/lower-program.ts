// From a traced program to a StableHLO module.

import type { NamedTensor } from '../../graph.ts';
import { countDevices, ONE_DEVICE, type Placement, type Spread } from '../../mesh.ts';
import { resultsOf, type TracedProgram } from '../../program.ts';
import { expandGraph } from '../../rewrite.ts';
import { type BlockSizes, DEFAULT_BLOCKS, expansionsFor } from './expansions.ts';
import {
  isSharded,
  type Layout,
  layoutOf,
  meshText,
  shardingText,
  wholeLayout,
} from './layouts.ts';
import { lowerPart } from './lower-part.ts';
import { createWriter, elementTypeOf, newName, typeText, type Value } from './stablehlo.ts';

export type LoweredProgram = {
  /** The module, with a function `main`: the leaves of states in order, then the inputs; it gives `resultsOf`. */
  readonly text: string;
  /** Operations in the text. */
  readonly operations: number;
  /** How arguments and results of `main` lie on the devices. */
  readonly layouts: { readonly arguments: readonly Layout[]; readonly results: readonly Layout[] };
};

/** Arguments of `main`, in order. */
function argumentsOf({ states, inputs }: TracedProgram): NamedTensor[] {
  return [...states.flatMap(({ reads }) => reads), ...inputs];
}

/** The StableHLO module of a program. Where there are several devices, it says how arguments and results lie on them. */
export function lowerProgram(
  program: TracedProgram,
  spread: Spread = ONE_DEVICE,
  blocks: BlockSizes = DEFAULT_BLOCKS,
): LoweredProgram {
  const wanted = { graph: program.graph, results: resultsOf(program) };
  const { graph, results } = expandGraph(wanted, expansionsFor(blocks));
  const given = argumentsOf(program);
  const donated = pairDonations(program);
  const devices = countDevices(spread.mesh);
  const placements = given.map(({ name }) => program.placements.get(name) ?? {});
  const layouts = {
    arguments: given.map(({ tensor }, i) => layoutOf(tensor.shape, placements[i]!, spread)),
    results: results.map(({ tensor }) => wholeLayout(tensor.shape)),
  };
  const resultPlacements: Placement[] = results.map(() => ({}));
  for (const [argument, result] of donated) {
    layouts.results[result] = layouts.arguments[argument]!;
    resultPlacements[result] = placements[argument]!;
  }
  const attributesText = (attributes: readonly string[]) =>
    attributes.length === 0 ? '' : ` {${attributes.join(', ')}}`;
  const sharding = (layout: Layout, placement: Placement) =>
    devices === 1 ? [] : [shardingText(layout, placement)];
  const writer = createWriter();
  const begins = new Map<number, Value>();
  const sharded = new Set<number>();
  const declared = given.map(({ name, tensor: { dtype, shape } }, i) => {
    const value = { name: newName(writer), element: elementTypeOf(dtype), shape };
    // A copy of the graph has inputs of its own under the same names.
    const input = graph.inputs.find((one) => one.name === name);
    if (input) begins.set(input.tensor.id, value);
    if (input && isSharded(layouts.arguments[i]!, placements[i]!)) sharded.add(input.tensor.id);
    const attributes = sharding(layouts.arguments[i]!, placements[i]!);
    const result = donated.get(i);
    if (result !== undefined) {
      // The partitioner finds the result by itself.
      attributes.push(
        devices === 1 ? `tf.aliasing_output = ${result} : i32` : 'jax.buffer_donor = true',
      );
    }
    return `${value.name}: ${typeText(value)}${attributesText(attributes)}`;
  });
  const values = lowerPart(
    writer,
    graph,
    results.map(({ tensor }) => tensor),
    begins,
    sharded,
  );
  const types = values.map(typeText).join(', ');
  const declaredResults = values.map((value, i) => {
    const attributes = sharding(layouts.results[i]!, resultPlacements[i]!);
    return `${typeText(value)}${attributesText(attributes)}`;
  });
  const text = [
    ...(devices === 1
      ? ['module @program {']
      : [
          `module @program attributes {mhlo.num_partitions = ${devices} : i32, mhlo.num_replicas = 1 : i32} {`,
          meshText(spread.mesh),
        ]),
    `func.func public @main(${declared.join(', ')}) -> (${declaredResults.join(', ')}) {`,
    ...writer.lines,
    `return ${values.map(({ name }) => name).join(', ')} : ${types}`,
    '}',
    '}',
    '',
  ].join('\n');
  const operations = writer.lines.join('\n').split(' = ').length - 1;
  return { text, operations, layouts };
}

/** By argument of `main`, the result that takes its memory: leaves that a run replaces give it to what replaces them. */
function pairDonations({ states, outputs }: TracedProgram): Map<number, number> {
  const donated = new Map<number, number>();
  let argument = 0;
  let result = outputs.length;
  for (const { reads, writes } of states) {
    for (const { leaf } of writes) donated.set(argument + leaf, result++);
    argument += reads.length;
  }
  return donated;
}
