// The 256 elementary rules: which are equivalent, and Wolfram's classes.

/** 1: uniform; 2: periodic; 3: chaotic; 4: complex. */
export type WolframClass = 1 | 2 | 3 | 4;

/** The rule that does the same with left and right exchanged. */
export function mirrorElementaryRule(rule: number): number {
  let mirrored = 0;
  for (let neighbors = 0; neighbors < 8; neighbors++) {
    const from = ((neighbors & 1) << 2) | (neighbors & 2) | (neighbors >> 2);
    mirrored |= ((rule >> from) & 1) << neighbors;
  }
  return mirrored;
}

/** The rule that does the same with states 0 and 1 exchanged. */
export function complementElementaryRule(rule: number): number {
  let complement = 0;
  for (let neighbors = 0; neighbors < 8; neighbors++) {
    complement |= (1 - ((rule >> (7 - neighbors)) & 1)) << neighbors;
  }
  return complement;
}

/** The rules that differ from `rule` only by exchanging left and right, 0 and 1, or both: rising, itself included. */
export function equivalentElementaryRules(rule: number): number[] {
  const complement = complementElementaryRule(rule);
  const rules = [rule, mirrorElementaryRule(rule), complement, mirrorElementaryRule(complement)];
  return [...new Set(rules)].sort((a, b) => a - b);
}

/** The smallest rule of each of the 88 equivalence classes, rising. */
export function listElementaryRepresentatives(): number[] {
  return [...Array(256).keys()].filter((rule) => equivalentElementaryRules(rule)[0] === rule);
}

// Representatives as commonly listed (Martinez, A note on elementary cellular automata classification, Journal of
// Cellular Automata 8, 2013). All others are of class 2.
const UNIFORM = [0, 8, 32, 40, 128, 136, 160, 168];
const CHAOTIC = [18, 22, 30, 45, 60, 90, 105, 122, 126, 146, 150];
const COMPLEX = [41, 54, 106, 110];

/** The class of a rule: that of its equivalence class. Classes are a judgment of pictures, not a computation. */
export function wolframClassOf(rule: number): WolframClass {
  const representative = equivalentElementaryRules(rule)[0]!;
  if (UNIFORM.includes(representative)) return 1;
  if (CHAOTIC.includes(representative)) return 3;
  return COMPLEX.includes(representative) ? 4 : 2;
}

/** All rules of a class, rising. */
export function listRulesOfClass(wolframClass: WolframClass): number[] {
  return [...Array(256).keys()].filter((rule) => wolframClassOf(rule) === wolframClass);
}
