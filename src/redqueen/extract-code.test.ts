import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyCharacter } from '../../test/support/any-character.ts';
import { extractCode } from './extract-code.ts';

const CODE = ';redcode-94\n;name Small\nstart mov.i 0, 1\n end start';

describe('extractCode', () => {
  test('takes the fenced block, whatever its language is called and whatever stands around', () => {
    for (const name of ['', 'redcode', 'asm', 'Redcode-94']) {
      expect(
        extractCode(`Here you are:\n\n\`\`\`${name}\n${CODE}\n\`\`\`\nIt copies itself.`),
      ).toBe(CODE);
    }
    expect(extractCode(`~~~\n${CODE}\n~~~`)).toBe(CODE);
    expect(extractCode(`\`\`\`\r\n${CODE.replaceAll('\n', '\r\n')}\r\n\`\`\``)).toBe(CODE);
  });

  test('takes the last block with an instruction, and one that is never closed', () => {
    const other = '```\ndat 0, 0\n```';
    expect(
      extractCode(`${other}\nBetter:\n\`\`\`\n${CODE}\n\`\`\`\n\`\`\`\nno code here\n\`\`\``),
    ).toBe(CODE);
    expect(extractCode(`\`\`\`redcode\n${CODE}`)).toBe(CODE);
  });

  test('finds code without a fence, and leaves the prose after it out', () => {
    expect(extractCode(CODE)).toBe(CODE);
    expect(extractCode(`Sure! A warrior:\n\n${CODE}\n\nThis warrior copies itself forever.`)).toBe(
      CODE,
    );
    expect(extractCode('loop: mov 0, 1\n jmp loop')).toBe('loop: mov 0, 1\n jmp loop');
  });

  test('says null where there is none', () => {
    for (const text of [
      '',
      'I cannot help with that.',
      '```\nprint("hello")\n```',
      '```',
      'move on',
    ]) {
      expect(extractCode(text)).toBeNull();
    }
  });

  test('takes any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter }), (text) => {
        const code = extractCode(text);
        if (code !== null) expect(typeof code).toBe('string');
      }),
    );
    expect(extractCode(`${'x'.repeat(5_000_000)}\nmov 0, 1`)).toBeNull();
  });
});
