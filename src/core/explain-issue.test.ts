import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { explainIssue } from './explain-issue.ts';

const data = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('copy'), symbols: z.int().default(8) }),
  z.strictObject({ kind: z.literal('parity') }),
]);
const schema = z.strictObject({ stages: z.record(z.string(), z.strictObject({ data })) });

function explain(value: unknown): string {
  const { error } = schema.safeParse(value);
  const json = z.toJSONSchema(schema, { io: 'input' });
  const fault = explainIssue(error!.issues[0]!, value, json, { origin: 'r', what: 'the recipe' });
  return `${fault.message} (${fault.hint})`;
}

describe('explainIssue', () => {
  const cases: [string, object, string][] = [
    ['a misspelled kind', { kind: 'copi' }, "there is no kind 'copi' (did you mean 'copy'?)"],
    ['another kind', { kind: 'zzzzz' }, "there is no kind 'zzzzz' (there are: copy, parity)"],
    ['no kind', { symbols: 3 }, 'it is missing (there are: copy, parity)'],
  ];
  test.each(cases)('%s names the place and what there is', (_, given, expected) => {
    expect(explain({ stages: { first: { data: given } } })).toBe(
      `r: stages.first.data.kind: ${expected}`,
    );
  });

  test('keys below a name of a record are those of its kind', () => {
    const given = { stages: { first: { data: { kind: 'copy', symbol: 3 } } } };
    expect(explain(given)).toBe(
      "r: unknown key 'symbol' in stages.first.data (did you mean 'symbols'?)",
    );
    const none = { stages: { first: { data: { kind: 'parity', symbol: 3 } } } };
    expect(explain(none)).toContain('known here: kind');
  });

  test('what may be one of several things is told by the one whose type it has', () => {
    const keep = z.union([z.literal('all'), z.strictObject({ layers: z.array(z.int()) })]);
    const outer = z.strictObject({ keep: keep.nullish(), data: data.nullish() });
    const explainOuter = (value: unknown) => {
      const { error } = outer.safeParse(value);
      const json = z.toJSONSchema(outer, { io: 'input' });
      const context = { origin: 'r', what: 'the recipe' };
      const fault = explainIssue(error!.issues[0]!, value, json, context);
      return `${fault.message} (${fault.hint})`;
    };
    expect(explainOuter({ keep: { layer: [], layers: [] } })).toBe(
      "r: unknown key 'layer' in keep (did you mean 'layers'?)",
    );
    expect(explainOuter({ keep: { layers: [1.5] } })).toContain('r: keep.layers.0: ');
    expect(explainOuter({ keep: 'none' })).toContain('r: keep: Invalid input: expected "all"; or');
    expect(explainOuter({ data: { kind: 'copi' } })).toContain("did you mean 'copy'?");
  });
});
