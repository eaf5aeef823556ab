// The two models of Supervised Memory Training: a teacher that decides what to remember, and the recurrent network.

import {
  initParams,
  type Key,
  type NdArray,
  type ParamSpec,
  scoped,
  zerosInit,
} from '../../core/index.ts';
import type { CellParams } from '../cells/cell.ts';
import { createCell } from '../cells/create-cell.ts';
import { paramSpec } from '../layers/linear.ts';
import type { MemoryConfig, TeacherConfig } from './memory-config.ts';
import { type EncoderParams, encoderSpecs } from './memory-encoder.ts';
import {
  type DecoderParams,
  decoderSpecs,
  type ReadoutParams,
  readoutSpecs,
} from './prefix-decoder.ts';

/** The teacher: memory = encoder(context), future = decoder(memory). */
export type TeacherParams<T> = {
  readonly encoder: EncoderParams<T>;
  readonly decoder: DecoderParams<T>;
};

/** The recurrent network; `initial [memoryTokens, hiddenSize]` is the memory before the first token. */
export type RecurrentParams<T> = {
  readonly cell: CellParams<T>;
  readonly readout: ReadoutParams<T>;
  readonly initial: T;
};

export function teacherSpecs(config: TeacherConfig): TeacherParams<ParamSpec> {
  return {
    encoder: scoped(encoderSpecs(config)),
    decoder: scoped(decoderSpecs(config)),
  };
}

export function initTeacher(config: TeacherConfig, key: Key): TeacherParams<NdArray> {
  return initParams(teacherSpecs(config), key);
}

/** The initial state begins at zero. */
export function recurrentSpecs(config: MemoryConfig): RecurrentParams<ParamSpec> {
  return {
    cell: scoped(createCell(config).specs()),
    readout: scoped(readoutSpecs(config)),
    initial: paramSpec([config.memoryTokens, config.hiddenSize], zerosInit, {
      role: 'memory',
    }),
  };
}

export function initRecurrent(config: MemoryConfig, key: Key): RecurrentParams<NdArray> {
  return initParams(recurrentSpecs(config), key);
}
