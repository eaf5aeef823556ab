// The two models of Supervised Memory Training: a teacher that decides what to remember, and the recurrent network.

import {
  type ArraySpec,
  arrayOf,
  type DType,
  foldIn,
  type Key,
  type NdArray,
  spec,
} from '../../core/index.ts';
import type { CellParams } from '../cells/cell.ts';
import { createCell } from '../cells/create-cell.ts';
import type { MemoryConfig } from './memory-config.ts';
import { type EncoderParams, encoderSpecs } from './memory-encoder.ts';
import { initParameters } from './parameters.ts';
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

export function teacherSpecs(
  config: MemoryConfig,
  dtype: DType = 'float32',
): TeacherParams<ArraySpec> {
  return { encoder: encoderSpecs(config, dtype), decoder: decoderSpecs(config, dtype) };
}

export function initTeacher(config: MemoryConfig, key: Key): TeacherParams<NdArray> {
  const { embeddingStd } = config;
  const specs = teacherSpecs(config) as { encoder: never; decoder: never };
  return {
    encoder: initParameters(
      specs.encoder,
      { embeddingStd, layers: config.encoderLayers },
      foldIn(key, 'encoder'),
    ),
    decoder: initParameters(
      specs.decoder,
      { embeddingStd, layers: config.decoderLayers },
      foldIn(key, 'decoder'),
    ),
  };
}

export function recurrentSpecs(
  config: MemoryConfig,
  dtype: DType = 'float32',
): RecurrentParams<ArraySpec> {
  return {
    cell: createCell(config).specs(dtype),
    readout: readoutSpecs(config, dtype),
    initial: spec(dtype, [config.memoryTokens, config.hiddenSize]),
  };
}

/** A recurrent network that nobody taught; its first memory is zero. */
export function initRecurrent(config: MemoryConfig, key: Key): RecurrentParams<NdArray> {
  const { memoryTokens, hiddenSize, embeddingStd, decoderLayers } = config;
  return {
    cell: createCell(config).init(foldIn(key, 'cell')),
    readout: initParameters(
      readoutSpecs(config) as never,
      { embeddingStd, layers: decoderLayers },
      foldIn(key, 'readout'),
    ),
    initial: arrayOf(
      'float32',
      [memoryTokens, hiddenSize],
      new Float32Array(memoryTokens * hiddenSize),
    ),
  };
}
