// What a warrior, a file name or a language model's server writes is shown on a terminal, and not obeyed by it.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { runInProcess, withFolder } from '../support/command-line.ts';
import {
  REPLIES,
  type ScriptedReply,
  startLanguageModelServer,
} from '../support/language-model-server.ts';

/** Everything but tab and line feed that a terminal may obey. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;
const WILD = '\u001b[31m\u0007\u009b2J\u202e\u007f';
const EVIL = [
  `;redcode-94 ${WILD}`,
  `;name Ev${WILD}il`,
  `;author Nobody${WILD}`,
  `;strategy ${WILD}`,
  `        mov.i $0, $1 ; ${WILD}`,
].join('\n');
const BROKEN = `;redcode-94\n;name Broken${WILD}\nmo${WILD}v 0, 1\nmov la${WILD}bel, 1\n;assert ${WILD}\n`;

function expectCalm({ stdout, stderr }: { stdout: string; stderr: string }): void {
  for (const text of [stdout, stderr]) expect(text).not.toMatch(CONTROLS);
}

describe('warriors with control characters', () => {
  test.each([
    ['assemble', 'evil.red'],
    ['assemble', 'broken.red'],
    ['assemble', '--load-file', 'evil.red'],
    ['battle', '-r', '2', 'evil.red', 'evil.red'],
    ['battle', 'evil.red', 'broken.red'],
    ['battle', '-k', 'evil.red', 'evil.red'],
    ['hill', '.', '--rounds', '2', '--workers', '1'],
    ['watch', 'evil.red', 'evil.red', '--frames', '1'],
    ['watch', 'broken.red'],
    ['drq', 'generality', 'evil.red', '--rounds', '1', '--workers', '1'],
    ['drq', 'generality', 'broken.red'],
    ['drq', 'drq-tiny', '--set', 'opponents.initial=["broken.red"]'],
    ['drq', 'no\u001b[31m-such-recipe'],
    ['assemble', 'no\u001b[31m-such-file'],
  ])('%s %s %s', async (...args) => {
    await withFolder(async (folder) => {
      writeFileSync(path.join(folder, 'evil.red'), EVIL);
      writeFileSync(path.join(folder, 'broken.red'), BROKEN);
      const finished = await runInProcess(args, { cwd: folder });
      expect(finished.stdout + finished.stderr).not.toBe('');
      expectCalm(finished);
    });
  });
});

afterEach(() => void vi.unstubAllEnvs());

async function race(reply: ScriptedReply, body: (folder: string) => void, code: number) {
  const server = await startLanguageModelServer(() => reply);
  vi.stubEnv('OPENAI_API_KEY', 'sk-test');
  try {
    await withFolder(async (folder) => {
      const size = ['--rounds', '1', '--iterations', '2', '--workers', '1'];
      const set = [
        '--set',
        'simulations=1',
        'core.setting=tiny',
        'newAtStart=2',
        'warmUp.initial=false',
      ];
      const to = ['--base-url', server.baseUrl, '--out', 'run'];
      const finished = await runInProcess(['drq', 'drq-paper', ...size, ...to, ...set], {
        cwd: folder,
      });
      expectCalm(finished);
      expect(finished.code).toBe(code);
      body(folder);
    });
  } finally {
    await server.stop();
  }
}

describe('a language model that writes control characters', () => {
  test('has its champion written without them', () =>
    race(
      REPLIES.text(`\`\`\`redcode\n${EVIL}\n\`\`\``),
      (folder) => {
        const champions = path.join(folder, 'run', 'champions');
        expect(readdirSync(champions)).toEqual(['round-001.red']);
        const source = readFileSync(path.join(champions, 'round-001.red'), 'utf8');
        expect(source).not.toMatch(CONTROLS);
        expect(source).toContain(';name Ev');
      },
      0,
    ));

  test('has what its server says of an error shown, not obeyed', () =>
    race(REPLIES.error(400, `bad ${WILD} request`), () => {}, 1));
});
