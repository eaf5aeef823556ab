// Runs that two processes share, from their command line. No plugin for the CPU computes over several processes, so a small one,
// compiled here, stands in for one: see test/support/shared-plugin.c for what it leaves out.

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Finished, startCommand } from '../support/command-line.ts';
import { freePort } from '../support/free-port.ts';
import { hasXla, XLA_PLUGIN } from '../support/open-xla.ts';

const SOURCE = fileURLToPath(new URL('../support/shared-plugin.c', import.meta.url));
const hasCompiler = spawnSync('cc', ['--version']).status === 0;

describe.skipIf(!hasXla || !hasCompiler)('a run that two processes share', () => {
  let folder: string;
  let shared: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'primordia-shared-'));
    shared = path.join(folder, 'shared-cpu.so');
    const args = ['-shared', '-fPIC', SOURCE, '-o', shared, '-ldl', '-lpthread'];
    const { status, stderr } = spawnSync('cc', args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const at = (...names: string[]) => path.join(folder, ...names);

  function writeRecipe(name: string, device: string, changes = {}): string {
    const file = at(`${name}.json`);
    const recipe = {
      name: 'shared',
      model: { kind: 'llama', hiddenSize: 32, layers: 1, heads: 2 },
      data: { kind: 'copy' },
      contextLength: 12,
      batchSize: 8,
      stages: { learn: { steps: 8, evaluateEvery: 4, heldOutSequences: 8 } },
      checkpoint: { everySteps: 2, keepLast: 2 },
      engine: { device, mesh: { data: 2, model: 2 }, shard: true },
      ...changes,
    };
    writeFileSync(file, JSON.stringify(recipe));
    return file;
  }

  /** Starts `primordia` twice, each in a folder of its own. */
  async function startBoth(
    args: (rank: number) => readonly string[],
    options: {
      env?: Readonly<Record<string, string>>;
      onLine?: (line: string, pids: readonly number[]) => void;
    } = {},
  ): Promise<Finished[]> {
    const port = await freePort();
    const pids: number[] = [];
    return Promise.all(
      [0, 1].map((rank) => {
        mkdirSync(at(`rank-${rank}`), { recursive: true });
        return startCommand(args(rank), {
          cwd: at(`rank-${rank}`),
          env: {
            SHARED_PLUGIN_OF: XLA_PLUGIN,
            PRIMORDIA_PROCESSES: '2',
            PRIMORDIA_RANK: String(rank),
            PRIMORDIA_COORDINATOR: `localhost:${port}`,
            ...options.env,
          },
          onStart: ({ pid }) => {
            pids[rank] = pid!;
          },
          onLine: (line) => options.onLine?.(line, pids),
        });
      }),
    );
  }

  const model = (run: string) =>
    readFileSync(at(run, 'stages', 'learn', 'artifacts', 'model', 'model.safetensors'));

  /** A run of one process on as many devices. */
  let whole: Buffer;
  beforeAll(async () => {
    const recipe = writeRecipe('whole', `xla:${XLA_PLUGIN}`);
    const { code, stderr } = await startCommand(['train', recipe, '--out', at('whole')], {
      cwd: folder,
    });
    expect(code, stderr).toBe(0);
    whole = model('whole');
  });

  test('ends with the bits of one process, and only rank 0 writes', async () => {
    const recipe = writeRecipe('both', `xla:${shared}`);
    const [zero, one] = await startBoth(() => ['train', recipe, '--out', at('both')]);
    expect(zero, zero!.stderr).toMatchObject({ code: 0, stderr: '' });
    expect(one).toMatchObject({
      code: 0,
      stdout: '',
      stderr: 'rank 1 of 2 computes for rank 0\n',
    });
    expect(model('both').equals(whole)).toBe(true);
    expect(readdirSync(at('rank-1'))).toEqual([]);
  });

  test.each([1, 0])(
    'rank %i dies: the other says so, and a resumed run ends alike',
    async (killed) => {
      const recipe = writeRecipe('killed', `xla:${shared}`);
      const name = `killed-${killed}`;
      let isKilled = false;
      const ends = await startBoth(() => ['train', recipe, '--out', at(name), '--json'], {
        onLine: (line, pids) => {
          if (isKilled || !line.includes('"checkpoint"')) return;
          isKilled = true;
          process.kill(pids[killed]!, 'SIGKILL');
        },
      });
      expect(ends[killed]!.signal).toBe('SIGKILL');
      const { code, stderr } = ends[1 - killed]!;
      expect(code, stderr).toBe(1);
      expect(stderr).toMatch(
        new RegExp(`^error: rank ${killed} \\(\\S+\\) is gone, after stage 'learn', step \\d`, 'm'),
      );
      if (killed === 1) {
        expect(stderr).toContain(`the last checkpoint stands: primordia resume ${at(name)}`);
      }
      for (const end of await startBoth(() => ['resume', at(name)])) {
        expect(end.code, end.stderr).toBe(0);
      }
      expect(model(name).equals(whole)).toBe(true);
    },
  );

  test('a request to stop that rank 1 is given stops both, with everything saved', async () => {
    const recipe = writeRecipe('stopped', `xla:${shared}`, {
      stages: { learn: { steps: 5000, evaluateEvery: 5000, heldOutSequences: 8 } },
      checkpoint: { everySteps: 5000 },
    });
    let isStopped = false;
    const ends = await startBoth(() => ['train', recipe, '--out', at('stopped'), '--json'], {
      onLine: (line, pids) => {
        if (isStopped || !line.includes('"step"')) return;
        isStopped = true;
        process.kill(pids[1]!, 'SIGTERM');
      },
    });
    for (const { code, stderr } of ends) expect(code, stderr).toBe(143);
    expect(readdirSync(at('stopped', 'checkpoints', 'learn'))).toHaveLength(1);
  });

  describe('is refused before anything is written', () => {
    const refused = async (
      name: string,
      args: (rank: number) => readonly string[],
      env: Readonly<Record<string, string>> = {},
    ) => {
      const ends = await startBoth((rank) => [...args(rank), '--out', at(name)], { env });
      expect(ends.map(({ code }) => code)).toEqual([1, 1]);
      expect(readdirSync(folder)).not.toContain(name);
      return ends.map(({ stderr }) => stderr);
    };

    test('where the recipes differ', async () => {
      const recipe = writeRecipe('differs', `xla:${shared}`);
      const said = await refused('no-1', (rank) => ['train', recipe, '--set', `seed=${rank}`]);
      for (const text of said) {
        expect(text).toMatch(/^error: rank 1 of 2 processes has another recipe than rank 0/m);
      }
    });

    test('where the mesh does not divide', async () => {
      const recipe = writeRecipe('odd', `xla:${shared}`, {
        batchSize: 9,
        engine: { device: `xla:${shared}`, mesh: { data: 3, model: 1 } },
      });
      for (const text of await refused('no-2', () => ['train', recipe])) {
        expect(text).toContain('2 processes cannot share 3 devices (data 3 × model 1) equally');
      }
    });

    test('where the plugin computes in one process', async () => {
      const recipe = writeRecipe('single', `xla:${XLA_PLUGIN}`);
      const [zero, one] = await refused('no-3', () => ['train', recipe]);
      expect(`${zero}${one}`).toContain('the plugin does not compute over several processes');
    });
  });
});
