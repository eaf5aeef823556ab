// docs/plugins.md, as somebody follows it: its files are written and its commands run, in order, in an empty folder.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { runInProcess, withFolder } from '../support/command-line.ts';

const PAGE = readFileSync(new URL('../../docs/plugins.md', import.meta.url), 'utf8');

test('the page on plugins leads from an empty folder to a study', async () => {
  const blocks = [...PAGE.matchAll(/```(js|sh)\n([\s\S]*?)```/g)];
  await withFolder(async (folder) => {
    const ran: string[] = [];
    for (const [, language, text] of blocks) {
      if (language === 'js') {
        const [, name] = /^\/\/ (\S+)\n/.exec(text!)!;
        writeFileSync(path.join(folder, name!), text!);
        continue;
      }
      for (const line of text!.trim().split('\n')) {
        const [program, command, ...args] = line
          .replace(/primordia study \S+/, '$& --executor in-process')
          .split(' ');
        if (program !== 'npx') continue;
        expect(command).toBe('primordia');
        const { code, stdout, stderr } = await runInProcess(args, { cwd: folder });
        expect([line, code, stderr]).toEqual([line, 0, '']);
        if (args[0] === 'list') expect(stdout).toContain('Tokens between the bits and the answer.');
        ran.push(args[0]!);
      }
    }
    expect(ran).toEqual(['list', 'train', 'sample', 'report', 'resume', 'study']);
    const read = (name: string) => JSON.parse(readFileSync(path.join(folder, name), 'utf8'));
    const [stage] = read('runs/majority/summary.json').stages;
    // Chance is ln 2; the running average learns to count.
    expect(stage.loss).toBeLessThan(0.5);
    expect(existsSync(path.join(folder, 'runs/study/report.html'))).toBe(true);
    expect(read('runs/study/summary.json').runs).toMatchObject({ finished: 4, total: 4 });
  });
});
