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
export { createMars } from './mars/kernel-mars.ts';
export type { Mars, RoundResult, RoundSetup, TraceEntry } from './mars/mars.ts';
export { createPlainMars } from './mars/plain-mars.ts';
export {
  type CoreSettings,
  makeSettings,
  namedSettings,
  SETTING_NAMES,
  type SettingName,
} from './settings.ts';
export type { Warrior } from './warrior.ts';
