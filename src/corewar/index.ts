// Core War: the assembler, the MARS, battles and hills. Runs in a browser; knows nothing of evolution.

export type { BattleJob, BattleResult, Placement } from './battle.ts';
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
export type { Mars, RoundResult, RoundSetup, TraceEntry } from './mars/mars.ts';
export { type AssembleOptions, type AssembleResult, assemble } from './parse/assemble.ts';
export { MAX_SOURCE } from './parse/budgets.ts';
export { type Diagnostic, formatDiagnostic, formatExcerpt } from './parse/diagnostics.ts';
export { formatListing } from './parse/format-listing.ts';
export { formatLoadFile } from './parse/format-load-file.ts';
export { decodeSource } from './parse/source.ts';
export {
  defaultModifier,
  MODE_TABLE,
  MODIFIER_TABLE,
  OPCODE_TABLE,
  type OpcodeEntry,
} from './redcode-tables.ts';
export {
  type CoreSettings,
  makeSettings,
  namedSettings,
  SETTING_NAMES,
  type SettingName,
} from './settings.ts';
export type { Warrior } from './warrior.ts';
