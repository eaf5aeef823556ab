// From a traced program to a StableHLO module.

import type { NamedTensor } from '../../graph.ts';
import { resultsOf, type TracedProgram } from '../../program.ts';
import { decomposition, expandGraph } from '../../rewrite.ts';
import { lowerPart } from './lower-part.ts';
import { loweringOf } from './lowerings.ts';
import { createWriter, elementTypeOf, newName, typeText, type Value } from './stablehlo.ts';

export type LoweredProgram = {
  /** The module, with a function `main`: the leaves of states in order, then the inputs; it gives `resultsOf`. */
  readonly text: string;
  /** Operations in the text. */
  readonly operations: number;
};

/** Arguments of `main`, in order. */
function argumentsOf({ states, inputs }: TracedProgram): NamedTensor[] {
  return [...states.flatMap(({ reads }) => reads), ...inputs];
}

/** The StableHLO module of a program. */
export function lowerProgram(program: TracedProgram): LoweredProgram {
  const wanted = { graph: program.graph, results: resultsOf(program) };
  const { graph, results } = expandGraph(wanted, ({ operation }) =>
    loweringOf(operation.name) ? undefined : decomposition,
  );
  const given = argumentsOf(program);
  const donated = pairDonations(program);
  const writer = createWriter();
  const begins = new Map<number, Value>();
  const declared = given.map(({ name, tensor: { dtype, shape } }, i) => {
    const value = { name: newName(writer), element: elementTypeOf(dtype), shape };
    // A copy of the graph has inputs of its own under the same names.
    const input = graph.inputs.find((one) => one.name === name);
    if (input) begins.set(input.tensor.id, value);
    const result = donated.get(i);
    const attribute = result === undefined ? '' : ` {tf.aliasing_output = ${result} : i32}`;
    return `${value.name}: ${typeText(value)}${attribute}`;
  });
  const values = lowerPart(
    writer,
    graph,
    results.map(({ tensor }) => tensor),
    begins,
  );
  const types = values.map(typeText).join(', ');
  const text = [
    'module @program {',
    `func.func public @main(${declared.join(', ')}) -> (${types}) {`,
    ...writer.lines,
    `return ${values.map(({ name }) => name).join(', ')} : ${types}`,
    '}',
    '}',
    '',
  ].join('\n');
  const operations = writer.lines.join('\n').split(' = ').length - 1;
  return { text, operations };
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
