// The table from packed codes to the cases of run.ts.

import { EMPTY_CODE, HANDLERS } from './layout.ts';

/** Whatever has no case of its own. */
export const GENERAL: u8 = 0;
/** Names: operation, modifier, A-mode, B-mode. Operands without effect that nothing reads count as any. */
export const DAT: u8 = 1;
export const MOV_I_DIRECT_DIRECT: u8 = 2;
export const MOV_I_DIRECT_DECREMENT: u8 = 3;
export const MOV_I_DIRECT_INDIRECT: u8 = 4;
export const MOV_I_DECREMENT_DECREMENT: u8 = 5;
export const MOV_I_INDIRECT_DECREMENT: u8 = 6;
export const MOV_I_POSTINCREMENT: u8 = 7;
export const JMP_DIRECT: u8 = 8;
export const JMP_DIRECT_DECREMENT: u8 = 9;
export const JMP_INDIRECT: u8 = 10;
export const JMP_IMMEDIATE_DECREMENT: u8 = 11;
export const SPL_DIRECT: u8 = 12;
export const SPL_DIRECT_DECREMENT: u8 = 13;
export const DJN_B_DIRECT_DIRECT: u8 = 14;
export const DJN_B_DIRECT_DECREMENT: u8 = 15;
export const ADD_AB_IMMEDIATE_DIRECT: u8 = 16;
export const SUB_AB_IMMEDIATE_DIRECT: u8 = 17;
export const ADD_F_DIRECT_DIRECT: u8 = 18;
export const SUB_F_DIRECT_DIRECT: u8 = 19;
export const MOV_AB_IMMEDIATE_DIRECT: u8 = 20;
export const MOV_AB_IMMEDIATE_INDIRECT: u8 = 21;
export const JMZ_B_DIRECT_DIRECT: u8 = 22;
export const JMZ_B_DIRECT_INDIRECT: u8 = 23;
export const JMN_B_DIRECT_DIRECT: u8 = 24;
export const JMN_B_DIRECT_INDIRECT: u8 = 25;
export const DAT_DECREMENT: u8 = 26;
export const DAT_DECREMENT_DECREMENT: u8 = 27;
export const DJN_B_DIRECT_IMMEDIATE: u8 = 28;
export const SPL_INDIRECT: u8 = 29;
export const SEQ_I_DIRECT_DIRECT: u8 = 30;
export const MOV_I_DECREMENT_DIRECT: u8 = 31;
export const JMZ_B_DIRECT_DECREMENT: u8 = 32;

/** Modes: 0 # 1 $ 2 @ 3 < 4 > 5 * 6 { 7 }. Modifiers: 0 A 1 B 2 AB 3 BA 4 F 5 X 6 I. */
export function fillHandlers(): void {
  for (let code: u32 = 0; code < 16384; code++) {
    store<u8>(
      usize(code ^ EMPTY_CODE),
      chooseHandler(code >> 9, (code >> 6) & 7, (code >> 3) & 7, code & 7),
      HANDLERS,
    );
  }
}

/** Traces, and cores with limits of reach, have no shorter ways. */
export function clearHandlers(): void {
  memory.fill(HANDLERS, GENERAL, 16384);
}

function hasNoEffect(mode: u32): bool {
  return mode < 3 || mode === 5;
}

function chooseHandler(opcode: u32, modifier: u32, aMode: u32, bMode: u32): u8 {
  switch (opcode) {
    case 0:
      if (hasNoEffect(aMode) && hasNoEffect(bMode)) return DAT;
      if (aMode === 3 && hasNoEffect(bMode)) return DAT_DECREMENT;
      return aMode === 3 && bMode === 3 ? DAT_DECREMENT_DECREMENT : GENERAL;
    case 1:
      if (modifier === 6) return chooseMove(aMode, bMode);
      if (modifier === 2 && aMode === 0) {
        if (bMode === 1) return MOV_AB_IMMEDIATE_DIRECT;
        if (bMode === 2) return MOV_AB_IMMEDIATE_INDIRECT;
      }
      return GENERAL;
    case 2:
    case 3:
      if (bMode !== 1) return GENERAL;
      if (modifier === 2 && aMode === 0) {
        return opcode === 2 ? ADD_AB_IMMEDIATE_DIRECT : SUB_AB_IMMEDIATE_DIRECT;
      }
      if ((modifier === 4 || modifier === 6) && aMode === 1) {
        return opcode === 2 ? ADD_F_DIRECT_DIRECT : SUB_F_DIRECT_DIRECT;
      }
      return GENERAL;
    case 7:
      if (aMode === 1 && hasNoEffect(bMode)) return JMP_DIRECT;
      if (aMode === 1 && bMode === 3) return JMP_DIRECT_DECREMENT;
      if (aMode === 2 && hasNoEffect(bMode)) return JMP_INDIRECT;
      if (aMode === 0 && bMode === 3) return JMP_IMMEDIATE_DECREMENT;
      return GENERAL;
    case 8:
    case 9:
      if (aMode !== 1 || (modifier !== 1 && modifier !== 2)) return GENERAL;
      if (bMode === 1) return opcode === 8 ? JMZ_B_DIRECT_DIRECT : JMN_B_DIRECT_DIRECT;
      if (bMode === 3 && opcode === 8) return JMZ_B_DIRECT_DECREMENT;
      if (bMode === 2) return opcode === 8 ? JMZ_B_DIRECT_INDIRECT : JMN_B_DIRECT_INDIRECT;
      return GENERAL;
    case 10:
      if (aMode !== 1 || (modifier !== 1 && modifier !== 2)) return GENERAL;
      if (bMode === 0) return DJN_B_DIRECT_IMMEDIATE;
      if (bMode === 1) return DJN_B_DIRECT_DIRECT;
      if (bMode === 3) return DJN_B_DIRECT_DECREMENT;
      return GENERAL;
    case 11:
      if (aMode === 1 && hasNoEffect(bMode)) return SPL_DIRECT;
      if (aMode === 1 && bMode === 3) return SPL_DIRECT_DECREMENT;
      return aMode === 2 && hasNoEffect(bMode) ? SPL_INDIRECT : GENERAL;
    case 13:
    case 14:
      return modifier === 6 && aMode === 1 && bMode === 1 ? SEQ_I_DIRECT_DIRECT : GENERAL;
    default:
      return GENERAL;
  }
}

function chooseMove(aMode: u32, bMode: u32): u8 {
  if (aMode === 1 && bMode === 1) return MOV_I_DIRECT_DIRECT;
  if (aMode === 1 && bMode === 3) return MOV_I_DIRECT_DECREMENT;
  if (aMode === 1 && bMode === 2) return MOV_I_DIRECT_INDIRECT;
  if (aMode === 3 && bMode === 3) return MOV_I_DECREMENT_DECREMENT;
  if (aMode === 3 && bMode === 1) return MOV_I_DECREMENT_DIRECT;
  if (aMode === 2 && bMode === 3) return MOV_I_INDIRECT_DECREMENT;
  if (aMode === 7 && bMode === 4) return MOV_I_POSTINCREMENT;
  return GENERAL;
}
