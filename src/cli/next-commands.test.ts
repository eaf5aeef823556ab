import { expect, test } from 'vitest';
import { describeNext } from './next-commands.ts';

test('what to run next is a line for each command, with its folder', () => {
  expect(describeNext('runs/a', ['continueText', 'evaluate', 'gate'])).toMatchInlineSnapshot(`
    "next     primordia sample runs/a --prompt "The "  text from the model
             primordia eval runs/a --text FILE        perplexity on text of your own
             primordia gate runs/a                    what the source has learned, compared with every predictor"
  `);
  expect(describeNext("it's mine/$&", ['resume'])).toMatchInlineSnapshot(
    `"next     primordia resume 'it'\\''s mine/$&'  resume where it stopped"`,
  );
  expect(
    describeNext('runs/k3', ['resumeRace', 'reportRace'], { arguments: '--max-requests MORE' }),
  ).toMatchInlineSnapshot(`
    "next     primordia drq resume runs/k3 --max-requests MORE  resume where it stopped
             primordia drq report runs/k3                      write a report of the results so far"
  `);
  expect(describeNext('two words', ['moreSeeds'])).toMatchInlineSnapshot(
    `"next     primordia study 'two words'/study.json --out 'two words' --seeds 0-9  more seeds for the same study"`,
  );
  expect(describeNext('runs/a', [])).toBe('');
});
