// What the README and the reference pages say can be typed, is typed here.

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { loadRedQueenRecipe } from '../../src/redqueen/load-recipe.ts';
import { loadStudy } from '../../src/study/index.ts';
import { listAllRuns, readStudyState } from '../../src/study/study-state.ts';
import { createTraining, loadTraining, REGISTRIES } from '../../src/training/index.ts';
import {
  codeBlocks,
  MANUAL,
  manualCommands,
  PAGES,
  prepareProject,
  runExample,
} from '../support/command-examples.ts';
import { startCommand, withFolder } from '../support/command-line.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The runs of a study that has not begun. */
async function listRuns(file: string, folder: string) {
  const experiment = createTraining(REGISTRIES);
  const study = await loadStudy(file, []);
  const { tuned } = readStudyState(study, experiment, path.join(folder, 'nowhere'));
  return listAllRuns(study, experiment, tuned);
}

describe('README and reference pages', () => {
  const programs = codeBlocks('js').filter((code) => code.includes("from 'primordia/"));
  test.each(programs.map((code) => [code]))('program prints what its comment says: %#', (code) => {
    const printed = execFileSync(process.execPath, ['--input-type=module', '-e', code], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    const expected = [...code.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map((m) => m[1]!);
    expect(expected.length).toBeGreaterThan(0);
    expect(printed.trim().split('\n')).toEqual(expected);
  });

  test('the programs are strict TypeScript', async () => {
    expect(programs.length).toBeGreaterThanOrEqual(2);
    const typed = [
      ...programs,
      `import { spec } from 'primordia/core';
      import { openDevice } from 'primordia/tensor';
      const state = await openDevice().createState({ w: spec('float32', [2]), n: spec('int64', []) });
      const { w, n } = await state.read();
      const numbers: number[] = Array.from(w.data);
      const counts: bigint[] = Array.from(n.data);
      // @ts-expect-error elements of int64 are bigints
      const wrong: number[] = Array.from(n.data);
      console.log(numbers, counts, wrong);`,
      `import { openDevice, gradients, mean, type Tensor } from 'primordia/tensor';
      export function slopes(a: Tensor, b: Tensor, all: readonly Tensor[]): readonly Tensor[] {
        const [da, db] = gradients(mean(a), [a, b]);
        const list: Tensor[] = gradients(mean(a), all);
        // @ts-expect-error there are two gradients
        const [, , third] = gradients(mean(a), [a, b]);
        return [da, db, ...list, ...(third === undefined ? [] : [third])];
      }
      console.log(openDevice);`,
    ];
    await withFolder(async (folder) => {
      typed.forEach((code, i) => {
        writeFileSync(path.join(folder, `program-${i}.mts`), code);
      });
      const compilerOptions = {
        strict: true,
        noUncheckedIndexedAccess: true,
        skipLibCheck: true,
        noEmit: true,
        target: 'ES2022',
        module: 'NodeNext',
        types: ['node'],
        typeRoots: [path.join(ROOT, 'node_modules/@types')],
        paths: { 'primordia/*': [path.join(ROOT, 'dist/*/index.d.ts')] },
      };
      writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
      const tsc = path.join(ROOT, 'node_modules/typescript/bin/tsc');
      const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', folder], {
        encoding: 'utf8',
      });
      expect(stdout).toBe('');
      expect(status).toBe(0);
    });
  });

  test('every reference page is tested, and every link leads to a file and a heading', () => {
    const shown = readdirSync(path.join(ROOT, 'docs/reference')).map(
      (name) => `docs/reference/${name}`,
    );
    expect(PAGES).toEqual(expect.arrayContaining(shown));
    for (const page of [...PAGES, 'docs/glossary.md']) {
      const text = readFileSync(path.join(ROOT, page), 'utf8');
      for (const [, link] of text.matchAll(/\]\((?!https?:)([^)]+)\)/g)) {
        const [file, heading] = link!.split('#') as [string, string?];
        const target = path.join(ROOT, file === '' ? page : path.join(path.dirname(page), file));
        expect(existsSync(target), `${page}: ${link}`).toBe(true);
        if (heading === undefined) continue;
        const headings = readFileSync(target, 'utf8').matchAll(/^#+ (.*)$/gm);
        const anchors = [...headings].map(([, title]) =>
          title!
            .toLowerCase()
            .replaceAll(/[^\w -]/g, '')
            .replaceAll(' ', '-'),
        );
        expect(anchors, `${page}: ${link}`).toContain(heading);
      }
    }
  });

  test('the recipe is one', async () => {
    const [code] = codeBlocks('js').filter((block) => block.includes('my-recipe.js'));
    await withFolder(async (folder) => {
      const file = path.join(folder, 'my-recipe.js');
      // A package.json makes the file a module, as it is beside a user's own.
      writeFileSync(path.join(folder, 'package.json'), '{"type":"module"}');
      writeFileSync(file, code!);
      const { stages } = await loadTraining(file, [], REGISTRIES);
      expect(Object.keys(stages)).toEqual(['source', 'text']);
      expect(stages.source!.data).toMatchObject({ kind: 'nca', colors: 4 });
      expect(stages.text!.data).toMatchObject({ tokenizer: { kind: 'bpe', vocabSize: 1024 } });
      expect(stages.text!.start!.keep).toEqual({ modules: ['attention'], layers: [0, 1] });
    });
  });

  test('the study is one', async () => {
    const [code] = codeBlocks('js').filter((block) => block.includes('my-study.js'));
    await withFolder(async (folder) => {
      const file = path.join(folder, 'my-study.js');
      writeFileSync(path.join(folder, 'package.json'), '{"type":"module"}');
      writeFileSync(file, code!);
      const runs = await listRuns(file, folder);
      expect(runs).toHaveLength(5 * 3);
      const { stages } = runs.find(({ cell }) => cell.name === 'complex')!.recipe;
      expect(stages!.text!.start).toMatchObject({ keep: { modules: ['attention'] } });
    });
  });

  test('the recipe and the study of memories are some', async () => {
    await withFolder(async (folder) => {
      writeFileSync(path.join(folder, 'package.json'), '{"type":"module"}');
      const write = (name: string) => {
        const [code] = codeBlocks('js').filter((block) => block.includes(name));
        writeFileSync(path.join(folder, name), code!);
        return path.join(folder, name);
      };
      expect(await loadTraining(write('my-memory.js'), [], REGISTRIES)).toMatchObject({
        data: { kind: 'parity' },
        model: { kind: 'gru', hiddenSize: 32 },
      });
      const runs = await listRuns(write('my-cells.js'), folder);
      expect(runs).toHaveLength(2 * 2 * 3);
      expect(runs[0]!.recipe).toMatchObject({ rollout: { sequences: 256 } });
    });
  });

  test('the commands work in the order they are shown', async () => {
    const lines = manualCommands('sh');
    expect(lines.length).toBeGreaterThanOrEqual(15);
    await withFolder(async (folder) => {
      prepareProject(folder);
      for (const line of lines) {
        // Where standard output is a program's, progress goes to standard error.
        const tellsProgress = /--out -|^primordia (hill|tune) /.test(line);
        const stderr = tellsProgress ? expect.not.stringMatching(/error|warning/i) : '';
        expect(await runExample(line, folder), line).toMatchObject({ code: 0, stderr });
      }
    });
  });

  test('every recipe and command it names exists', async () => {
    const tables = ['recipes', 'core-war'].map((name) =>
      readFileSync(path.join(ROOT, `docs/reference/${name}.md`), 'utf8'),
    );
    const named = tables.flatMap((text) =>
      [...text.matchAll(/^\| `([a-z-]+)` \|/gm)].map((match) => match[1]!),
    );
    expect(named.length).toBeGreaterThanOrEqual(5);
    for (const name of named) {
      const loaders: ((name: string) => Promise<object | null>)[] = [
        (name) => loadTraining(name, [], REGISTRIES),
        (name) => loadStudy(name, []),
        loadRedQueenRecipe,
      ];
      const tried = await Promise.all(loaders.map((load) => load(name).catch(() => null)));
      const loaded = tried.find((found) => found !== null);
      expect(loaded).toMatchObject({ name });
    }
    const { stdout } = await startCommand(['--help']);
    const commands = [...MANUAL.matchAll(/^\| `([a-z]+) /gm)].map((match) => match[1]!);
    expect(commands.length).toBeGreaterThanOrEqual(6);
    for (const command of commands) expect(stdout).toContain(`\n  ${command} `);
  });
});
