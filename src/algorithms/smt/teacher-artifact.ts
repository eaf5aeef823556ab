// The teacher as an artifact of SMT for DMT: its arrays, and how it was supervised.

import { z } from 'zod';
import { type NdArray, type ParamSpec, scoped, UserError } from '../../core/index.ts';
import {
  ENCODER_KINDS,
  type TeacherConfig,
  type TeacherParams,
  teacherSpecs,
} from '../../nn/index.ts';
import { count } from '../../nn/models/count.ts';
import type { Artifact } from '../algorithm.ts';
import type { MemoryModel } from '../memory/memory-model.ts';
import { arraysToTree } from '../trainer.ts';
import { supervisionOptions } from './supervision.ts';

/** Options of a teacher, as in recipes. */
export const teacherOptions = {
  encoder: z
    .enum(ENCODER_KINDS)
    .default('causal')
    .describe(
      'How the teacher reads its context. bidirectional, as published: each context separately. causal: all prefixes of a sequence in one pass.',
    ),
  encoderLayers: count.max(512).default(2).describe("Layers of the teacher's encoder."),
  supervision: supervisionOptions
    .prefault({})
    .describe(
      'At which positions the teacher is trained, and how much context and future it sees there.',
    ),
};

const schema = z.strictObject(teacherOptions);
export type TeacherOptions = z.output<typeof schema>;

/** The teacher of a model: memories and read-outs are of the model's sizes. */
export function teacherConfig(
  { memory: { sizes } }: MemoryModel,
  { encoder, encoderLayers }: Pick<TeacherOptions, 'encoder' | 'encoderLayers'>,
): TeacherConfig {
  return { ...sizes, encoder, encoderLayers };
}

/** Specs of the teacher among the parameters of SMT. */
export function teacherPart(config: TeacherConfig): TeacherParams<ParamSpec> {
  return scoped(teacherSpecs(config));
}

/** @throws UserError if an artifact's config is not that of a teacher */
export function readTeacherConfig(config: unknown): TeacherOptions {
  const parsed = schema.safeParse(config);
  if (parsed.success) return parsed.data;
  throw new UserError("the artifact 'teacher' does not say how it was taught", {
    hint: 'start from a stage that was trained by smt',
  });
}

/** @throws UserError if the arrays do not belong to a teacher with this config */
export function readTeacher(config: TeacherConfig, { arrays }: Artifact): TeacherParams<NdArray> {
  return arraysToTree(teacherSpecs(config), arrays);
}
