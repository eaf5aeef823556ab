// Candidates as warriors: each is assembled once, and those that mean the same warrior are one.

import { UserError } from '../../core/index.ts';
import { type AssemblyRules, assembleWarrior } from '../read-warrior.ts';
import { warriorId } from '../warrior-id.ts';
import { type Candidate, candidateName } from './draw-candidates.ts';
import {
  countValues,
  replaceConstants,
  type TunedConstant,
  type ValueSet,
  valueAt,
} from './parse-constants.ts';
import type { Entry } from './play-blocks.ts';

export type Draft = {
  readonly original: Entry;
  /** Null if it does not assemble, or is the same warrior as an earlier one. */
  readonly open: (candidate: Candidate) => Entry | null;
  readonly valuesOf: (entry: Entry) => Candidate;
  readonly unassembled: () => number;
};

type DraftOptions = {
  readonly source: Uint8Array;
  /** What errors call it. */
  readonly file: string;
  readonly rules: AssemblyRules;
};

/**
 * @throws UserError if the original does not assemble, or a constant changes nothing
 */
export function openDraft(
  { source, file, rules }: DraftOptions,
  constants: readonly TunedConstant[],
): Draft {
  const assemble = (candidate: Candidate) =>
    assembleWarrior(replaceConstants(source, constants, candidate), file, rules);
  const values = constants.map(({ original }) => original);
  const { warrior, diagnostics } = assemble(values);
  if (!warrior) {
    const reason = diagnostics.find((line) => line.includes(' error: ')) ?? diagnostics[0] ?? '';
    throw new UserError(`${file} does not assemble`, { hint: reason });
  }
  const original: Entry = { name: candidateName(values), warrior };
  const candidates = new Map([[original.name, { entry: original, values: values as Candidate }]]);
  // Different values may mean the same warrior: -1 and 7999, or an EQU that is used as a flag.
  const byCode = new Map([[warriorId(warrior), original]]);
  const bad = new Set<string>();
  const open = (candidate: Candidate): Entry | null => {
    const name = candidateName(candidate);
    const known = candidates.get(name);
    if (known) return known.entry;
    if (bad.has(name)) return null;
    const made = assemble(candidate).warrior;
    if (!made) {
      bad.add(name);
      return null;
    }
    const id = warriorId(made);
    const twin = byCode.get(id);
    if (twin) return twin;
    const entry = { name, warrior: made };
    byCode.set(id, entry);
    candidates.set(name, { entry, values: candidate });
    return entry;
  };
  for (const [c, { name, values: set }] of constants.entries()) {
    if (sampleValues(set).some((value) => open(values.with(c, value)) !== original)) continue;
    throw new UserError(`${file}: changing ${name} does not change the warrior`, {
      hint: 'use it in an instruction, or remove its mark',
    });
  }
  return {
    original,
    open,
    valuesOf: ({ name }) => candidates.get(name)!.values,
    unassembled: () => bad.size,
  };
}

/** Some values: a constant that is not used, or stands outside the code, changes nothing with any of them. */
function sampleValues(set: ValueSet): number[] {
  const last = countValues(set) - 1;
  return [0, 1, Math.floor(last / 2), last].map((index) => valueAt(set, index));
}
