// The programs in examples/, run on small data sets where Python has torch.

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { runInProcess, withFolder } from '../support/command-line.ts';
import { findPython } from '../support/find-python.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TORCH = findPython('numpy', 'torch');
const NUMPY = findPython('numpy');

/** Frames of 18 tokens. */
const WORLD = '--colors 2 --grid 4 --patch 1 --band none --seq-len 54 --workers 1'.split(' ');

/** Trains, and compares files with the stream, in one process: torch takes seconds to load. */
const COMPARE = `
import itertools, runpy, sys
sys.path.insert(0, sys.argv[1])
from nca_dataset import NcaDataset
command = sys.argv[2:]
sys.argv[1:] = ['data', '2']
runpy.run_path(sys.path[0] + '/train.py', run_name='__main__')
files = list(NcaDataset.from_files("data"))
stream = NcaDataset.from_stream(command, 54, 18)
pairs = list(itertools.islice(zip(stream, files), 40))
equal = all((a == c).all() and (b == d).all() for (a, b), (c, d) in pairs)
inputs, targets = files[0]
print(len(files), len(pairs), equal, inputs.shape[0], int((targets == -100).sum()), int(targets[17]))
`;

test.skipIf(!TORCH)('torch trains on files, and the stream is the same sequences', async () => {
  await withFolder(async (folder) => {
    const made = ['nca', 'generate', '--tokens', '5400', ...WORLD];
    const split = ['--split', 'train=0.9,validation=0.1'];
    await runInProcess([...made, ...split, '--out', 'data'], { cwd: folder });
    const examples = path.join(ROOT, 'examples/pytorch');
    const command = [process.execPath, path.join(ROOT, 'dist/cli/main.js'), ...made, '--out', '-'];
    const args = ['-B', '-c', COMPARE, examples, ...command];
    const printed = execFileSync(TORCH!, args, { cwd: folder, encoding: 'utf8' });
    const [trained, validated, compared] = printed.trim().split('\n');
    expect(trained).toMatch(/^step 2 {2}loss \d\.\d+$/);
    expect(validated).toMatch(/^validation loss \d\.\d+$/);
    // The first target that counts is the start of the second frame, id 2.
    expect(compared).toBe('100 40 True 53 17 2');
  });
});

/** Each of the programs that should end with a sentence, in one process. */
const REFUSALS = `
import runpy, sys
sys.path.insert(0, sys.argv[1])
from nca_dataset import NcaDataset
for data in ('whole', 'few'):
    sys.argv[1:] = [data, '2']
    try:
        runpy.run_path(sys.path[0] + '/train.py', run_name='__main__')
    except SystemExit as error:
        print(error)
def stream(code):
    return NcaDataset.from_stream([sys.executable, '-c', code], 54, 18)
for code in ("import os; os.write(1, bytes(216)); os._exit(3)", "import os; os.write(1, bytes(110))"):
    read = 0
    try:
        for pair in stream(code):
            read += 1
    except RuntimeError as error:
        print(read, str(error).replace(sys.executable, 'python'))
for pair in stream("import os\\nwhile True: os.write(1, bytes(108))"):
    break
try:
    NcaDataset.from_stream(['true'], 54)
except TypeError as error:
    print(error)
try:
    NcaDataset.from_files('whole', 'train')
except ValueError as error:
    print(error)
`;

test.skipIf(!TORCH)(
  'torch: no split, too few sequences, and a broken stream are said',
  async () => {
    await withFolder(async (folder) => {
      const make = (out: string, tokens: string, ...more: string[]) =>
        runInProcess(['nca', 'generate', '--tokens', tokens, ...WORLD, ...more, '--out', out], {
          cwd: folder,
        });
      await make('whole', '1080');
      await make('few', '432', '--split', 'train=0.5,validation=0.5');
      const examples = path.join(ROOT, 'examples/pytorch');
      const printed = execFileSync(TORCH!, ['-B', '-c', REFUSALS, examples], {
        cwd: folder,
        encoding: 'utf8',
        // Without an end where an epoch has no batch.
        timeout: 60_000,
      });
      const lines = printed.trim().split('\n');
      expect(lines[0]).toMatch(/^step 2 {2}loss \d/);
      expect(lines.slice(1)).toEqual([
        'no validation loss: the data set has no validation split',
        'few has fewer than 8 sequences to train on, which is a batch: make it with more --tokens',
        '2 python ended with 3, 0 bytes into a sequence',
        '1 python ended with 0, 2 bytes into a sequence',
        expect.stringContaining("'first_target'"),
        'whole has no split train: make it with --split, or take all of it with split=None',
      ]);
    });
  },
);

/** What nanoGPT's train.py does with a configuration and a data set, by its names, and no training. */
const STAND_IN = `
import os, pickle, sys
import numpy as np
dataset, block_size, out_dir, max_iters = 'openwebtext', 1024, 'out', 600000
for arg in sys.argv[1:]:
    if '=' in arg:
        key, value = arg[2:].split('=')
        assert key in globals() or key in ('n_layer', 'n_head', 'n_embd', 'batch_size', 'gradient_accumulation_steps',
            'learning_rate', 'min_lr', 'lr_decay_iters', 'warmup_iters', 'eval_interval', 'eval_iters', 'device'), key
        globals()[key] = value
    else:
        config_file = arg
        exec(open(config_file).read())
folder = os.path.join('data', dataset)
meta = pickle.load(open(os.path.join(folder, 'meta.pkl'), 'rb'))
sizes = [len(np.memmap(os.path.join(folder, name), dtype=np.uint16, mode='r')) for name in ('train.bin', 'val.bin')]
for size in sizes:
    # Its windows begin at torch.randint(len(data) - block_size), which must not be empty.
    assert size > block_size, sizes
print(meta['vocab_size'], block_size, out_dir, *sizes)
`;

test.skipIf(!NUMPY)(
  'the run of nanoGPT makes a data set and hands train.py its configuration',
  async () => {
    await withFolder(async (folder) => {
      writeFileSync(path.join(folder, 'train.py'), STAND_IN);
      const printed = execFileSync(
        'bash',
        [path.join(ROOT, 'examples/nanogpt/train.sh'), 'tokens', '--device=cpu'],
        {
          cwd: folder,
          encoding: 'utf8',
          env: {
            ...process.env,
            NANOGPT: folder,
            TOKENS: '52800',
            PRIMORDIA: `${process.execPath} ${path.join(ROOT, 'dist/cli/main.js')}`,
            PATH: `${path.dirname(NUMPY!)}:${process.env.PATH}`,
          },
        },
      );
      expect(printed.trim().split('\n').at(-1)).toBe(`4 528 out-nca ${98 * 528} ${2 * 528}`);
    });
  },
);
