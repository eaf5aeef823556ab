// What README, reference pages and help show to be typed: found there, shortened by rule, and run in a folder that has what they name.

import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { loadStudy } from '../../src/study/index.ts';
import { expandPattern, isPattern } from '../../src/text/expand-pattern.ts';
import { listStages, loadTraining, REGISTRIES } from '../../src/training/index.ts';
import { runInProcess, writeStory } from './command-line.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MAIN = path.join(ROOT, 'dist/cli/main.js');

/** The README, and the pages that its reference parts are on, in the order in which their examples are run. */
export const PAGES: readonly string[] = [
  'README.md',
  ...[
    ...[
      'install',
      'commands',
      'devices',
      'recipes',
      'gate',
      'studies',
      'nca-tokens',
      'text',
      'core-war',
    ],
    ...['recurrent', 'studio', 'library'],
  ].map((name) => `docs/reference/${name}.md`),
];

/** The text of all pages. */
export const MANUAL = PAGES.map((page) => readFileSync(path.join(ROOT, page), 'utf8')).join('\n');

/** The fenced blocks of the pages in a language. */
export function codeBlocks(language: string): string[] {
  const pattern = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g');
  return [...MANUAL.matchAll(pattern)].map((match) => match[1]!);
}

/** Commands of the pages' blocks, each once, without `npx primordia`, their lines joined. */
export function manualCommands(language: 'sh' | 'text'): string[] {
  const lines = codeBlocks(language)
    .flatMap((block) => block.replaceAll(/\\\n\s*/g, '').split('\n'))
    .filter((line) => line.startsWith('npx primordia '))
    .map((line) => line.slice('npx primordia '.length));
  return [...new Set(lines)];
}

/** The help of every command, by the command: `nca render`; '' is the program. */
async function readHelps(command = ''): Promise<Map<string, string>> {
  const { stdout } = await runInProcess([...command.split(' ').filter(Boolean), '--help']);
  const helps = new Map([[command, stdout]]);
  const section = stdout.split('\nCommands:\n')[1]?.split('\n\n')[0] ?? '';
  for (const [, name] of section.matchAll(/^ {2}([a-z]+) /gm)) {
    if (name === 'help') continue;
    for (const [inner, help] of await readHelps(`${command} ${name}`.trim())) {
      helps.set(inner, help);
    }
  }
  return helps;
}

/** The examples of every command's help, without `primordia` and remarks, each once. Every command has one, be it in another's help. */
export async function helpExamples(): Promise<string[]> {
  const helps = await readHelps();
  const found = new Set<string>();
  for (const help of helps.values()) {
    // Two remarks in the list of all commands stand closer to what they explain.
    for (const [, example] of help.matchAll(/^ +primordia (.+?)(?: {2,}.*)?$/gm)) {
      found.add(example!.replace(/ {3}a data set for.*/, ''));
    }
  }
  for (const command of helps.keys()) {
    if ([...found].some((example) => `${example} `.startsWith(`${command} `.trimStart()))) continue;
    throw new Error(`no help has an example of '${command}'`);
  }
  return [...found];
}

/** Words as a shell makes them: quotes, patterns of files in `folder`, and where output goes. */
export function splitWords(line: string, folder: string): { words: string[]; into?: string } {
  const words: string[] = [];
  let into: string | undefined;
  const pieces = [...line.matchAll(/((?:'[^']*'|"[^"]*"|[^\s'"])+)/g)].map((match) => match[1]!);
  for (let i = 0; i < pieces.length; i++) {
    const piece = pieces[i]!;
    if (piece === '>') into = pieces[++i]!;
    else if (/['"]/.test(piece)) words.push(piece.replaceAll(/'([^']*)'|"([^"]*)"/g, '$1$2'));
    else {
      const files = isPattern(piece) ? expandPattern(path.join(folder, piece)) : [];
      const folders = isPattern(piece) ? expandFolders(folder, piece) : [];
      const found = [...files.map((file) => path.relative(folder, file)), ...folders];
      words.push(...(found.length > 0 ? found : [piece]));
    }
  }
  return { words, ...(into === undefined ? {} : { into }) };
}

function expandFolders(folder: string, pattern: string): string[] {
  const parent = path.join(folder, path.dirname(pattern));
  if (!existsSync(parent)) return [];
  const name = new RegExp(`^${path.basename(pattern).replaceAll('*', '.*')}$`);
  return readdirSync(parent, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && name.test(entry.name))
    .map((entry) => path.join(path.dirname(pattern), entry.name))
    .sort();
}

/** Examples that are not run, and why; their recipes are loaded all the same. */
export const NOT_RUN: Readonly<Record<string, string>> = {
  'study my-study.js --executor slurm':
    'needs a cluster; src/study/executors/slurm-processes.test.ts has one',
  'drq drq-paper --model gpt-4.1-mini --max-requests 2000': 'needs a key of a provider',
  'drq drq-k3 --model qwen2.5-coder --base-url http://localhost:11434/v1':
    'needs a server of language models; test/end-to-end/drq-model.test.ts has one',
  'drq drq-paper --model qwen2.5-coder --base-url http://localhost:11434/v1':
    'needs a server of language models; test/end-to-end/drq-model.test.ts has one',
  'train nca-text --require-gate statistics':
    'in a few steps a source learns nothing, and the run is refused; test/end-to-end/gate.test.ts',
  'resume runs/smt-vs-bptt': 'resumes that study',
  'report runs/smt-vs-bptt': 'reports on that study',
  'report runs/a runs/b --out a-and-b.html':
    'needs two runs; test/end-to-end/report-pages.test.ts has them',
  'drq resume runs/paper --max-requests 6000': 'resumes a run that needs a key',
  'devices install cpu': 'downloads a plugin; test/full/devices.test.ts has a wheel of its own',
  studio: 'goes on until it is stopped; test/end-to-end/studio.test.ts starts it',
  'studio runs more-runs --port 8000': 'goes on until it is stopped',
  'studio runs --read-only': 'goes on until it is stopped',
  'memory runs/smt-vs-bptt --arm smt --sequences 8 --out trace.json': 'reads that study',
};

/** Whether an example trains no model, nor goes on from a folder with one. */
export function isRunAtOnce(line: string): boolean {
  return /^(nca|list|assemble|battle|hill|tune|watch|debug|drq|studio|devices|doctor) /.test(
    `${line} `,
  );
}

const STEPS = 4;

/** The same command with less of everything: tests are of what can be typed, not of what is learned. */
export async function shorten(words: readonly string[], folder: string): Promise<string[]> {
  const [command, second] = words;
  switch (command) {
    case 'quickstart':
      return [...words, ...(await shorterStages('quickstart', folder))];
    case 'train':
      return [...words, ...(await shorterStages(second!, folder))];
    case 'study':
      if (second === 'job') return [...words];
      return [...words, '--seeds', '0', ...(await shorterStudy(second!, folder))];
    case 'hill':
      return [...words, ...(words.includes('--add') ? [] : ['--rounds', '1'])];
    case 'tune':
      return [...words, '--budget', '200', '--rounds', '2', '--setting', 'nano'];
    case 'battle':
      return words.includes('--batch') ? [...words] : [...words, '-r', '2'];
    case 'nca':
      if (second === 'generate' && words.some((word) => /^train=\d+[kMG]/.test(word))) {
        return words.map((word) => (/^train=/.test(word) ? 'train=20k,validation=2k' : word));
      }
      if (second === 'generate') return [...words, '--tokens', '20k'];
      if (second === 'inspect') return [...words, '--rules', '20'];
      // Rules that are named are as few as can be.
      if (second === 'render' && !words.includes('--rule')) {
        return [...words, '--rules', '1', '--tries', '200'];
      }
      return [...words];
    case 'drq': {
      if (second === 'generality') {
        const last = words.map((word) => word.replace('round-010', 'round-002'));
        return [...last, '--rounds', '1'];
      }
      if (second === 'resume' || second === 'report') return [...words];
      return [...words, '--rounds', '2', '--iterations', '3', '--set', 'simulations=1'];
    }
    case 'sample':
      return words.map((word) => word.replace(/step-0*250$/, 'step-00000004'));
    default:
      return [...words];
  }
}

/** Settings that leave little of a recipe's stages; of a study's, with a prefix. */
async function shorterStages(recipe: string, folder: string): Promise<string[]> {
  const file = /\.\w+$/.test(recipe) ? path.join(folder, recipe) : recipe;
  if (recipe === 'quickstart') {
    return ['--set', ...shortenStages({ source: { kind: 'nca' }, text: { kind: 'text' } })];
  }
  const loaded = await loadTraining(file, [], REGISTRIES);
  const stages = listStages(loaded);
  const data = Object.fromEntries(stages.map(({ name, data: kind }) => [name, kind]));
  const shares = stages.some(({ sharesData }) => sharesData);
  return ['--set', ...shortenStages(data, shares), ...(shares ? ['heldOutSequences=16'] : [])];
}

function shortenStages(data: Record<string, { kind: string }>, shares = false): string[] {
  const settings = Object.entries(data).flatMap(([name, { kind }]) => [
    `stages.${name}.steps=${STEPS}`,
    ...(shares
      ? []
      : kind === 'text'
        ? [`stages.${name}.data.evaluationTokens=2048`]
        : [`stages.${name}.heldOutSequences=16`]),
  ]);
  return [...settings, 'rollout.sequences=16'];
}

/** The same of a study: fewer and smaller runs. */
async function shorterStudy(recipe: string, folder: string): Promise<string[]> {
  const file = /\.\w+$/.test(recipe) ? path.join(folder, recipe) : recipe;
  const { base, axes } = await loadStudy(file, []);
  const { stages = {}, model } = base as {
    stages?: Record<string, { data?: object } | null>;
    model?: { kind?: string };
  };
  const isLlama = (model?.kind ?? 'llama') === 'llama';
  const members = Object.values(axes).flatMap((axis) => Object.values(axis));
  // A study of kinds of models says their sizes with them.
  const hasKinds = members.some((member) => Object.hasOwn(Object(member.model), 'kind'));
  const smaller = isLlama ? ['hiddenSize=16', 'layers=1', 'heads=1'] : ['hiddenSize=8'];
  const sizes = hasKinds ? [] : smaller;
  return [
    '--set',
    ...sizes.map((size) => `base.model.${size}`),
    ...Object.keys(stages).map((name) => `base.stages.${name}.steps=2`),
    ...(stages.source ? ['base.stages.source.heldOutSequences=16'] : []),
    ...(stages.source ? [] : ['base.heldOutSequences=16', 'base.rollout.sequences=16']),
  ];
}

/** What an example goes on from, and the command that makes it. */
const MAKERS: Readonly<Record<string, string>> = {
  'runs/nca-tiny-001': 'train nca-tiny',
  'runs/quickstart-001': 'quickstart',
  'runs/smt-chars-001': 'train smt-chars',
  'runs/smt-tiny-001': 'train smt-tiny',
  'runs/smt-mnist-001': 'train smt-mnist --set data.file=digits.idx',
  'runs/controls': 'study nca-controls',
  'runs/smt-vs-bptt': 'study smt-vs-bptt',
  'runs/race': 'drq',
  'runs/drq-tiny-001': 'drq',
  'runs/k3': 'drq drq-k3',
  'runs/k1-0': 'drq drq-k1',
  'runs/k3-0': 'drq drq-k3',
  'runs/k10-0': 'drq drq-k10',
  'data/nca': 'nca generate --tokens 20k',
  'hill.json': 'hill warriors/',
};

export type Ran = {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
};

/** Makes what an example goes on from, then runs it, shortened. */
export async function runExample(line: string, folder: string): Promise<Ran> {
  for (const [made, maker] of Object.entries(MAKERS)) {
    // `runs/k1-*` goes on from runs/k1-0; what a command itself writes is not made before.
    const stem = made.replace(/-0$/, '-*');
    const isNamed = line.includes(`${stem} `) || ` ${line}/ `.includes(` ${made}`);
    const isOwn = new RegExp(`--out ${made}\\b`).test(line) && !/--add|--seeds/.test(line);
    if (!isNamed || isOwn || existsSync(path.join(folder, made))) continue;
    const { code, stderr } = await typeCommand(`${maker} --out ${made}`, folder);
    if (code !== 0) throw new Error(`${maker}: ${stderr}`);
    // Runs that are compared have been measured.
    if (/-0$/.test(made)) await typeCommand(`drq generality ${made}`, folder);
  }
  // Examples of data sets are alternatives.
  if (line.startsWith('nca generate')) {
    rmSync(path.join(folder, /--out (\S+)/.exec(line)![1]!), { recursive: true, force: true });
  }
  return typeCommand(line, folder);
}

/** Runs a command, shortened, in a folder that has what it names. */
export async function typeCommand(line: string, folder: string): Promise<Ran> {
  const { words, into } = splitWords(line, folder);
  const args = await shorten(words, folder);
  const ran = ['debug', 'watch'].includes(args[0]!)
    ? runWithoutInput(args, folder)
    : await runInProcess(args, { cwd: folder });
  if (into !== undefined) writeFileSync(path.join(folder, into), ran.stdout);
  return { ...ran, stderr: ran.stderr.replaceAll(STATUS, '') };
}

/** What hills and searches say on standard error that is not a complaint. */
const STATUS =
  /^([\d,]+\/[\d,]+ (pairs|rounds) .*|left out: .*|pushed off: .*|page: .*|arm \S+|written to .*|next .*)\n/gm;

/** A process of its own, whose standard input is at its end: commands that read keys. */
function runWithoutInput(args: readonly string[], cwd: string): Ran {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
    cwd,
    encoding: 'utf8',
    input: '',
  });
  return { code: status, stdout, stderr };
}

/** Fills a folder with what pages and help name: warriors, texts, recipes of one's own, tokens. */
export function prepareProject(folder: string): void {
  const at = (name: string) => path.join(folder, name);
  for (const name of ['runs', 'notes', 'books/old', 'src', 'tokens']) {
    mkdirSync(at(name), { recursive: true });
  }
  // A package.json makes recipes modules, as they are beside a user's own.
  writeFileSync(at('package.json'), '{"type":"module"}');
  copyFileSync(path.join(ROOT, 'README.md'), at('README.md'));
  const warriors = path.join(ROOT, 'warriors');
  for (const name of ['warriors', 'hill']) cpSync(warriors, at(name), { recursive: true });
  for (const [name, shipped] of Object.entries({
    imp: 'imp',
    dwarf: 'dwarf',
    stone: 'dwarf',
    a: 'threads',
    b: 'sweeper',
    c: 'scanner',
  })) {
    copyFileSync(path.join(warriors, `${shipped}.red`), at(`${name}.red`));
  }
  // One that the hill does not have.
  const mine = ';name Mine\nstep equ 1 ;tune step 1..9\nMOV.I 0, step\nJMP -1\n';
  writeFileSync(at('mine.red'), mine);
  mkdirSync(at('others'));
  writeFileSync(at('others/jump.red'), 'JMP 0\nJMP -1\n');
  writeFileSync(at('hill.opt'), ';a hill of our own\n-s 8000 -c 8000 -b\n');
  writeFileSync(at('pairs.csv'), 'first,second,second_position\ndwarf,imp,4000\n');
  for (const name of ['book.txt', 'novel.txt', 'notes/one.md', 'books/old/tale.txt']) {
    writeStory(at(name), 200);
  }
  writeStory(at('src/story.py'), 200);
  const story = readFileSync(at('book.txt'), 'utf8').split('\n\n');
  const posts = story.map((text) => JSON.stringify({ text })).join('\n');
  writeFileSync(at('posts.jsonl.gz'), gzipSync(posts));
  writeFileSync(
    at('tokens/one.npy'),
    npyOf(Uint16Array.from({ length: 60_000 }, (_, i) => i % 1000)),
  );
  writeFileSync(at('digits.idx'), idxOf(60, 28));
  for (const block of codeBlocks('js')) {
    const [, name] = /^\/\/ (my-[\w-]+\.js):/.exec(block) ?? [];
    if (name !== undefined) writeFileSync(at(name), block);
  }
}

function npyOf(values: Uint16Array): Buffer {
  const text = `{'descr': '<u2', 'fortran_order': False, 'shape': (${values.length},), }`;
  const header = Buffer.from(`\x93NUMPY\x01\x00\x76\x00${text.padEnd(117)}\n`, 'latin1');
  return Buffer.concat([header, Buffer.from(values.buffer)]);
}

/** Images in the format of MNIST. */
function idxOf(count: number, side: number): Buffer {
  const header = Buffer.alloc(16);
  for (const [i, value] of [0x803, count, side, side].entries()) header.writeUInt32BE(value, 4 * i);
  const pixels = Uint8Array.from({ length: count * side * side }, (_, i) => (i * i) % 251);
  return Buffer.concat([header, pixels]);
}
