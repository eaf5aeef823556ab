// `edit` and `fill`: typed instructions into cells, typed numbers into P-space.

import type { Instruction } from '../instruction.ts';
import { packCode } from '../instruction.ts';
import { expressionContext } from './context.ts';
import { assembleLine, type EditContext, isPlaceless } from './edit.ts';
import { evaluateAbsolute } from './expressions.ts';
import { nextLink, pauseAtTimes } from './input.ts';
import { findLabel } from './labels.ts';
import type { Asking } from './protocol.ts';
import { currentView, fold, type SessionState, show } from './state.ts';
import type { View } from './views.ts';

type Range = { readonly from: number; readonly to: number };

/** Asks for each element of a range; a line of spaces leaves it as it is, a wrong one ends it with an error. */
export function* editRange(state: SessionState, { from, to }: Range): Asking<void> {
  const { size } = currentView(state);
  const count = fold(to - from, size) + 1;
  state.current = to;
  for (let done = 0; done < count; ) {
    const index = (from + done) % size;
    const view = currentView(state);
    show(state, `${view.line(index)}\n`);
    const text = yield* nextLink(state, view.label(index));
    if (text === null) return;
    const written = text.trim() === '' ? 1 : writeElement(state, view, index, text);
    const after = currentView(state);
    for (let i = 0; i < written; i++) show(state, `${after.line((index + i) % size)}\n`);
    done += written;
    if (yield* pauseAtTimes(state)) return;
  }
}

/** Asks once, and writes it into each element of a range; labels count from each. */
export function* fillRange(state: SessionState, { from, to }: Range): Asking<void> {
  const text = yield* nextLink(state, 'Fill with: ');
  if (text === null || text.trim() === '') return;
  const view = currentView(state);
  const count = fold(to - from, view.size) + 1;
  const isSame = view.kind !== 'pspace' && isPlaceless(text, editContext(state));
  let instructions: readonly Instruction[] | undefined;
  for (let done = 0; done < count; ) {
    const index = (from + done) % view.size;
    let written = 1;
    if (view.kind === 'pspace') writeElement(state, view, index, text);
    else {
      const address = view.cellOf(index);
      if (address === null) return;
      if (instructions === undefined || !isSame) {
        instructions = assembleLine(text, address, editContext(state));
      }
      writeCells(state, address, instructions);
      written = instructions.length;
      if (written === 0) return;
    }
    done += written;
    if (yield* pauseAtTimes(state)) return;
  }
}

/** The number of elements that were written. */
function writeElement(state: SessionState, view: View, index: number, text: string): number {
  if (view.kind === 'pspace') {
    const value = evaluateAbsolute(text, expressionContext(state, view));
    view.write(index, fold(value, state.battle.job.settings.coreSize));
    return 1;
  }
  const address = view.cellOf(index);
  if (address === null) return 1;
  const instructions = assembleLine(text, address, editContext(state));
  writeCells(state, address, instructions);
  return instructions.length;
}

/** An instruction that is written has no breakpoint. */
function writeCells(
  { battle }: SessionState,
  address: number,
  instructions: readonly Instruction[],
): void {
  const { coreSize } = battle.job.settings;
  instructions.forEach((instruction, i) => {
    const at = (address + i) % coreSize;
    battle.mars.writeCell(at, packCode(instruction), instruction.a, instruction.b);
    battle.traces.clear(at);
  });
}

/** Labels of one letter are left to the variables, as in pMARS. */
function editContext(state: SessionState): EditContext {
  const { registers, definitions, rules, battle } = state;
  return {
    registers,
    definitions,
    rules,
    settings: battle.job.settings,
    label: (name) => (name.length > 1 ? findLabel(state, name) : undefined),
  };
}
