import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PMARS_VERSIONS, type PmarsVersion } from '../pmars-version.ts';
import { createRegisters, evaluateExpression } from './expressions.ts';

const value = (text: string, registers = createRegisters(), pmars: PmarsVersion = '0.9.5') => {
  const result = evaluateExpression(text, registers, pmars);
  return 'value' in result ? Number(result.value) : `${result.at}: ${result.problem}`;
};

test.each([
  ['2+3*4', 14],
  ['(2+3)*4', 20],
  ['1-2-3', -4],
  ['100/10/2', 5],
  ['-7/2', -3],
  ['-7%4', -3],
  ['7%-4', 3],
  ['1+1<3', 1],
  ['3==3<2', 1],
  ['3>2>1', 0],
  ['1||1&&0', 1],
  ['0&&0||1', 1],
  ['!1+1', 1],
  ['!!5', 1],
  ['+-+-1', 1],
  ['1--1', 2],
  ['010', 10],
  ['1=21', 1],
  ['2*3=26', 1],
  ['2*3==6', 1],
  ['(1+2*3)==7', 1],
  ['1&&2*3==6', 1],
  ['1-2*3==', -5],
  ['-2*-3', 6],
])('%s is %i', (text, expected) => expect(value(text)).toBe(expected));

// In pMARS 0.9.2, an operand that ends in a tighter operator takes what follows with it.
test.each([
  ['1-2*3-4', -1, -9],
  ['9-2*3+1', 2, 4],
  ['1-2*3-4*5-6', 9, -31],
  ['8-2*3+4*5-1', -17, 21],
  ['8-2*3<2', 0, 0],
  ['1-(2*3)-4', -9, -9],
  ['8000<5-3/1<5%8000<=8000', 0, 0],
  ['7&&8000>=3!=3/12345>-12345>7>=5+7', 1, 0],
])('%s is %i in pMARS 0.9.2, %i in 0.9.5', (text, old, expected) => {
  expect(value(text, createRegisters(), '0.9.2')).toBe(old);
  expect(value(text)).toBe(expected);
});

test('64 bits, which go round', () => {
  const evaluate = (text: string) => evaluateExpression(text, createRegisters(), '0.9.5');
  const LARGEST = 2n ** 63n - 1n;
  expect(evaluate('9223372036854775807')).toMatchObject({ value: LARGEST, isOverflow: false });
  expect(evaluate('99999999999999999999')).toMatchObject({ value: LARGEST, isOverflow: false });
  expect(evaluate('9223372036854775807+1')).toMatchObject({
    value: -LARGEST - 1n,
    isOverflow: true,
  });
  expect(evaluate('3037000500*3037000500')).toMatchObject({ isOverflow: true });
  expect(evaluate('9007199254740993%10')).toMatchObject({ value: 3n, isOverflow: false });
});

test('letters are registers, upper and lower case alike; W and S count warriors at first', () => {
  const registers = createRegisters();
  expect(value('(a=5)*A', registers)).toBe(25);
  expect(value('1+b=a=3+4', registers)).toBe(8);
  expect(value('a+b', registers)).toBe(14);
  expect(value('0&&(c=9)', registers)).toBe(0);
  expect(value('c==9', registers)).toBe(1);
  expect([value('w'), value('S'), value('z')]).toEqual([1, 1, 0]);
  const ofThree = createRegisters(3);
  expect([value('w', ofThree), value('S', ofThree), value('r', ofThree)]).toEqual([3, 3, 0]);
});

test.each([
  ['', '0: a value is missing'],
  ['1+', '2: the expression ends too early'],
  ['1+*2', "2: '*' where a value should be"],
  ['(1', "0: '(' without a ')'"],
  ['1)', "1: ')' without a '('"],
  ['1 2', "2: '2' where an operator should be"],
  ['1=2', '3: the expression ends too early'],
  ['1= =1', "3: '=' where a value should be"],
  ['1+2*3==7', "5: pMARS loses '==' after an operand that ends in a tighter operator"],
  ['(1+2*3==7)', "6: pMARS loses '==' after an operand that ends in a tighter operator"],
  ['1&2', "1: '&' where an operator should be"],
  ['5/0', '1: division by zero'],
  ['0&&1%0', '4: division by zero'],
  ['9'.repeat(400), '0: a number of more than 20 digits'],
])('%s is refused', (text, problem) => expect(value(text)).toBe(problem));

test('depth is bounded, length is not', () => {
  expect(value(`${'('.repeat(5000)}1`)).toMatch(/more than 200/);
  expect(value(`${'a='.repeat(5000)}1`)).toMatch(/more than 200/);
  expect(value('1||1&&1==1+1*'.repeat(500))).toMatch(/more than 200/);
  expect(value(`${'-'.repeat(5000)}1`)).toBe(1);
  expect(value(`${'1+'.repeat(5000)}1`)).toBe(5001);
});

test('any text has a value or a problem', () => {
  const text = fc.string({ unit: fc.constantFrom(...'0123456789ab+-*/%()=!<>&| '), maxLength: 40 });
  fc.assert(
    fc.property(text, fc.constantFrom(...PMARS_VERSIONS), (source, pmars) => {
      const result = evaluateExpression(source, createRegisters(), pmars);
      if ('value' in result) expect(BigInt.asIntN(64, result.value)).toBe(result.value);
      else expect(result.at).toBeLessThanOrEqual(source.length);
    }),
    { numRuns: 3000 },
  );
});
