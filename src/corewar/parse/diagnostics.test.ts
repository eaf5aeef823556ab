import { expect, test } from 'vitest';
import { MAX_DIAGNOSTICS } from './budgets.ts';
import { cleanText, createReport, formatDiagnostic, formatExcerpt } from './diagnostics.ts';

test('diagnostics come in the order of the source, once each', () => {
  const report = createReport();
  report.warn('advice', { line: 3, column: 2, text: 'b' }, 'second');
  report.error('operand', { line: 1, column: 5, text: 'a' }, 'first', 'do this');
  report.error('operand', { line: 1, column: 5, text: 'a' }, 'first', 'do this');
  expect(report.hasErrors).toBe(true);
  const found = report.finish();
  expect(found.map(({ message }) => message)).toEqual(['first', 'second']);
  expect(formatDiagnostic(found[0]!, 'x.red')).toBe('x.red:1:5: error: first (do this)');
  expect(formatDiagnostic(found[1]!, 'x.red')).toBe('x.red:3:2: warning: second');
});

test('those beyond the budget are counted', () => {
  const report = createReport();
  for (let line = 1; line <= MAX_DIAGNOSTICS + 5; line++) {
    report.error('operand', { line, column: 1, text: '' }, 'wrong');
  }
  expect(report.hasRoom).toBe(false);
  const found = report.finish();
  expect(found).toHaveLength(MAX_DIAGNOSTICS + 1);
  expect(found.at(-1)).toMatchObject({
    severity: 'error',
    line: MAX_DIAGNOSTICS + 5,
    message: '5 further messages are not shown',
  });
});

test('an excerpt shows the line and marks the piece', () => {
  const diagnostic = {
    severity: 'error',
    code: 'label',
    message: '',
    line: 2,
    column: 6,
    text: 'fooo',
  } as const;
  expect(formatExcerpt(diagnostic, 'x\r\n\tjmp fooo ; \u001b[31m')).toBe(
    '     jmp fooo ;  [31m\n         ^~~~',
  );
  const far = { ...diagnostic, column: 5001 };
  const [line, caret] = formatExcerpt(far, `\n${' '.repeat(5000)}fooo`)!.split('\n');
  expect(line!.slice(caret!.indexOf('^'))).toBe('fooo');
  expect(line!.length).toBeLessThan(120);
  expect(formatExcerpt({ ...diagnostic, column: 0 }, 'x\njmp 1')).toBe('    jmp 1\n    ^~~~');
  expect(formatExcerpt({ ...diagnostic, text: '' }, 'a\nb')).toBeNull();
  expect(cleanText('a\u0007b\u009bc é')).toBe('a b c é');
});

test('warnings of nine lines or kinds are an error, as in pMARS; advice does not count', () => {
  const count = (code: 'redefinition' | 'advice', lines: number) => {
    const report = createReport();
    for (let line = 1; line <= lines; line++) {
      for (const column of [1, 5]) report.warn(code, { line, column, text: '' }, `${line}`);
    }
    return report.errors;
  };
  expect([count('redefinition', 8), count('redefinition', 9), count('redefinition', 12)]).toEqual([
    0, 1, 1,
  ]);
  expect(count('advice', 20)).toBe(0);
});
