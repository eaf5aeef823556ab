// From a study to the runs that it takes: a source a seed, then the arms that begin with it.

import path from 'node:path';
import { UserError } from '../../core/index.ts';
import { mergeOverlays, type Overlay } from '../load-recipe.ts';
import { parseRecipe, type Recipe } from '../recipe.ts';
import type { Study } from './study-recipe.ts';

/** One run of a study. */
export type StudyJob = {
  /** Names the run, and is its folder inside the study's: `arms/text/scratch/seed-0`. */
  readonly id: string;
  readonly kind: 'source' | 'arm';
  /** Of the source or arm. */
  readonly name: string;
  /** Null for a source that every corpus shares. */
  readonly corpus: string | null;
  readonly seed: number;
  readonly recipe: Recipe;
  /** The job whose model this one begins with. */
  readonly after: string | null;
};

/**
 * All runs of a study, in an order in which pairs are complete as early as possible: seed by seed, sources
 * before the arms that need them. A source that no arm takes is left out.
 *
 * @param directory folder of the study, for the paths between runs
 * @throws UserError for a recipe that does not hold, naming the arm, and for keys that would have no effect
 */
export function planStudy(study: Study, directory: string): StudyJob[] {
  refuseIdleKeys(study);
  const jobs: StudyJob[] = [];
  const known = new Set<string>();
  const add = (job: StudyJob) => {
    if (!known.has(job.id)) jobs.push(job);
    known.add(job.id);
  };
  for (const seed of study.seeds) {
    for (const corpus of Object.keys(study.corpora)) {
      for (const [name, { from, ...changes }] of Object.entries(study.arms)) {
        const source = from === undefined ? null : planSource(study, from, corpus, seed);
        if (source) add(source);
        const base = withCorpus(study, corpus, changes);
        const begins = source
          ? { transfer: { from: path.join(directory, source.id) } }
          : { transfer: undefined };
        // What is required of a source is asked when the study is summed up: its arms run all the same.
        const overlay = {
          ...mergeOverlays(base, begins),
          source: undefined,
          requireGate: undefined,
        };
        const recipe = finish(overlay, name, seed);
        if (!recipe.text) {
          throw new UserError(`${study.name}: the arm '${name}' has no text stage`, {
            hint: 'add "text": {} to base',
          });
        }
        const id = `arms/${corpus}/${name}/seed-${seed}`;
        add({ id, kind: 'arm', name, corpus, seed, recipe, after: source?.id ?? null });
      }
    }
  }
  return jobs;
}

/** What an arm or a source may not say, because the study decides it. */
function refuseIdleKeys(study: Study): void {
  const refuse = (place: string, overlay: Overlay, keys: readonly string[], hint: string) => {
    const found = keys.find((key) => overlay[key] !== undefined);
    if (found === undefined) return;
    throw new UserError(`${study.name}: ${place}.${found} has no effect in a study`, { hint });
  };
  const perRun = ['name', 'seed'];
  const named = "give the arm a source's name as 'from'";
  const { transfer, ...base } = study.base;
  refuse('base', base, perRun, "use the study's name and seeds");
  refuse('base.transfer', (transfer ?? {}) as Overlay, ['from'], named);
  for (const [name, source] of Object.entries(study.sources)) {
    const hint = 'a source begins from scratch; transfer is said by arms, seeds by the study';
    refuse(`sources.${name}`, source, [...perRun, 'transfer'], hint);
  }
  for (const [name, { from, ...arm }] of Object.entries(study.arms)) {
    refuse(
      `arms.${name}`,
      arm,
      [...perRun, 'source', 'requireGate'],
      "what an arm begins with stands in 'sources', and what is required of it in 'base' or there",
    );
    if (from === undefined) refuse(`arms.${name}`, arm, ['transfer'], named);
    refuse(`arms.${name}.transfer`, (arm.transfer ?? {}) as Overlay, ['from'], named);
  }
}

/** A source says `text` where its model learns text; all others have the base's source stage, changed. */
function planSource(study: Study, name: string, corpus: string, seed: number): StudyJob {
  const changes = study.sources[name]!;
  const learnsText = changes.text !== undefined;
  const place = learnsText ? `${name}/${corpus}` : name;
  const merged = learnsText
    ? { ...withCorpus(study, corpus, changes), source: undefined, requireGate: undefined }
    : { ...mergeOverlays(study.base, changes), text: undefined };
  return {
    id: `sources/${place}/seed-${seed}`,
    kind: 'source',
    name,
    corpus: learnsText ? corpus : null,
    seed,
    recipe: finish({ ...merged, transfer: undefined }, name, seed),
    after: null,
  };
}

function withCorpus(study: Study, corpus: string, changes: Overlay): Overlay {
  const text = { text: study.corpora[corpus] };
  return mergeOverlays(mergeOverlays(study.base, text), changes);
}

function finish(overlay: Overlay, name: string, seed: number): Recipe {
  return parseRecipe({ ...overlay, name, seed }, name);
}
