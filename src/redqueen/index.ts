// Public surface of `primordia/redqueen`: arms races between programs.

export {
  finalElites,
  findRoundChampion,
  nameBesideRound,
  nameRounds,
  traceAncestry,
} from './ancestry.ts';
export {
  type Archive,
  type ArchiveLayout,
  createArchive,
  type Elite,
  findChampion,
  findNiche,
  insertElite,
  listElites,
  makeLayout,
  measureArchive,
} from './archive.ts';
export { type ArchiveRecord, archiveRecord } from './archive-record.ts';
export type { Candidate, CandidateOrigin, Evaluation } from './candidate.ts';
export {
  type Comparison,
  compareRuns,
  type GroupComparison,
  measurePhenotypeVariance,
} from './compare-runs.ts';
export { describeRecipe } from './describe-recipe.ts';
export {
  type EvaluationPlan,
  evaluateWarrior,
  type PlayBattles,
  planEvaluation,
} from './evaluate.ts';
export {
  countCycles,
  type Duel,
  type Generality,
  type GeneralityPlan,
  measureGenerality,
  type Outcome,
  playTournament,
} from './generality.ts';
export { type GeneralityRecord, readGenerality } from './generality-file.ts';
export { type Genome, mutateGenome, randomGenome, spliceGenomes } from './genetic-operators.ts';
export { groupRuns, type RunGroup, type RunGrouping } from './group-runs.ts';
export { loadRedQueenRecipe } from './load-recipe.ts';
export { measureRun, readChampions } from './measure-run.ts';
export * from './mutator.ts';
export { MUTATORS } from './mutators.ts';
export {
  assembleSource,
  listShippedWarriors,
  readSource,
  shippedWarriorFolder,
} from './opponents.ts';
export {
  AXES,
  type Axis,
  coreSettings,
  parseRedQueenRecipe,
  type RedQueenInput,
  type RedQueenRecipe,
  redQueenJsonSchema,
} from './recipe.ts';
export { type RedQueenEvent, type RedQueenOptions, RedQueenStopped } from './red-queen-events.ts';
export {
  isRedQueenFolder,
  readCandidates,
  readRedQueenRecipe,
  redQueenPaths,
} from './run-files.ts';
export { resumeRedQueen, startRedQueen } from './run-red-queen.ts';
export {
  type RedQueenSummary,
  type RoundFigures,
  type RoundSummary,
  summarizeRun,
} from './summary.ts';
