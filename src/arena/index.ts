// Public surface of `primordia/arena`: battles on all cores, hills, tables of pairs, watching in a terminal.

export {
  formatPairs,
  PAIR_COLUMNS,
  type Pair,
  type PairWinner,
  pairJobs,
  pairWinner,
  readPairs,
} from './battle-batch.ts';
export { type BattlePool, createBattlePool, type RunOptions } from './battle-pool.ts';
export { type ClimbOptions, type ClimbResult, climbHill } from './climb-hill.ts';
export { type CsvRow, formatCsv, parseCsv } from './csv.ts';
export {
  formatHill,
  type Hill,
  type HillRow,
  type HillRules,
  type HillWarrior,
  missingPairs,
  type PairResult,
  pairJob,
  pairKey,
  rankHill,
  settleChallenge,
} from './hill.ts';
export { findCycles, type HillCycle, type HillCycles } from './hill-cycles.ts';
export { checkRules, readHill, writeHill } from './hill-file.ts';
export {
  type AssemblyRules,
  assembleWarrior,
  type ReadWarrior,
  readWarrior,
  readWarriorFolder,
  readWarriors,
} from './read-warrior.ts';
export { runHill } from './run-hill.ts';
export type { Candidate } from './tune/draw-candidates.ts';
export type { Estimate, HeldOut } from './tune/held-out.ts';
export {
  countValues,
  formatValueSet,
  parseConstants,
  replaceConstants,
  type TunedConstant,
  type ValueSet,
} from './tune/parse-constants.ts';
export { runTune, type TuneOptions, type TuneResult, type TuneRow } from './tune/run-tune.ts';
export { planHalving, type Rung } from './tune/successive-halving.ts';
export { warriorId } from './warrior-id.ts';
export { formatFrame, type WatchOptions, watchBattle } from './watch-battle.ts';
