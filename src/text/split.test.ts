import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../core/index.ts';
import { cutText, splitCorpus } from './split.ts';

const many = Array.from({ length: 2000 }, (_, i) => `document number ${i}`);
const corpusOf = (documents: readonly string[]) => ({ name: 'test', documents });
const book = Array.from(
  { length: 3000 },
  (_, i) => `Paragraph ${i}. ${'word '.repeat(i % 40)}`,
).join('\n\n');

describe('splitCorpus', () => {
  it('divides the documents in about the proportion asked for', () => {
    const { train, validation } = splitCorpus(corpusOf(many));
    expect([...train, ...validation].sort()).toEqual([...many].sort());
    // Binomial: 200 +- 5 standard deviations of 13.4.
    expect(validation.length).toBeGreaterThan(133);
    expect(validation.length).toBeLessThan(267);
    expect(
      splitCorpus(corpusOf(many), { validationFraction: 0.5 }).validation.length,
    ).toBeGreaterThan(850);
  });

  it('moves no document when others come or go', () => {
    const whole = new Set(splitCorpus(corpusOf(many)).validation);
    const part = splitCorpus(corpusOf(many.slice(500).reverse())).validation;
    expect(part).toEqual(
      many
        .slice(500)
        .reverse()
        .filter((text) => whole.has(text)),
    );
  });

  it('draws anew for another seed', () => {
    const first = new Set(splitCorpus(corpusOf(many), { seed: 1 }).validation);
    const both = splitCorpus(corpusOf(many), { seed: 2 }).validation.filter((text) =>
      first.has(text),
    );
    // Independent draws share 1 % of 2000 = 20 documents.
    expect(both.length).toBeLessThan(45);
    expect(splitCorpus(corpusOf(many), { seed: 1 }).validation).toEqual([...first]);
  });

  it('cuts one large document at paragraphs', () => {
    const { train, validation } = splitCorpus(corpusOf([book]));
    const lines = (texts: readonly string[]) =>
      texts
        .join('\n\n')
        .split(/\n{2,}/)
        .filter(Boolean);
    expect([...lines(train), ...lines(validation)].sort()).toEqual(book.split('\n\n').sort());
    const held = validation.join('').length / book.length;
    expect(held).toBeGreaterThan(0.02);
    expect(held).toBeLessThan(0.3);
    for (const text of [...train, ...validation]) expect(text).toMatch(/^Paragraph/);
  });

  it('leaves no side empty', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 2, maxLength: 5 }),
        fc.constantFrom(0.001, 0.1, 0.5, 0.999),
        fc.nat(),
        (documents, validationFraction, seed) => {
          const split = splitCorpus(corpusOf(documents), { validationFraction, seed });
          expect(split.train.length).toBeGreaterThan(0);
          expect(split.validation.length).toBeGreaterThan(0);
          expect([...split.train, ...split.validation].sort()).toEqual([...documents].sort());
        },
      ),
    );
  });

  it('refuses a corpus that cannot be divided', () => {
    expect(() => splitCorpus(corpusOf(['short']))).toThrow(UserError);
    expect(() => splitCorpus(corpusOf(['same', 'same']))).toThrow('too small to hold out');
    expect(() => splitCorpus(corpusOf(many), { validationFraction: 1 })).toThrow(RangeError);
  });
});

describe('cutText', () => {
  it('gives pieces that join to the text, none too long, no character cut in two', () => {
    const unit = fc.constantFrom('a', ' ', '\n', '\n\n', '🐻', '🐻🐻🐻');
    fc.assert(
      fc.property(
        fc.array(unit, { maxLength: 200 }),
        fc.integer({ min: 4, max: 40 }),
        (parts, length) => {
          const text = parts.join('');
          const pieces = cutText(text, length);
          expect(pieces.join('')).toBe(text);
          for (const piece of pieces) {
            expect(piece.length).toBeLessThanOrEqual(length);
            expect(piece).not.toMatch(/^[\udc00-\udfff]/);
          }
        },
      ),
    );
  });

  it('cuts nothing short', () => {
    expect(cutText('abc', 3)).toEqual(['abc']);
    expect(cutText('', 3)).toEqual(['']);
  });
});
