// Every reader of files from outside: what it begins with, and how the program reads it.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { parseCsv, readHill, readPairs, readWarrior } from '../../dist/arena/index.js';
import { parseConstants, replaceConstants } from '../../dist/arena/tune/parse-constants.js';
import { readTune, writeTune } from '../../dist/arena/tune/tune-file.js';
import { loadTextModel } from '../../dist/cli/model-source.js';
import { keyFromSeed, UserError } from '../../dist/core/index.js';
import { namedSettings } from '../../dist/corewar/index.js';
import {
  DATASET_FORMATS,
  openDataset,
  openTokenFiles,
  verifyDataset,
} from '../../dist/datasets/index.js';
import { readSafetensors, readSafetensorsHeader } from '../../dist/files/index.js';
import {
  CompletionCache,
  readCacheUsage,
  requestFingerprint,
} from '../../dist/llm/completion-cache.js';
import { NO_USAGE } from '../../dist/llm/spending-gate.js';
import { MODELS } from '../../dist/nn/index.js';
import { coreSettings, loadRedQueenRecipe } from '../../dist/redqueen/index.js';
import { writeRedQueenReport, writeReport } from '../../dist/report/index.js';
import { readArtifacts } from '../../dist/run/artifacts.js';
import { findWholeCheckpoint } from '../../dist/run/checkpoint.js';
import { evaluateRecipe } from '../../dist/run/evaluate-recipe.js';
import { loadModel, readKind, readMetrics, runPaths } from '../../dist/run/index.js';
import { readLearner } from '../../dist/run/learner-checkpoint.js';
import { findArm, loadStudy, readStudy, readStudySummary } from '../../dist/study/index.js';
import { listAllRuns, readStudyState } from '../../dist/study/study-state.js';
import { readCorpus, readShards, readTokenizerJson } from '../../dist/text/index.js';
import { readImages } from '../../dist/training/data/read-images.js';
import {
  artifactsPath,
  checkpointFolder,
  createTraining,
  loadTraining,
  prepare,
  REGISTRIES,
  readSample,
  readStartRecord,
  readTrainingSummary,
  samplePath,
  summarizeTraining,
} from '../../dist/training/index.js';
import { createImagesWorld, drawTokens } from '../../dist/worlds/index.js';
import * as fixtures from './fixtures.mjs';

const KEY = keyFromSeed(1);
const TUNE = {
  ...{ source: 'a', setting: '94', settings: namedSettings('94'), seed: 0, budget: 100 },
  ...{ candidates: null, finalRounds: 20, opponents: ['b', 'c'], validation: [] },
};

/** Files of a folder, by the kind of mutation that suits their names. */
function listTargets(folder, filter = () => true) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
    .filter(filter)
    .sort()
    .map((file) => ({ file, kind: kindOf(file) }));
}

function kindOf(file) {
  if (/\.jsonl?$/.test(file)) return 'json';
  return /\.(txt|red|csv|md|html|mjs)$/.test(file) ? 'text' : 'binary';
}

const isRead = (file) => !/\.(html|md|png|gif|lock)$/.test(file);

/** Tries what fails by itself, and lets everything but refusals through. */
async function tryAll(...bodies) {
  let refusal;
  for (const body of bodies) {
    try {
      await body();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      refusal ??= error;
    }
  }
  if (refusal) throw refusal;
}

/** Fails where all do: a recipe is of one kind, and refused as the others. */
async function tryAny(...bodies) {
  let accepted = false;
  const refusal = await tryAll(
    ...bodies.map((body) => async () => {
      accepted = (await body()) !== null || accepted;
    }),
  ).then(
    () => undefined,
    (error) => error,
  );
  if (refusal && !(accepted && refusal instanceof UserError)) throw refusal;
}

const TRAINING = createTraining(REGISTRIES);

/** What `train`, `study` and `drq` do with a recipe before the first step. */
async function startRecipe(file, folder) {
  const directory = path.join(folder, 'out');
  await tryAny(
    async () => {
      const recipe = await loadTraining(file, [], REGISTRIES);
      mkdirSync(directory, { recursive: true });
      const prepared = await prepare(recipe, { registries: REGISTRIES, directory });
      await prepared.close();
    },
    async () => planStudy(await loadStudy(file, []), directory),
    async () => coreSettings(await loadRedQueenRecipe(file)),
  );
}

/** Which runs a study still has, by what lies in its folder. */
function planStudy(study, directory) {
  const { tuning, tuned, outcomeOf } = readStudyState(study, TRAINING, directory);
  return [...tuning, ...listAllRuns(study, TRAINING, tuned)].map(outcomeOf);
}

/** Everything that is read of a finished run of some stages. */
async function readRun(run, stages) {
  const paths = runPaths(run);
  await tryAll(
    () => readKind(run),
    () => writeReport(run, REGISTRIES),
    () => readMetrics(paths.metrics),
    () => readTrainingSummary(paths.summary),
    () => summarizeTraining(run, REGISTRIES),
    // What has frames leaves none.
    () => existsSync(samplePath(run)) && readSample(samplePath(run)),
    ...stages.flatMap((stage) => [
      () => readArtifacts(artifactsPath(run, stage)),
      () => readStartRecord(run, stage),
      () => {
        const checkpoint = findWholeCheckpoint(checkpointFolder(paths, stage), () => {});
        if (checkpoint) readLearner(checkpoint.path);
      },
    ]),
  );
}

/**
 * By name: `prepare` makes the files in an empty folder and returns those to change, as `{ file, kind }`; `read` reads
 * them as the program does, and throws what it throws. `target` is the file that was changed.
 */
export const READERS = {
  'recipe-json': {
    prepare(folder) {
      fixtures.write(folder, 'tiny.json', fixtures.withStory(folder, fixtures.RUN_RECIPE));
      fixtures.write(folder, 'small.json', fixtures.MEMORY_RECIPE);
      fixtures.write(folder, 'race.json', fixtures.RACE_RECIPE);
      fixtures.write(folder, 'study.json', fixtures.STUDY);
      fixtures.write(folder, 'extending.json', { extends: './tiny.json', seed: 7 });
      return listTargets(folder, (file) => file.endsWith('.json'));
    },
    async read(folder, target) {
      rmSync(path.join(folder, 'out'), { recursive: true, force: true });
      await startRecipe(target, folder);
    },
  },
  'recipe-js': {
    prepare(folder) {
      fixtures.write(
        folder,
        'tiny.mjs',
        `const steps = 3 * 4;\nexport default ${JSON.stringify(fixtures.withStory(folder, fixtures.RUN_RECIPE), null, 2)};\n`,
      );
      return listTargets(folder, (file) => file.endsWith('.mjs'));
    },
    read: (_, target) => evaluateRecipe(target, { timeoutMs: 3000 }),
  },
  run: {
    async prepare(folder) {
      const runs = await fixtures.makeRuns(folder);
      const wanted = (file) => isRead(file) && !/optimizer/.test(file);
      return runs.flatMap((run) => listTargets(run, wanted));
    },
    async read(folder, target) {
      const [first, next] = [path.join(folder, 'run'), path.join(folder, 'next')];
      if (target.startsWith(first)) return readRun(first, ['source']);
      await tryAll(
        () => readRun(next, ['text']),
        () => loadTextModel(next, { registries: REGISTRIES, say: () => {} }),
        () => readShards(path.join(next, 'data', 'text', 'train')),
      );
    },
  },
  'memory-run': {
    async prepare(folder) {
      const run = await fixtures.makeMemoryRun(folder);
      return listTargets(run, (file) => isRead(file) && !/optimizer/.test(file));
    },
    read: (folder) => readRun(path.join(folder, 'run'), ['smt', 'dmt']),
  },
  race: {
    async prepare(folder) {
      return listTargets(await fixtures.makeRace(folder), isRead);
    },
    read: (folder) => writeRedQueenReport([path.join(folder, 'run')]),
  },
  study: {
    async prepare(folder) {
      const study = await fixtures.makeStudy(folder);
      return listTargets(
        study,
        (file) => /\.jsonl?$/.test(file) && !/checkpoints|artifacts/.test(file),
      );
    },
    async read(folder) {
      const study = path.join(folder, 'study');
      await tryAll(
        () => readKind(study),
        () => writeReport(study, REGISTRIES),
        () => planStudy(readStudy(study), study),
        () => readStudySummary(TRAINING, study),
        () => findArm(study, undefined),
      );
    },
  },
  safetensors: {
    prepare(folder) {
      return listTargets(fixtures.makeModel(folder), (file) => file.endsWith('.safetensors'));
    },
    read: (_, target) =>
      tryAll(
        () => readSafetensors(target),
        () => readSafetensorsHeader(target),
      ),
  },
  model: {
    prepare(folder) {
      fixtures.makeModel(folder);
      fixtures.makeOwnModel(folder);
      return listTargets(folder, (file) => /config\.json|model\.safetensors/.test(file));
    },
    read: (_, target) => loadModel(path.dirname(target), MODELS),
  },
  'sharded-model': {
    prepare(folder) {
      fixtures.makeShardedModel(folder);
      return listTargets(folder, (file) => /index\.json|safetensors$/.test(file));
    },
    read: (_, target) => loadModel(path.dirname(target), MODELS),
  },
  tokenizer: {
    prepare(folder) {
      for (const [name, json] of Object.entries(fixtures.TOKENIZERS)) {
        fixtures.write(folder, name, json);
      }
      return listTargets(folder);
    },
    read(_, target) {
      const tokenizer = readTokenizerJson(target);
      const ids = tokenizer.encode(
        'The thé\n to 12345 </s> <|endoftext|> aaaaaaaaaaaaaaaaaaaaaaaaa!',
      );
      tokenizer.decode([...ids, 0, tokenizer.vocabSize - 1, tokenizer.vocabSize]);
    },
  },
  shards: {
    prepare: (folder) => listTargets(fixtures.makeShards(folder)),
    read: (_, target) => readShards(path.dirname(target), { verifyHashes: false }),
  },
  corpus: {
    prepare(folder) {
      fixtures.makeTexts(folder);
      return listTargets(folder);
    },
    read: (_, target) => readCorpus([target]),
  },
  'token-files': {
    prepare(folder) {
      fixtures.makeTokenFiles(folder);
      return listTargets(folder);
    },
    read(_, target) {
      const opened = openTokenFiles([target], { vocabSize: 50, sequenceLength: 8 });
      try {
        opened.read(0, Math.min(opened.length, 4));
      } finally {
        opened.close();
      }
    },
  },
  idx: {
    prepare(folder) {
      fixtures.makeImages(folder);
      return listTargets(folder);
    },
    read(_, target) {
      const world = createImagesWorld(readImages(target));
      drawTokens(world, KEY, 0);
    },
  },
  ...Object.fromEntries(
    DATASET_FORMATS.map((format) => [
      `dataset-${format}`,
      {
        async prepare(folder) {
          return listTargets(await fixtures.makeDataset(folder, format), isRead);
        },
        async read(_, target) {
          const folder = path.dirname(target);
          const readAll = async () => {
            const dataset = await openDataset(folder);
            try {
              await dataset.read(0, Math.min(dataset.length, 4));
            } finally {
              await dataset.close();
            }
          };
          await tryAll(readAll, () => verifyDataset(folder));
        },
      },
    ]),
  ),
  hill: {
    async prepare(folder) {
      const file = await fixtures.makeHill(folder);
      return [{ file, kind: 'json' }];
    },
    read: (_, target) => readHill(target),
  },
  tune: {
    prepare(folder) {
      const file = path.join(folder, 'out.tune.json');
      const results = new Map([['search-0', new Map([['8 4', [1, 1, -1, -1]]])]]);
      writeTune(file, TUNE, { results, written: null });
      return [{ file, kind: 'json' }];
    },
    read: (_, target) => readTune(target, TUNE),
  },
  'marked constants': {
    prepare(folder) {
      const lines = [
        'step equ 8 ;tune step 1..79 by 3',
        ';tune gap 4, 9',
        'gap equ +4',
        'mov 0, gap',
      ];
      fixtures.write(folder, 'marked.red', lines.join('\r\n'));
      return listTargets(folder);
    },
    read(_, target) {
      const source = readFileSync(target);
      const constants = parseConstants(source, target);
      replaceConstants(
        source,
        constants,
        constants.map(({ original }) => original + 1),
      );
    },
  },
  answers: {
    prepare(folder) {
      const directory = path.join(folder, 'answers');
      const cache = new CompletionCache(directory, () => {});
      const endpoint = { protocol: { provider: 'p' }, model: 'm', baseUrl: 'http://localhost' };
      const request = { messages: [{ role: 'user', content: 'x' }], tag: 1 };
      const completion = {
        text: 'MOV 0, 1',
        finishReason: 'stop',
        usage: { inputTokens: 1, outputTokens: 2 },
      };
      const spent = NO_USAGE;
      cache.write(requestFingerprint(endpoint, request), endpoint, request, completion, spent);
      return listTargets(directory);
    },
    read(_, target) {
      const directory = path.dirname(target);
      new CompletionCache(directory, () => {}).read(path.basename(target, '.json'));
      readCacheUsage(directory);
    },
  },
  warrior: {
    prepare(folder) {
      fixtures.write(folder, 'imp.red', fixtures.IMP);
      fixtures.write(folder, 'dwarf.red', fixtures.DWARF);
      fixtures.write(folder, 'load.rc', ';redcode\nORG 1\nDAT.F #0, #0\nMOV.I $0, $1\nEND\n');
      return listTargets(folder).map((target) => ({ ...target, kind: 'text' }));
    },
    read: (_, target) => readWarrior(target, { settings: namedSettings('94'), language: '94' }),
  },
  csv: {
    prepare(folder) {
      fixtures.write(
        folder,
        'pairs.csv',
        'first,second,second_position\nimp,dwarf,4000\n"imp",imp,100\n',
      );
      return listTargets(folder);
    },
    read(_, target) {
      const text = readFileSync(target, 'utf8');
      tryAll(() => parseCsv(text, target));
      readPairs(text, target, namedSettings('94'));
    },
  },
};
