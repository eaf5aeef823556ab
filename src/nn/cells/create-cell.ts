// Creates the cell that a configuration names.

import type { CellKind, MemoryConfig } from '../memory/memory-config.ts';
import type { Cell } from './cell.ts';
import { createGruCell } from './gru-cell.ts';
import { createLstmCell } from './lstm-cell.ts';
import { createMlpCell } from './mlp-cell.ts';
import { createTransformerCell } from './transformer-cell.ts';

const MAKERS: Readonly<Record<CellKind, (config: MemoryConfig) => Cell>> = {
  transformer: createTransformerCell,
  gru: createGruCell,
  lstm: createLstmCell,
  mlp: createMlpCell,
};

/** The cell of a configuration. */
export function createCell(config: MemoryConfig): Cell {
  return MAKERS[config.cell](config);
}
