// What the names in an expression mean at a moment of a session.

import type { ExpressionContext } from './expressions.ts';
import { findLabel, labelNames } from './labels.ts';
import { fold, type SessionState } from './state.ts';
import type { View } from './views.ts';

/** What expressions see: of the view, or of the core and the next instruction (for conditions of breakpoints). */
export function expressionContext(
  state: SessionState,
  view: View,
  current = state.current,
): ExpressionContext {
  const { battle, options } = state;
  const { coreSize } = battle.job.settings;
  return {
    current,
    last: view.last,
    field: (name, address) => battle.mars.readCell(fold(address, coreSize))[name],
    currentField: (name) => view.field(name, fold(current, view.size)),
    counter: (warrior) => view.counter(warrior),
    cycle: battle.turn().cyclesLeft,
    round: battle.round(),
    lines: options.pageLines ?? 23,
    label: (name, warrior) => findLabel(state, name, warrior),
    labelNames: () => labelNames(state),
    registers: state.registers,
  };
}
