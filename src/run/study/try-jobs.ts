// Before a study trains anything: whether the worlds of its runs can be drawn from, and their models built.

import { closeSync } from 'node:fs';
import { checkTransfer } from '../../algorithms/index.ts';
import { inContext } from '../../core/index.ts';
import { openRegularFile } from '../../files/read-file.ts';
import { createLlama, deriveLlamaConfig, type LlamaConfig, llamaSpecs } from '../../nn/index.ts';
import { listTextFiles } from '../../text/index.ts';
import { requireModelFits } from '../require-memory.ts';
import { createSourceWorld, trySource } from '../source-stage.ts';
import type { StudyJob } from './plan-study.ts';

/**
 * Draws a sequence from each world that some runs learn from, once per world, derives each model, asks whether it fits
 * this machine and what it begins with, and looks for the files of text, without reading them. Writes nothing.
 *
 * @param hasText whether a job's text is prepared already: its files are not needed any more
 * @throws UserError naming the first run that could not begin
 */
export async function tryJobs(
  jobs: readonly StudyJob[],
  hasText: (job: StudyJob) => boolean = () => false,
): Promise<void> {
  const tried = new Set<string>();
  const first = (...trial: unknown[]) => {
    const key = JSON.stringify(trial);
    if (tried.has(key)) return false;
    tried.add(key);
    return true;
  };
  const configs = new Map<string, LlamaConfig>();
  for (const job of jobs) {
    const { source, text, model, transfer } = job.recipe;
    try {
      // Runs of other seeds, and arms with the same model and world, are no other trial.
      if (source && first(source, model)) await trySource(source, model);
      const config = deriveModel(job);
      configs.set(job.id, config);
      requireModelFits(llamaSpecs(config), 'model');
      const files = text && !hasText(job) ? text.corpus.files : [];
      if (first(files)) for (const file of files.flatMap(listTextFiles)) requireFile(file);
      const begins = configs.get(job.after ?? '');
      if (begins) {
        const target = createLlama({ ...config, vocabSize: begins.vocabSize });
        checkTransfer(createLlama(begins), target, transfer);
      }
    } catch (error) {
      throw inContext(`${job.kind} '${job.name}'`, error);
    }
  }
}

/** The model of a job. What a text's vocabulary is, the text decides: the smallest stands for it. */
function deriveModel({ recipe: { source, text, model } }: StudyJob): LlamaConfig {
  const vocabSize = source ? createSourceWorld(source).vocabSize : 1;
  return deriveLlamaConfig(model, { vocabSize, contextLength: (text ?? source)!.contextLength });
}

function requireFile(file: string): void {
  closeSync(openRegularFile(file).descriptor);
}
