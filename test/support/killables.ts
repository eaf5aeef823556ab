// Every kind of work that goes on after it was killed, as small as it can be.

import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { DATASET_FORMATS } from '../../src/datasets/index.ts';
import { TINY_RECIPE, writeStory, writeTinyProject } from './command-line.ts';
import { SMALL_RACE } from './drq-kills.ts';
import type { Killable } from './kill-sweep.ts';
import { STAGE, TINY_RECURRENT } from './tiny-recurrent.ts';

const engine = { threads: 1 };
const checkpoint = { everySteps: 3, keepLast: 2 };
const { source, text } = TINY_RECIPE.stages;
const RECIPE = {
  ...TINY_RECIPE,
  stages: {
    source: { ...source, steps: 8, evaluateEvery: 4 },
    text: { ...text, steps: 8, evaluateEvery: 4 },
  },
  checkpoint,
  engine,
};

export const TRAIN: Killable = {
  name: 'train, source and text',
  prepare: (folder) => writeTinyProject(folder, RECIPE),
  begin: ['train', 'tiny.json', '--out', 'out'],
  goOn: ['resume', 'out'],
};

const QUICKSTART: Killable = {
  name: 'quickstart, three arms',
  prepare: (folder) => writeStory(path.join(folder, 'story.txt'), 200),
  begin: [
    'quickstart',
    '--out',
    'out',
    '--text',
    'story.txt',
    '--set',
    ...Object.entries({
      'stages.source': RECIPE.stages.source,
      'stages.text.contextLength': 32,
      'stages.text.batchSize': 4,
      'stages.text.steps': 6,
      'stages.text.evaluateEvery': 3,
      'stages.text.data.evaluationTokens': 512,
      checkpoint,
      engine,
    }).map(([key, value]) => `${key}=${JSON.stringify(value)}`),
  ],
  goOn: ['resume', 'out'],
};

const STUDY: Killable = {
  name: 'study',
  prepare: (folder) => {
    writeTinyProject(folder);
    const { model, stages } = RECIPE;
    const short = { ...stages.text, steps: 4, evaluateEvery: 4 };
    const study = {
      name: 'tiny-study',
      seeds: [0],
      base: {
        model,
        checkpoint,
        engine,
        stages: { source: { ...stages.source, steps: 4 }, text: short },
      },
      axes: {
        arm: {
          scratch: { stages: { source: null, text: { start: null } } },
          nca: {},
          // Shares the source stage of `nca`.
          'nca-norms': { stages: { text: { start: { keep: { modules: ['norms'] } } } } },
          warm: { stages: { source: { ...text, start: null, steps: 4 } } },
        },
      },
      baseline: 'scratch',
    };
    writeFileSync(path.join(folder, 'study.json'), JSON.stringify(study));
  },
  // In one process, so that every operation of its jobs is one to be killed at.
  begin: ['study', 'study.json', '--out', 'out', '--workers', '1', '--executor', 'in-process'],
  goOn: ['resume', 'out'],
};

const SHORT = { ...STAGE, steps: 6, evaluateEvery: 3 };
const { smt, dmt } = TINY_RECURRENT.stages;

const RECURRENT: Killable = {
  name: 'train, SMT and DMT',
  prepare: (folder) => {
    writeStory(path.join(folder, 'story.txt'), 6);
    const stages = { smt: { ...smt, ...SHORT }, dmt: { ...dmt, ...SHORT } };
    const recipe = { ...TINY_RECURRENT, stages, checkpoint };
    writeFileSync(path.join(folder, 'tiny.json'), JSON.stringify(recipe));
  },
  begin: ['train', 'tiny.json', '--out', 'out'],
  goOn: ['resume', 'out'],
};

/** Backpropagation through time, whose rows go on in the text: their memories are part of a checkpoint. */
const UNROLLED: Killable = {
  name: 'train, truncated backpropagation through time',
  prepare: (folder) => {
    writeStory(path.join(folder, 'story.txt'), 60);
    const corpus = { files: ['story.txt'] };
    const data = { kind: 'text', corpus, order: 'stream', evaluationTokens: 96 };
    const bptt = { algorithm: { kind: 'next-token', truncate: 5 }, ...SHORT };
    const stages = { bptt, more: { ...bptt, steps: 4 } };
    const rollout = { sequences: 4 };
    const recipe = { ...TINY_RECURRENT, data, stages, checkpoint, rollout };
    writeFileSync(path.join(folder, 'tiny.json'), JSON.stringify(recipe));
  },
  begin: ['train', 'tiny.json', '--out', 'out'],
  goOn: ['resume', 'out'],
};

const RECURRENT_STUDY: Killable = {
  name: 'study of recurrent networks',
  prepare: (folder) => {
    const { name: _, contextLength: __, description: ___, ...base } = TINY_RECURRENT;
    const bptt = { algorithm: { kind: 'next-token' }, steps: 4, evaluateEvery: 4 };
    const wild = { optimizer: { learningRate: 1e38, clipNorm: 0 } };
    const study = {
      name: 'small',
      seeds: [0],
      base: {
        ...base,
        checkpoint,
        contextLength: 4,
        rollout: { length: 4 },
        data: { kind: 'copy', symbols: 3 },
        stages: { smt: { ...smt, ...SHORT } },
      },
      axes: {
        algorithm: {
          smt: {},
          bptt: { stages: { smt: null, bptt } },
          wild: { stages: { smt: null, bptt: { ...bptt, ...wild } } },
        },
      },
      baseline: 'smt',
      tuning: {
        where: { algorithm: 'bptt' },
        key: 'stages.bptt.optimizer.learningRate',
        values: [0.001, 0.01],
      },
    };
    writeFileSync(path.join(folder, 'small.json'), JSON.stringify(study));
  },
  begin: ['study', 'small.json', '--out', 'out', '--workers', '1'],
  goOn: ['resume', 'out'],
};

const GENERATE = DATASET_FORMATS.map((format): Killable => {
  const world = '--colors 2 --grid 4 --temperature 10 --band none --seq-len 24'.split(' ');
  const size = '--tokens 960 --workers 1 --split train=0.7,validation=0.3'.split(' ');
  const shards = format === 'nanogpt' ? [] : ['--shard-tokens', '240'];
  return {
    name: `nca generate, ${format}`,
    prepare: () => {},
    begin: ['nca', 'generate', '--out', 'out', '--format', format, ...size, ...shards, ...world],
  };
});

const HILL: Killable = {
  name: 'hill',
  prepare: (folder) => {
    const warriors = fileURLToPath(new URL('../../warriors', import.meta.url));
    mkdirSync(path.join(folder, 'warriors'));
    for (const name of readdirSync(warriors).filter((file) => file.endsWith('.red'))) {
      copyFileSync(path.join(warriors, name), path.join(folder, 'warriors', name));
    }
  },
  begin: ['hill', 'warriors', '--rounds', '2', '--out', 'out.json', '--workers', '1'],
};

const TUNE: Killable = {
  name: 'tune',
  prepare: HILL.prepare,
  begin: [
    'tune',
    'warriors/dwarf.red',
    '--against',
    'warriors',
    '--setting',
    'nano',
    '--budget',
    '400',
    '--rounds',
    '2',
    '--out',
    'out.red',
    '--workers',
    '1',
  ],
};

/** An arms race. What it does after a kill, drq-kill.test.ts sweeps by itself. */
export const ARMS_RACE: Killable = {
  name: 'drq',
  prepare: () => {},
  begin: SMALL_RACE.map((word) => (word === 'run' ? 'out' : word)),
  goOn: ['drq', 'resume', 'out'],
};

export const KILLABLES: readonly Killable[] = [
  TRAIN,
  QUICKSTART,
  STUDY,
  RECURRENT,
  UNROLLED,
  RECURRENT_STUDY,
  ...GENERATE,
  HILL,
  TUNE,
];
