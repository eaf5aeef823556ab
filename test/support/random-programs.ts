// Random settings and warriors that reach every case of a MARS: every opcode, modifier and mode, odd sizes, tight limits.

import { foldIn, type Key, randomBits } from '../../src/core/index.ts';
import {
  type CoreSettings,
  type Instruction,
  MODES,
  MODIFIERS,
  OPCODES,
  type RoundSetup,
  type Warrior,
} from '../../src/corewar/index.ts';

/** Draws integers from 0 to `bound - 1`. */
export type Draw = (bound: number) => number;

/** Shapes that warriors use most, for which the kernel has cases of its own. */
const COMMON = [
  'MOV.I $$,MOV.I $<,MOV.I $@,MOV.I <<,MOV.I @<,MOV.I }>,JMP.B $$,JMP.B $<,JMP.B @$,JMP.F #<',
  'SPL.B $$,SPL.B $<,SPL.B $#,SPL.A @$,DJN.B $$,DJN.B $<,DJN.AB $$,ADD.AB #$,SUB.AB #$,ADD.F $$',
  'SUB.F $$,SUB.I $$,ADD.I $$,MOV.AB #$,MOV.AB #@,JMZ.B $$,JMZ.B $@,JMN.B $$,JMN.B $@,JMZ.AB $@',
  'DAT.F <#,DAT.F <<,DJN.B $#,SPL.B @$,SEQ.I $$,CMP.I $$,MOV.I <$,JMZ.B $<',
]
  .join(',')
  .split(',');

export function createDraw(key: Key): Draw {
  let block = 0;
  let bits = randomBits(foldIn(key, 0), 4096);
  let used = 0;
  return (bound) => {
    if (used === bits.length) {
      bits = randomBits(foldIn(key, ++block), 4096);
      used = 0;
    }
    return Math.floor((bits[used++]! / 2 ** 32) * bound);
  };
}

/**
 * Mostly small and odd cores, so that everything meets; now and then a large one, also above the 65,536 cells of the narrow
 * kernel.
 */
export function drawSettings(draw: Draw): CoreSettings {
  const large = [8000, 8192, 55_440, 65_535, 65_536, 65_537, 65_537 + draw(60_000)];
  const coreSize = draw(12) === 0 ? large[draw(large.length)]! : 1 + draw(draw(2) ? 40 : 300);
  const limit = () => (draw(4) === 0 ? 1 + draw(coreSize) : coreSize);
  const isLimited = draw(3) === 0;
  return {
    coreSize,
    maxCycles: 1 + draw(draw(2) ? 20 : 400),
    maxProcesses: 1 + draw(draw(2) ? 4 : 100),
    maxLength: coreSize,
    minSeparation: 1,
    pspaceSize: 1 + draw(Math.min(coreSize, 40)),
    readLimit: isLimited ? limit() : coreSize,
    writeLimit: isLimited ? limit() : coreSize,
    ...(draw(8) === 0 ? { pmars: '0.9.2' as const } : {}),
  };
}

/** One to ten warriors, now and then 36, as many as the core has cells for, and where they begin. */
export function drawProgram(
  draw: Draw,
  { coreSize }: CoreSettings,
): { readonly warriors: readonly Warrior[]; readonly setup: RoundSetup } {
  const count = Math.min(draw(8) === 0 ? 36 : 1 + draw(10), coreSize);
  const part = Math.floor(coreSize / count);
  const shift = draw(coreSize);
  const warriors = Array.from({ length: count }, (_, i): Warrior => {
    const length = 1 + draw(Math.min(part, 12));
    const instructions = Array.from({ length }, () => drawInstruction(draw, coreSize));
    const pin = draw(2) ? null : draw(3);
    return {
      name: `random ${i}`,
      author: '',
      strategy: '',
      instructions,
      start: draw(length),
      pin,
    };
  });
  const positions = warriors.map(({ instructions }, i) => {
    const slack = part - instructions.length;
    return (shift + i * part + draw(slack + 1)) % coreSize;
  });
  return { warriors, setup: { positions, first: draw(count) } };
}

function drawInstruction(draw: Draw, coreSize: number): Instruction {
  const a = drawField(draw, coreSize);
  const b = drawField(draw, coreSize);
  if (draw(2)) {
    const [head, modes] = COMMON[draw(COMMON.length)]!.split(' ') as [string, string];
    const [opcode, modifier] = head.split('.') as [Instruction['opcode'], Instruction['modifier']];
    const [aMode, bMode] = [...modes] as [Instruction['aMode'], Instruction['bMode']];
    return { opcode, modifier, aMode, a, bMode, b };
  }
  // DAT ends a program: it is drawn less often than the others.
  const opcode = OPCODES[draw(4) ? 1 + draw(OPCODES.length - 1) : draw(OPCODES.length)]!;
  return {
    opcode,
    modifier: MODIFIERS[draw(MODIFIERS.length)]!,
    aMode: MODES[draw(MODES.length)]!,
    a,
    bMode: MODES[draw(MODES.length)]!,
    b,
  };
}

/** Near neighbors half of the time. */
function drawField(draw: Draw, coreSize: number): number {
  return draw(2) ? draw(coreSize) : (draw(13) + 6 * coreSize - 6) % coreSize;
}
