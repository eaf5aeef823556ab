// The card of a data set: README.md with the front matter that Hugging Face reads, and how to load the files.

import { plural } from '../core/index.ts';
import type { NcaBand } from '../worlds/nca/index.ts';
import type { DatasetFormat } from './formats/codec.ts';
import { loadingGuide } from './loading-guide.ts';
import type { DatasetManifest } from './manifest.ts';
import { shardPattern } from './shard-names.ts';

/** The card. A pure function of the manifest. */
export function makeDatasetCard(manifest: DatasetManifest): string {
  const { files, piece, sequenceLength, frameLength, firstTarget, vocabSize, keepRate } = manifest;
  const { options, bounds, arithmetic } = manifest.world;
  const sequences = sum(manifest, (shard) => shard.sequences);
  const bytes = sum(manifest, (shard) =>
    shard.files.reduce((total, file) => total + file.bytes, 0),
  );
  const part = piece ? `, piece ${piece.index} of ${piece.count}` : '';
  const title = `NCA sequences, ${options.colors} colors, ${options.grid}x${options.grid}${part}`;
  const judged = options.filter === 'rule' ? 'rules by' : 'sequences by';
  const range = bounds
    ? `${judged} gzip ratio above ${round(bounds.low)}` +
      (bounds.high === null ? '' : ` and below ${round(bounds.high)}`)
    : 'none: every simulation is kept';
  return `${frontMatter(manifest, title, sequences)}
# ${title}

Token sequences of neural cellular automata: small random networks that update the cells of a torus. A sequence is one
simulation${options.rules === 'fresh' ? ' under a rule of its own' : ` under one of ${plural(options.rules, 'rule')}`}; to predict its later frames, a model must infer the rule from the earlier ones.

${table([
  ['sequences', count(sequences)],
  ['tokens per sequence', count(sequenceLength)],
  ['tokens', count(sequences * sequenceLength)],
  [
    'vocabulary',
    `${count(vocabSize)} ids; ${vocabSize - 2} opens a frame, ${vocabSize - 1} closes it`,
  ],
  ['tokens per frame', `${frameLength}, delimiters included`],
  ['filter', range],
  ['outside the band', outsideBand(manifest, sequences)],
  ['simulations kept', keepRate === null ? '-' : `${(100 * keepRate).toFixed(2)} %`],
  ...splitRows(manifest),
  [
    'files',
    `${plural(manifest.shards.length, 'shard')}, ${files}, ${manifest.dtype}, ${plural(bytes, 'byte')}`,
  ],
])}
The first frame of a sequence cannot be predicted: leave targets at positions 0 to ${firstTarget - 1} out of the loss.
${hasLabels(files) ? 'In `labels` they are -100; labels are aligned with `input_ids`, the model shifts them.\n' : ''}
## Loading

${loadingGuide(manifest)}
## Making it again

\`\`\`sh
${commandLine(manifest)}
\`\`\`

Made with ${manifest.generator}, ${arithmetic} arithmetic. The same command makes the same bytes. \`manifest.json\` lists seed, options
and the SHA-256 of each file; \`primordia nca verify DIR\` checks them.
`;
}

/** The band checked again, in the sequences. */
function outsideBand(manifest: DatasetManifest, sequences: number): string {
  const { options, bounds } = manifest.world;
  if (bounds === null) return '-';
  if (options.filter === 'sequence') return 'none: each sequence is judged itself';
  const outside = sum(manifest, (shard) => shard.outsideBand);
  const share = sequences === 0 ? 0 : (100 * outside) / sequences;
  return (
    `${share.toFixed(1)} % of the sequences: a rule is judged by one simulation, and others are trained on, ` +
    'as in the official code'
  );
}

function splitRows({ splits }: DatasetManifest): (readonly [string, string])[] {
  return (splits ?? []).map(({ name, sequences, pool }) => [
    `split \`${name}\``,
    `${plural(sequences, 'sequence')}, ` +
      (pool === null
        ? 'under rules of their own'
        : `under ${plural(pool.count, 'rule')} of its own`),
  ]);
}

function frontMatter(manifest: DatasetManifest, title: string, sequences: number): string {
  const { files } = manifest;
  const lines = [
    '---',
    `pretty_name: ${title}`,
    'task_categories:',
    '- text-generation',
    'tags:',
    '- synthetic',
    '- neural-cellular-automata',
    'size_categories:',
    `- ${sizeCategory(sequences)}`,
    ...(hasLabels(files)
      ? [
          'configs:',
          '- config_name: default',
          '  data_files:',
          ...(manifest.splits ?? [{ name: null }]).flatMap(({ name }) => [
            `  - split: ${name ?? 'train'}`,
            `    path: "${shardPattern(files, name, files)}"`,
          ]),
        ]
      : ['viewer: false']),
    '---',
  ];
  return `${lines.join('\n')}\n`;
}

const SIZE_STEPS = ['1K', '10K', '100K', '1M', '10M', '100M', '1B', '10B', '100B', '1T'];

/** The size class of Hugging Face's data set cards. */
function sizeCategory(rows: number): string {
  const index = SIZE_STEPS.findIndex((_, i) => rows < 1000 * 10 ** i);
  if (index === 0) return 'n<1K';
  return index < 0 ? 'n>1T' : `${SIZE_STEPS[index - 1]}<n<${SIZE_STEPS[index]}`;
}

function hasLabels(format: DatasetFormat): format is 'parquet' | 'jsonl' {
  return format === 'parquet' || format === 'jsonl';
}

/** The command that makes this data set, all options written out. */
function commandLine(manifest: DatasetManifest): string {
  const { options, arithmetic } = manifest.world;
  const { piece } = manifest;
  const words = [
    'primordia nca generate',
    `--tokens ${manifest.tokens} --out DIR --seed ${manifest.seed}`,
    `--format ${manifest.files}${shardFlag(manifest)}`,
    ...splitFlags(manifest),
    `--seq-len ${manifest.sequenceLength} --arithmetic ${arithmetic}`,
    `--colors ${options.colors} --grid ${options.grid} --patch ${options.patch}`,
    `--features ${options.features} --hidden ${options.hidden} --channel-padding ${options.channelPadding}`,
    `--temperature ${options.temperature} --identity-bias ${options.identityBias}`,
    `--burn-in ${options.burnIn} --dt ${options.dt} --rules ${options.rules} ${bandFlag(options.band)} --filter ${options.filter}`,
    ...(piece ? [`--shard ${piece.index}/${piece.count}`] : []),
  ];
  return words.join(' \\\n  ');
}

function shardFlag({ files, sequencesPerShard, sequenceLength }: DatasetManifest): string {
  return files === 'nanogpt' ? '' : ` --shard-tokens ${sequencesPerShard * sequenceLength}`;
}

function splitFlags({ files, splits, rowToken, sequences }: DatasetManifest): string[] {
  const shares = splits?.map((split) => `${split.name}=${split.sequences / sequences}`);
  return [
    ...(shares ? [`--split ${shares.join(',')}`] : []),
    ...(files === 'llmc' ? [`--bos ${rowToken?.id ?? 'none'}`] : []),
  ];
}

function bandFlag(band: NcaBand): string {
  if (band.kind === 'none') return '--band none';
  return `--${band.kind === 'absolute' ? 'band' : 'percentile'} ${band.low}:${band.high}`;
}

function table(rows: readonly (readonly [string, string])[]): string {
  const lines = rows.map(([name, value]) => `| ${name} | ${value} |`);
  return `| | |\n| --- | --- |\n${lines.join('\n')}\n`;
}

function sum(manifest: DatasetManifest, of: (shard: DatasetManifest['shards'][number]) => number) {
  return manifest.shards.reduce((total, shard) => total + of(shard), 0);
}

/** `164000768` as `164,000,768`, whatever the machine's language. */
function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

function round(value: number): string {
  return String(Math.round(value * 1e4) / 1e4);
}
