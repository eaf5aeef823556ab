// The order of test files: what takes long begins early, so that nothing waits for one file at the end.

import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Workers are kept between files of one project, so that each project's files come together. */
const PROJECTS = ['isolated', 'process', 'unit'];

/** Files that take longest, below src/ and test/; what is forgotten here is only a little later. */
const LONGEST = [
  'end-to-end/report-pages',
  'files/limited-worker',
  'end-to-end/commands',
  'end-to-end/readme',
  'studio/core-war-page',
  'end-to-end/recurrent',
  'end-to-end/drq-model',
  'studio/worlds-page',
  'end-to-end/plugins',
  'end-to-end/damage',
  'end-to-end/nca-datasets',
  'end-to-end/study',
  'end-to-end/any-model',
  'end-to-end/resume',
  'studio/train-page',
  'conformance/engine-training',
  'end-to-end/worlds',
  'end-to-end/gate',
  'end-to-end/other-trainers',
  'executors/slurm-processes',
  'conformance/engine-production',
  'fuzz/fuzz',
  'compression/decompress',
  'end-to-end/drq.',
  'end-to-end/examples',
  'end-to-end/help-examples',
  'training/shipped-source',
  'datasets/generate-dataset',
  'training/measure-gate',
  'memory/learners',
  'next-token/next-token',
  'tune/run-tune',
  'nca/kernel.',
  'training/resume',
  'nca/band',
];

function rankOf({ project, moduleId }: TestSpecification): number {
  const place = LONGEST.findIndex((name) => moduleId.includes(`/${name}`));
  const inProject = place === -1 ? LONGEST.length : place;
  return PROJECTS.indexOf(project.name) * (LONGEST.length + 1) + inProject;
}

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // The rest is in vitest's own order: by what it saw before, or by size.
    const usual = await super.sort(files);
    return usual.toSorted((a, b) => rankOf(a) - rankOf(b));
  }
}
