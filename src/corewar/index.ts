// Core War: the assembler, the MARS, battles and hills. Runs in a browser; knows nothing of evolution.

export type { BattleJob, BattleResult, Placement } from './battle.ts';
export { type BattleView, createBattleView } from './battle-view.ts';
export {
  binCore,
  type CoreMap,
  colorOf,
  groundStyle,
  letterOf,
  type MapBin,
  type MapSize,
  renderColorMap,
  renderPlainMap,
} from './core-map.ts';
export { COMMANDS, formatCommandTable } from './debugger/commands.ts';
export type {
  Answer,
  LogFile,
  Request,
  SessionEnd,
  SessionHost,
  SessionOptions,
} from './debugger/protocol.ts';
export { createSession, type Session } from './debugger/session.ts';
export { describeRedcode } from './describe-redcode.ts';
export { findPspaceUse } from './find-pspace-use.ts';
export {
  type BattleTable,
  formatKothResults,
  formatResults,
} from './format-battle.ts';
export { formatInstruction } from './format-instruction.ts';
export {
  EMPTY_INSTRUCTION,
  type Instruction,
  MODES,
  MODIFIERS,
  type Mode,
  type Modifier,
  OPCODES,
  type Opcode,
  packCode,
  unpackCode,
} from './instruction.ts';
export { createMars } from './mars/kernel-mars.ts';
export type {
  Access,
  AccessListener,
  InspectableMars,
  Mars,
  RoundResult,
  RoundSetup,
  SavedRound,
  TraceEntry,
} from './mars/mars.ts';
export { createPlainMars } from './mars/plain-mars.ts';
export { type AssembleOptions, type AssembleResult, assemble } from './parse/assemble.ts';
export { MAX_SOURCE } from './parse/budgets.ts';
export type { WarriorSymbols } from './parse/debug-marks.ts';
export { type Diagnostic, formatDiagnostic, formatExcerpt } from './parse/diagnostics.ts';
export { createRegisters, type Registers } from './parse/expressions.ts';
export { formatListing } from './parse/format-listing.ts';
export { formatLoadFile } from './parse/format-load-file.ts';
export { formatPmarsLoadFile } from './parse/format-pmars-load-file.ts';
export { decodeSource } from './parse/source.ts';
export { planRounds, type RoundPlan } from './placement.ts';
export { createBattlePlayer, type MarsFactory, playBattle } from './play-battle.ts';
export {
  type BattleFlags,
  type CoreFlags,
  countRounds,
  resolveBattle,
  resolveSettings,
} from './pmars-options.ts';
export { DEFAULT_PMARS_VERSION, PMARS_VERSIONS, type PmarsVersion } from './pmars-version.ts';
export { positionNumber } from './position-number.ts';
export {
  defaultModifier,
  MODE_TABLE,
  MODIFIER_TABLE,
  OPCODE_TABLE,
  type OpcodeEntry,
} from './redcode-tables.ts';
export { DEFAULT_FORMULA, parseScoreFormula, type ScoreFormula, scoreBattle } from './scoring.ts';
export {
  countPlaces,
  nextSeriesSeed,
  seriesSeedOf,
  seriesSeedOfWarriors,
} from './series.ts';
export {
  type CoreSettings,
  makeSettings,
  namedSettings,
  SETTING_NAMES,
  type SettingName,
} from './settings.ts';
export type { Warrior } from './warrior.ts';
