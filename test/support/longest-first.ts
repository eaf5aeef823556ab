// The order of test files: what takes long begins early, so that nothing waits for one file at the end.

import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Workers are kept between files of one project, so that each project's files come together. */
const PROJECTS = ['isolated', 'process', 'unit'];

/** Files that take longest, below src/ and test/; what is forgotten here is only a little later. */
const LONGEST = [
  'end-to-end/report-pages',
  'end-to-end/study',
  'end-to-end/commands',
  'files/limited-worker',
  'end-to-end/recurrent',
  'end-to-end/damage',
  'end-to-end/drq-model',
  'end-to-end/readme',
  'end-to-end/plugins',
  'conformance/engine-training',
  'formats/formats',
  'conformance/nca-device',
  'end-to-end/gate',
  'run/evaluate-recipe',
  'conformance/engine-production',
  'conformance/algorithms',
  'end-to-end/nca-datasets',
  'text/text-formats',
  'compression/decompress',
  'end-to-end/drq.',
  'end-to-end/drq-recipes',
  'end-to-end/any-model',
  'end-to-end/other-trainers',
  'api/plugin-examples',
  'memory/learners',
  'operations/operations',
  'next-token/next-token',
  'training/measure-gate',
  'tune/run-tune',
  'parse/hostile',
  'training/resume',
  'worlds/life',
  'smt/retrieval',
  'functions/scan',
  'functions/associative-scan',
  'nca/band',
  'memory/gradients',
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
