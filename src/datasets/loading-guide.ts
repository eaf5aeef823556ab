// How a trainer loads a data set: the section of its card with code that runs, as it stands, in the data set's folder.

import { GPT2_END_OF_TEXT } from './formats/llmc.ts';
import type { DatasetManifest } from './manifest.ts';
import { shardFiles, shardPattern } from './shard-names.ts';
import type { SplitName } from './splits.ts';

/** Markdown. A pure function of the manifest. */
export function loadingGuide(manifest: DatasetManifest): string {
  switch (manifest.files) {
    case 'bin':
      return loadBin(manifest);
    case 'npy':
      return loadNpy(manifest);
    case 'nanogpt':
      return loadNanogpt(manifest);
    case 'llmc':
      return loadLlmc(manifest);
    case 'megatron':
      return loadMegatron(manifest);
    case 'mds':
      return loadMds(manifest);
    case 'parquet':
    case 'jsonl':
      return loadHuggingFace(manifest, manifest.files);
  }
}

/** The split that examples show, and the first file of it. */
function firstSplit({ splits }: DatasetManifest): SplitName | null {
  return splits === null ? null : 'train';
}

function firstFile(manifest: DatasetManifest): string {
  const [file] = manifest.shards[0]?.files ?? [];
  return file?.name ?? shardFiles(manifest.files, firstSplit(manifest), 0)[0]!;
}

function python(code: string): string {
  return `\`\`\`python\n${code.trim()}\n\`\`\`\n`;
}

function loadBin(manifest: DatasetManifest): string {
  const { dtype, sequenceLength, vocabSize } = manifest;
  return `A file is tokens one after the other, little-endian; sequences follow each other without a gap.

${python(`
import numpy as np
tokens = np.memmap("${firstFile(manifest)}", dtype=np.${dtype}, mode="r")
sequences = tokens.reshape(-1, ${sequenceLength})
assert sequences.max() < ${vocabSize}
print(sequences.shape)`)}`;
}

function loadNpy(manifest: DatasetManifest): string {
  const { sequenceLength } = manifest;
  return `A file is a flat array; sequences follow each other without a gap.

${python(`
import numpy as np
tokens = np.load("${firstFile(manifest)}", mmap_mode="r")
sequences = tokens.reshape(-1, ${sequenceLength})
print(sequences.shape)`)}`;
}

function loadNanogpt({ sequenceLength, vocabSize }: DatasetManifest): string {
  return `In nanoGPT's folder, with PATH to this one (a key changes with, say, \`--device=cpu\`):

\`\`\`sh
python train.py PATH/train_nca.py
python sample.py --out_dir=out-nca --max_new_tokens=500
\`\`\`

nanoGPT's windows start anywhere: most begin in the middle of one sequence and end in the next, which has another rule, and
what it has no way to leave out of the loss, the first frame of each sequence among it, stays in. \`block_size\` is the length
of a sequence, so that a window holds ${sequenceLength} tokens of two. For sequences as they are, take another format.
In \`sample.py\`'s text a line feed opens a frame and \`|\` closes it; \`meta.pkl\` has the characters of all ${vocabSize} ids.

${python(`
import pickle
import numpy as np
meta = pickle.load(open("meta.pkl", "rb"))
sequences = np.memmap("train.bin", dtype=np.uint16, mode="r").reshape(-1, ${sequenceLength})
assert sequences.max() < meta["vocab_size"]
print("".join(meta["itos"][i] for i in sequences[0].tolist()))`)}`;
}

/** Rows of a batch: llm.c refuses a file that has no token after them. */
function chooseLlmcBatch({ splits, sequencesPerShard }: DatasetManifest): number {
  const smallest = splits!
    .filter(({ name }) => name !== 'test')
    .map(({ sequences }) => sequences % sequencesPerShard || sequencesPerShard);
  return [4, 2].find((batch) => smallest.every((rows) => rows > batch)) ?? 1;
}

function loadLlmc(manifest: DatasetManifest): string {
  const { sequenceLength, rowToken, vocabSize } = manifest;
  const row = sequenceLength + (rowToken ? 1 : 0);
  const [train, validation] = (['train', 'validation'] as const).map((split) =>
    shardPattern('llmc', split, 'bin'),
  );
  const begins =
    rowToken === null
      ? 'Nothing stands between sequences: modded-nanogpt, which begins documents at a token, cannot align to them.'
      : rowToken.id === GPT2_END_OF_TEXT
        ? `Token ${rowToken.id}, GPT-2's end of text, stands in front of each: modded-nanogpt begins its documents there.`
        : `Token ${rowToken.id} stands in front of each: set modded-nanogpt's \`BOS_ID\` to it.`;
  const vocabulary = Math.max(vocabSize, (rowToken?.id ?? 0) + 1);
  const batch = chooseLlmcBatch(manifest);
  // Sequences of an optimizer step, of which an epoch has at least one.
  const step = manifest.splits![0]!.sequences > 16 ? 16 : batch;
  return `llm.c, in its folder, with PATH to this one; with \`-t ${row}\` each of its windows is one sequence:

\`\`\`sh
./train_gpt2cu -i "PATH/${train}" -j "PATH/${validation}" -t ${row} -b ${batch} -d ${step * row} -e d12
\`\`\`

In modded-nanogpt's \`train_gpt.py\`, let \`train_files\` be \`PATH/${train}\`, of which it needs at least two, and \`val_files\`
\`PATH/${validation}\`. ${begins}
The model needs ${vocabulary} ids or more. Neither trainer leaves the first frames out of its loss. llm.c does not read the last batch of a file, and needs
a token more than a batch in each: hence \`-b ${batch}\`.

${python(`
import glob
import numpy as np
for name in sorted(glob.glob("${train}")):
    header = np.fromfile(name, dtype="<i4", count=256)
    tokens = np.memmap(name, dtype="<u2", mode="r", offset=1024)
    assert header[:2].tolist() == [20240520, 1] and header[2] == len(tokens)
    sequences = tokens.reshape(-1, ${row})[:, ${rowToken ? 1 : 0}:]
    print(name, sequences.shape)`)}`;
}

function loadMegatron(manifest: DatasetManifest): string {
  const { dtype, sequenceLength, rowToken, splits } = manifest;
  const eod = rowToken?.id;
  const row = sequenceLength + (rowToken ? 1 : 0);
  const prefixes = (split: SplitName | null) =>
    `$(ls ${shardPattern('megatron', split, 'idx')} | sed 's/.idx$//')`;
  const names = { train: 'train', validation: 'valid', test: 'test' } as const;
  const paths =
    splits === null
      ? [`--data-path ${prefixes(null)} --split 99,1,0`]
      : splits.map(({ name }) => `--${names[name]}-data-path ${prefixes(name)}`);
  const tokenizer =
    eod === undefined ? '' : ` \\\n  --vocab-size ${eod + 1} --null-tokenizer-eod-id ${eod}`;
  const about =
    eod === undefined
      ? ''
      : `Each document ends with the end-of-document id ${eod}, which no sequence has. With \`--seq-length ${row}\` each sample
is one sequence and that id. Older versions without \`--null-tokenizer-eod-id\` take \`--vocab-size ${eod}\` and add the id themselves.
`;
  return `Each shard is a prefix for Megatron-LM, each sequence a document. Arguments for its \`pretrain_gpt.py\`, in this folder:

\`\`\`sh
${paths.join(' \\\n')} \\
  --seq-length ${row} --tokenizer-type NullTokenizer${tokenizer}
\`\`\`

${about}
${python(`
import numpy as np
tokens = np.memmap("${firstFile(manifest)}", dtype=np.${dtype}, mode="r")
documents = tokens.reshape(-1, ${row})${rowToken ? `\nassert (documents[:, -1] == ${eod}).all()` : ''}
sequences = documents${rowToken ? '[:, :-1]' : ''}
print(sequences.shape)`)}`;
}

function loadMds(manifest: DatasetManifest): string {
  const { dtype, sequenceLength, splits } = manifest;
  const split = firstSplit(manifest);
  const index = `${split === null ? '' : `${split}/`}index.json`;
  const where = splits === null ? 'local="PATH"' : `local="PATH", split="train"`;
  return `With MosaicML streaming, and PATH to this folder; LLM Foundry reads the same column:

\`\`\`text
from streaming import StreamingDataset
dataset = StreamingDataset(${where}, shuffle=True, batch_size=8)
dataset[0]["tokens"]  # ${sequenceLength} tokens, ${dtype}
\`\`\`

A sample is a sequence. Without the library:

${python(`
import json
import numpy as np
shard = json.load(open("${index}"))["shards"][0]
name = "${index}".replace("index.json", shard["raw_data"]["basename"])
count = np.fromfile(name, dtype="<u4", count=1)[0]
begin = np.fromfile(name, dtype="<u4", count=1, offset=4)[0]
sequences = np.memmap(name, dtype=np.${dtype}, mode="r", offset=begin).reshape(count, ${sequenceLength})
print(sequences.shape)`)}`;
}

function loadHuggingFace(manifest: DatasetManifest, files: 'parquet' | 'jsonl'): string {
  const { sequenceLength, splits } = manifest;
  const pattern = (split: SplitName | null) => shardPattern(files, split, files);
  const builder = files === 'jsonl' ? 'json' : files;
  const code =
    files === 'parquet'
      ? `import pyarrow.parquet
table = pyarrow.parquet.read_table("${firstFile(manifest)}")
assert len(table["input_ids"][0]) == ${sequenceLength}
print(table.num_rows, table.column_names)`
      : `import json
rows = [json.loads(line) for line in open("${firstFile(manifest)}")]
assert len(rows[0]["input_ids"]) == ${sequenceLength}
print(len(rows), list(rows[0]))`;
  const given =
    splits === null
      ? `"${pattern(null)}", split="train"`
      : `{${splits.map(({ name }) => `"${name}": "${pattern(name)}"`).join(', ')}}`;
  return `With Hugging Face's datasets:

\`\`\`text
from datasets import load_dataset
data = load_dataset("${builder}", data_files=${given})
\`\`\`

Without it:

${python(code)}`;
}
