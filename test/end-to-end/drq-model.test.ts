// Arms races with a language model: a scripted server stands in for it.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type Finished, runInProcess, startCommand, withFolder } from '../support/command-line.ts';
import {
  REPLIES,
  type RecordedRequest,
  type ScriptedReply,
  startLanguageModelServer,
} from '../support/language-model-server.ts';
import { expectInPage } from '../support/page-text.ts';

const KEY = 'sk-secret-0123456789abcdef';

/** A few requests: two rounds of twelve candidates. */
const RACE = ['drq', 'drq-tiny', '--rounds', '2', '--iterations', '6', '--set'];
const SETTINGS = ['newAtStart=4', 'simulations=1', 'core.setting=tiny', 'inFlight=3'];

function contentOf({ json }: RecordedRequest): string {
  return JSON.stringify(json);
}

/** Redcode that depends on the question, so that candidates differ. */
function answer(request: RecordedRequest): ScriptedReply {
  const step = 1 + (contentOf(request).length % 19);
  const code = `;redcode-94\n;name Bomber ${step}\n        add.ab #${step}, $3\n        mov.i $2, @2\n        jmp $-2\n        dat 0, 0`;
  return REPLIES.text(`A bomber:\n\n\`\`\`redcode\n${code}\n\`\`\`\n`, 100, 50);
}

type Running = {
  readonly folder: string;
  readonly requests: readonly RecordedRequest[];
  readonly settled: () => Promise<void>;
  run(args: readonly string[]): Promise<Finished>;
  /** `signal` ends it by SIGKILL, or by `name`. */
  race(
    more?: readonly string[],
    onLine?: (line: string, kill: () => void) => void,
    signal?: AbortSignal,
    name?: NodeJS.Signals,
  ): Promise<Finished>;
};

async function withServer(
  script: (request: RecordedRequest) => ScriptedReply | Promise<ScriptedReply>,
  body: (running: Running) => Promise<void>,
): Promise<void> {
  const server = await startLanguageModelServer(script);
  vi.stubEnv('OPENAI_API_KEY', KEY);
  try {
    await withFolder(async (folder) => {
      const run: Running['run'] = (args) => runInProcess(args, { cwd: folder });
      const model = ['--model', 'tiny-model', '--base-url', server.baseUrl, '--out', 'run'];
      await body({
        folder,
        requests: server.requests,
        settled: server.settled,
        run,
        race: (more = [], onLine, signal, name = 'SIGKILL') => {
          const args = [...RACE, ...SETTINGS, ...model, ...more];
          if (!onLine && !signal) return run(args);
          return startCommand(args, {
            cwd: folder,
            onStart: (child) =>
              signal?.addEventListener('abort', () => void child.kill(name), { once: true }),
            ...(onLine
              ? { onLine: (line, child) => onLine(line, () => void child.kill('SIGKILL')) }
              : {}),
          });
        },
      });
    });
  } finally {
    await server.stop();
  }
}

function listFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => path.join(folder, name))
    .filter((file) => statSync(file).isFile());
}

function readSummary(folder: string) {
  return JSON.parse(readFileSync(path.join(folder, 'run', 'summary.json'), 'utf8'));
}

function readRows(folder: string) {
  return readFileSync(path.join(folder, 'run', 'candidates.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

afterEach(() => void vi.unstubAllEnvs());

describe('primordia drq with a language model', () => {
  test('asks it for every warrior, counts what it took, and writes the key nowhere', async () => {
    await withServer(answer, async ({ folder, requests, race, run }) => {
      const { code, stdout, stderr } = await race();
      expect(stderr).toBe('');
      expect(code).toBe(0);
      // Two rounds of four new and six further candidates; warm-ups ask nothing.
      expect(requests).toHaveLength(20);
      for (const request of requests) {
        expect(request.headers.authorization).toBe(`Bearer ${KEY}`);
        expect(contentOf(request)).not.toMatch(/fitness|opponents won/);
      }
      const mutations = requests.filter((request) =>
        contentOf(request).includes('Here is a warrior'),
      );
      const made = readRows(folder).filter(({ origin }) => origin === 'mutation');
      expect(mutations).toHaveLength(made.length);
      expect(made.length).toBeGreaterThan(4);
      // The manual is the assembler's own: every opcode is in it.
      for (const opcode of ['DAT', 'MOV', 'SPL', 'DJN', 'STP']) {
        expect(contentOf(requests[0]!)).toContain(opcode);
      }
      expect(readSummary(folder)).toMatchObject({ calls: 20, tokens: 20 * 150, finished: true });
      const again = await run(['drq', 'resume', 'run']);
      expect(again.code).toBe(0);
      expect(requests).toHaveLength(20);
      for (const file of listFiles(path.join(folder, 'run'))) {
        expect(readFileSync(file, 'latin1'), file).not.toContain(KEY);
      }
      expect(stdout + stderr + again.stdout + again.stderr).not.toContain(KEY);
    });
  });

  test('killed at any moment, it sends no request twice and ends the same', async () => {
    let whole: unknown;
    await withServer(answer, async ({ folder, race }) => {
      expect((await race()).code).toBe(0);
      whole = readRows(folder);
    });
    for (const at of [1, 12]) {
      await withServer(answer, async ({ folder, requests, settled, race, run }) => {
        let seen = 0;
        const { signal } = await race(['--json'], (line, kill) => {
          if (JSON.parse(line).event === 'candidate' && ++seen === at) kill();
        });
        expect(signal).toBe('SIGKILL');
        await settled();
        const answered = listFiles(path.join(folder, 'run', 'answers')).filter((file) =>
          file.endsWith('.json'),
        ).length;
        const sent = requests.length;
        expect((await run(['drq', 'resume', 'run'])).code).toBe(0);
        expect(readRows(folder)).toEqual(whole);
        // What was under way when it was killed may have been sent; what was answered and kept is not sent again.
        expect(requests.length).toBe(20 + (sent - answered));
        expect(sent - answered).toBeLessThanOrEqual(3);
        // Each was counted before it was sent: one whose sending the kill forestalled may be counted, too.
        const { calls, unanswered, tokens } = readSummary(folder);
        expect(calls).toBe(20 + unanswered);
        expect(unanswered).toBeGreaterThanOrEqual(sent - answered);
        expect(unanswered).toBeLessThanOrEqual(3);
        expect(tokens).toBe(20 * 150);
      });
    }
  });

  test('requests that a kill cut off are in the budget, and reported', async () => {
    let hang = true;
    const script = async (request: RecordedRequest): Promise<ScriptedReply> =>
      hang && request.index >= 5 ? { kind: 'hang' } : answer(request);
    await withServer(script, async ({ folder, requests, race, run }) => {
      const child = new AbortController();
      const killed = race(['--json', '--max-requests', '10'], undefined, child.signal);
      // Three are in flight, and get no answer.
      while (requests.length < 8) await new Promise((resolve) => setTimeout(resolve, 5));
      child.abort();
      expect((await killed).signal).toBe('SIGKILL');
      hang = false;
      const { code, stdout } = await run(['drq', 'resume', 'run']);
      expect(code).toBe(130);
      expect(stdout).toContain('budget of 10 requests');
      expect(requests).toHaveLength(10);
      expect(readSummary(folder)).toMatchObject({ calls: 10, unanswered: 3 });
      const done = await run(['drq', 'resume', 'run', '--max-requests', '100']);
      expect(done.code).toBe(0);
      expect(done.stdout).toContain('23 requests (3 cut off, their tokens unknown)');
      expect(readSummary(folder)).toMatchObject({ finished: true, calls: 23, unanswered: 3 });
      expectInPage(readFileSync(path.join(folder, 'run', 'report.html'), 'utf8'), '3 cut off');
    });
  });

  test('Ctrl-C waits for the answers under way, and keeps them', async () => {
    const slowly = async (request: RecordedRequest): Promise<ScriptedReply> => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      return answer(request);
    };
    await withServer(slowly, async ({ folder, requests, race, run }) => {
      const interrupt = new AbortController();
      const stopped = race([], undefined, interrupt.signal, 'SIGINT');
      while (requests.length < 3) await new Promise((resolve) => setTimeout(resolve, 5));
      interrupt.abort();
      expect((await stopped).code).toBe(130);
      const answered = listFiles(path.join(folder, 'run', 'answers'));
      expect(answered).toHaveLength(requests.length);
      expect(readSummary(folder)).toMatchObject({ calls: requests.length, unanswered: 0 });
      expect((await run(['drq', 'resume', 'run'])).code).toBe(0);
      expect(requests).toHaveLength(20);
    });
  });

  test('a budget that a repair meets leaves no answer of the others unpaid for and lost', async () => {
    // The first asks for a repair, which the budget no longer allows, while others are under way.
    const script = async (request: RecordedRequest): Promise<ScriptedReply> => {
      if (request.index === 0) return REPLIES.text('```redcode\nmov 0, 1\njump 3\n```');
      await new Promise((resolve) => setTimeout(resolve, 300));
      return answer(request);
    };
    await withServer(script, async ({ folder, requests, race }) => {
      expect((await race(['--max-requests', '3'])).code).toBe(130);
      expect(requests).toHaveLength(3);
      expect(listFiles(path.join(folder, 'run', 'answers'))).toHaveLength(3);
      expect(readSummary(folder)).toMatchObject({ calls: 3, unanswered: 0 });
    });
  });

  test('a budget of requests stops it there, and a larger one goes on', async () => {
    await withServer(answer, async ({ folder, requests, race, run }) => {
      const { code, stdout } = await race(['--max-requests', '7']);
      expect(code).toBe(130);
      expect(stdout).toContain('budget of 7 requests');
      expect(stdout).toContain('primordia drq resume run');
      expect(stdout).toContain('primordia drq resume run --max-requests MORE');
      expect(requests).toHaveLength(7);
      expect(readSummary(folder)).toMatchObject({ finished: false, calls: 7 });
      const still = await run(['drq', 'resume', 'run']);
      expect(still.code).toBe(130);
      expect(requests).toHaveLength(7);
      expect((await run(['drq', 'resume', 'run', '--max-requests', '100'])).code).toBe(0);
      expect(requests).toHaveLength(20);
      expect(readSummary(folder)).toMatchObject({ finished: true, calls: 20 });
    });
  });

  test('a budget of tokens stops it, too, and a larger one goes on', async () => {
    await withServer(answer, async ({ folder, requests, race, run }) => {
      // An answer takes 150; one at a time, so that none is under way when the budget is spent.
      const one = ['--set', ...SETTINGS.slice(0, 3), 'inFlight=1'];
      const { code, stdout } = await race(['--max-total-tokens', '600', ...one]);
      expect(code).toBe(130);
      expect(stdout).toContain('budget of 600 tokens is spent (600 used)');
      expect(stdout).toContain('primordia drq resume run --max-total-tokens MORE');
      expect(requests).toHaveLength(4);
      expect((await run(['drq', 'resume', 'run', '--max-total-tokens', '99999'])).code).toBe(0);
      expect(readSummary(folder)).toMatchObject({ finished: true, calls: 20 });
    });
  });

  test('answers without code, or that do not assemble, are counted; one may be repaired', async () => {
    const script = (request: RecordedRequest) => {
      if (contentOf(request).includes('refused that warrior')) return answer(request);
      switch (request.index % 3) {
        case 0:
          return REPLIES.text('I would rather write a poem.');
        case 1:
          return REPLIES.text('```redcode\nmov 0, 1\njump 3\n```');
        default:
          return answer(request);
      }
    };
    await withServer(script, async ({ folder, race, requests }) => {
      expect((await race()).code).toBe(0);
      const rows = readRows(folder).filter(({ mutator }) => mutator === 'llm');
      expect(rows.some(({ repaired, evaluation }) => repaired && evaluation)).toBe(true);
      const repairs = requests.filter((request) =>
        contentOf(request).includes('refused that warrior'),
      );
      expect(repairs.length).toBe(rows.filter(({ repaired }) => repaired).length);
      // The model reads what the assembler says of the line.
      expect(repairs.some((request) => contentOf(request).includes('jump'))).toBe(true);
    });
    await withServer(script, async ({ folder, race }) => {
      expect((await race(['--set', ...SETTINGS, 'mutator.repair=false'])).code).toBe(0);
      const failures = readRows(folder).map(({ failure }) => failure);
      expect(failures).toContain('no code');
      expect(failures).toContain('invalid');
      const { rounds } = readSummary(folder);
      const failed = rounds.reduce(
        (sum: number, round: { failures: number }) => sum + round.failures,
        0,
      );
      expect(failed).toBe(failures.filter(Boolean).length);
    });
  });

  test('a server that refuses the key is an error for people, without the key', async () => {
    const refuse = () => REPLIES.error(401, `Incorrect API key provided: ${KEY}`);
    await withServer(refuse, async ({ folder, race, requests }) => {
      const { code, stdout, stderr } = await race();
      expect(code).toBe(1);
      expect(stderr).toContain('OPENAI_API_KEY');
      expect(stdout + stderr).not.toContain(KEY);
      expect(requests.length).toBeLessThanOrEqual(3);
      for (const file of listFiles(folder)) {
        expect(readFileSync(file, 'latin1'), file).not.toContain(KEY);
      }
    });
  });

  test('without a key it says which variable is missing, before anything is written', async () => {
    await withFolder(async (folder) => {
      const args = [...RACE, ...SETTINGS, '--model', 'gpt-4.1-mini', '--out', 'run'];
      const { code, stderr } = await startCommand(args, {
        cwd: folder,
        env: { OPENAI_API_KEY: null },
      });
      expect(code).toBe(1);
      expect(stderr).toContain('OPENAI_API_KEY');
      expect(readdirSync(folder)).toEqual([]);
    });
  });
});
