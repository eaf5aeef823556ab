// Candidates: which values of the marked constants are tried. Everything drawn follows from a key.

import { foldIn, type Key, permutation, randomInt, uniform } from '../../core/index.ts';
import { countValues, indexOfValue, type TunedConstant, valueAt } from './parse-constants.ts';

/** A value for each constant, in their order. */
export type Candidate = readonly number[];

/** A name of a candidate: equal for equal values. */
export function candidateName(candidate: Candidate): string {
  return candidate.join(' ');
}

/** How many candidates there are in all; more than 2^53 are not exact. */
export function countCandidates(constants: readonly TunedConstant[]): number {
  return constants.reduce((product, { values }) => product * countValues(values), 1);
}

/** All candidates, the first constant changing slowest. */
export function listCandidates(constants: readonly TunedConstant[]): Candidate[] {
  let candidates: Candidate[] = [[]];
  for (const { values } of constants) {
    const column = Array.from({ length: countValues(values) }, (_, i) => valueAt(values, i));
    candidates = candidates.flatMap((row) => column.map((value) => [...row, value]));
  }
  return candidates;
}

/**
 * A Latin hypercube: each constant's values are cut into `count` strata, and each stratum has one candidate. Equal
 * candidates, which small sets of values bring about, are given once.
 */
export function drawHypercube(
  key: Key,
  constants: readonly TunedConstant[],
  count: number,
): Candidate[] {
  const columns = constants.map(({ values }, c) => {
    const own = foldIn(key, c);
    const strata = permutation(foldIn(own, 'strata'), count);
    const within = uniform(foldIn(own, 'within'), count);
    const size = countValues(values);
    return Array.from(strata, (stratum, i) =>
      valueAt(values, Math.min(size - 1, Math.floor(((stratum + within[i]!) / count) * size))),
    );
  });
  return distinct(Array.from({ length: count }, (_, i) => columns.map((column) => column[i]!)));
}

/** One candidate, all equally likely. */
export function drawCandidate(key: Key, constants: readonly TunedConstant[]): Candidate {
  return constants.map(({ values }, c) =>
    valueAt(values, randomInt(foldIn(key, c), countValues(values))),
  );
}

/** Draws per neighbor that is asked for, at most: where parents have few of them, fewer are found. */
const MAX_DRAWS = 20;
/** Steps to a neighbor go up to this share of a constant's values. */
const FARTHEST = 1 / 4;

/**
 * Up to `count` candidates near `parents`, none of which is among them. A neighbor has one constant changed by a step whose
 * size is log-uniform, around the end of the range if need be; every fourth mixes two parents.
 */
export function drawNeighbors(
  key: Key,
  parents: readonly Candidate[],
  constants: readonly TunedConstant[],
  count: number,
): Candidate[] {
  const seen = new Set(parents.map(candidateName));
  const neighbors: Candidate[] = [];
  for (let draw = 0; draw < count * MAX_DRAWS && neighbors.length < count; draw++) {
    const own = foldIn(key, draw);
    const mixes = parents.length > 1 && constants.length > 1 && draw % 4 === 3;
    const neighbor = mixes ? mix(own, parents) : step(own, parents, constants);
    if (seen.has(candidateName(neighbor))) continue;
    seen.add(candidateName(neighbor));
    neighbors.push(neighbor);
  }
  return neighbors;
}

function step(
  key: Key,
  parents: readonly Candidate[],
  constants: readonly TunedConstant[],
): Candidate {
  const parent = parents[randomInt(foldIn(key, 'parent'), parents.length)]!;
  const chosen = randomInt(foldIn(key, 'constant'), constants.length);
  const { values } = constants[chosen]!;
  const size = countValues(values);
  const exponent = uniform(foldIn(key, 'size'), 1)[0]!;
  const distance = Math.max(1, Math.round(Math.max(1, size * FARTHEST) ** exponent));
  const direction = randomInt(foldIn(key, 'direction'), 2) === 0 ? -1 : 1;
  const index = indexOfValue(values, parent[chosen]!) + direction * distance;
  const moved = valueAt(values, ((index % size) + size) % size);
  return parent.map((value, c) => (c === chosen ? moved : value));
}

function mix(key: Key, parents: readonly Candidate[]): Candidate {
  const first = parents[randomInt(foldIn(key, 'first'), parents.length)]!;
  const second = parents[randomInt(foldIn(key, 'second'), parents.length)]!;
  return first.map((value, c) => (randomInt(foldIn(key, c), 2) === 0 ? value : second[c]!));
}

function distinct(candidates: readonly Candidate[]): Candidate[] {
  return [...new Map(candidates.map((one) => [candidateName(one), one])).values()];
}
