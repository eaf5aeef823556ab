import { expect, it } from 'vitest';
import { type ArmResults, compareArms, estimateArm } from './statistics.ts';
import { type Metric, writeContrast, writeVerdict } from './verdict.ts';

const LOSS: Metric = {
  name: 'held-out loss',
  unit: 'nats per token',
  factor: 1,
  better: 'lower',
  digits: 2,
};
const ACCURACY: Metric = { name: 'accuracy', unit: '', factor: 1, better: 'higher', digits: 3 };

type Values = readonly (number | 'diverged')[];
const SCRATCH = [3.21, 3.19, 3.31, 3.33, 3.1];

/** The verdict on a treatment `nca`, with controls by name, all in one family. */
function judge(
  nca: Values,
  controls: Record<string, Values>,
  metric = LOSS,
  scratch: Values = SCRATCH,
) {
  const arm = (name: string, values: Values): ArmResults => ({
    name,
    results: values.map((value, seed) => ({ seed, value })),
  });
  const [treatment, baseline] = [arm('nca', nca), arm('scratch', scratch)];
  const others = Object.entries(controls).map(([name, values]) => arm(name, values));
  const found = compareArms([
    [treatment, baseline],
    ...others.flatMap((other) => [[treatment, other] as const, [other, baseline] as const]),
  ]);
  return writeVerdict({
    metric,
    difference: found[0]!,
    controls: others.map((_, i) => ({
      treatment: found[1 + 2 * i]!,
      baseline: found[2 + 2 * i]!,
    })),
    cause: 'the dynamics',
    arms: [treatment, baseline, ...others].map(estimateArm),
  });
}

const NCA = [3.1, 3.05, 3.22, 3.18, 3.01];

it('a gain that a control has too is not the cause’s', () => {
  expect(judge(NCA, { shuffled: [3.12, 3.01, 3.25, 3.17, 3.05] })).toBe(
    'nca lowers held-out loss by 0.12 nats per token against scratch (95 % interval 0.07 to 0.17, 5 seeds, ' +
      'p = .002, both adjusted for 3 comparisons), but its control shuffled does as well (difference −0.01 nats ' +
      'per token, 95 % interval −0.07 to 0.05, 5 seeds, p = .61): the gain is not the dynamics’.',
  );
});

it('a control that does better is said before those that do less well', () => {
  const better = NCA.map((value, i) => value - 0.1 - 0.01 * i);
  const worse = NCA.map((value, i) => value + 0.3 + 0.01 * i);
  expect(judge(NCA, { worse, better })).toContain(
    ', but its control better does better (difference 0.12 nats per token, 95 % interval 0.09 to 0.15, 5 seeds, ' +
      'p < .001): the gain is not the dynamics’.',
  );
});

it('a control that is between says nothing for the cause', () => {
  const between = [3.16, 3.0, 3.3, 3.28, 3.03];
  expect(judge(NCA, { between })).toMatch(
    /, but it is not told apart from its control between \(difference −0\.04 .*\): that the gain is the dynamics’ is not shown\.$/,
  );
});

it('a gain over every control is more than they give', () => {
  const near = NCA.map((value, i) => value + 0.1 + 0.01 * i);
  const far = NCA.map((value, i) => value + 0.2 + 0.01 * i);
  expect(judge(NCA, { near, far })).toMatch(
    /, and by 0\.12 against its control near \(95 % interval 0\.09 to 0\.15, 5 seeds, p < \.001\) and by 0\.22 against its control far \(.*\): the gain is more than those controls give\.$/,
  );
  expect(judge(NCA, { near })).toMatch(/: the gain is more than that control gives\.$/);
});

it('without a control, or one that cannot be compared, a cause is not claimed', () => {
  expect(judge(NCA, {})).toBe(
    'nca lowers held-out loss by 0.12 nats per token against scratch (95 % interval 0.08 to 0.15, 5 seeds, ' +
      'p < .001); no control tells whether that is the dynamics’ doing.',
  );
  expect(judge(NCA, { shuffled: [3] })).toMatch(
    /, but nca and shuffled have 1 seed with a value of both, and at least two are needed to compare them: that the gain is the dynamics’ is not shown\.$/,
  );
});

it('what is not shown is not told apart, and a loss is said to be one', () => {
  expect(judge([3.2, 3.22, 3.28, 3.36, 3.07], {})).toBe(
    'nca is not told apart from scratch in held-out loss (difference 0.00 nats per token, 95 % interval −0.04 to 0.04, 5 seeds, p = .89).',
  );
  expect(
    judge(
      SCRATCH.map((value, i) => value + 0.2 + 0.01 * i),
      {},
    ),
  ).toMatch(
    /^nca raises held-out loss by 0\.22 nats per token against scratch \(.*\): it does worse\.$/,
  );
});

it('goes by what is better, and says where nothing varies', () => {
  expect(judge([1, 1, 1], {}, ACCURACY, [0.5, 0.5, 0.5])).toBe(
    'nca is not told apart from scratch in accuracy (difference 0.500, the same under each of 3 seeds, p = .25).',
  );
  const six = [1, 1, 1, 1, 1, 1];
  const halves = six.map((value) => value / 2);
  expect(judge(six, {}, ACCURACY, halves)).toBe(
    'nca raises accuracy by 0.500 against scratch (the same under each of 6 seeds, p = .031); no control tells whether that is the dynamics’ doing.',
  );
  expect(judge([0.4, 0.41, 0.4], {}, ACCURACY, [0.5, 0.5, 0.52])).toMatch(
    /^nca lowers accuracy by 0\.103 against scratch \(.*\): it does worse\.$/,
  );
});

it('differences of shares are in points', () => {
  const points: Metric = { ...ACCURACY, unit: 'points', factor: 100, digits: 1 };
  expect(judge([0.4, 0.41, 0.4], {}, points, [0.5, 0.5, 0.52])).toMatch(
    /^nca lowers accuracy by 10\.3 points against scratch \(95 % interval 6\.5 to 14\.1, 3 seeds/,
  );
});

it('a treatment and its control alone are held against each other', () => {
  const contrast = (nca: Values, control: Values, metric = LOSS) => {
    const [one, other] = [
      ['nca', nca],
      ['shuffled', control],
    ].map(([name, values]) => ({
      name: name as string,
      results: (values as Values).map((value, seed) => ({ seed, value })),
    }));
    const [found] = compareArms([[one!, other!]]);
    return writeContrast(metric, found!, [one!, other!].map(estimateArm));
  };
  expect(contrast(NCA, SCRATCH)).toBe(
    'nca does better than its control shuffled in held-out loss (difference −0.12 nats per token, 95 % interval −0.15 to −0.08, 5 seeds, p < .001).',
  );
  expect(contrast(SCRATCH, NCA)).toContain('nca does worse than its control shuffled');
  expect(contrast(SCRATCH, NCA, ACCURACY)).toContain('nca does better than its control shuffled');
  expect(contrast([3.2, 3.22], [3.21, 3.2])).toContain('nca is not told apart from its control');
  expect(contrast([3.2], [3.2])).toMatch(/^nca and shuffled have 1 seed with a value of both/);
  expect(contrast([1, 2, 'diverged'], [2, 3, 4])).toMatch(/1 of 3 runs of nca diverged \(seed 2\)/);
});

it('names what diverged', () => {
  const verdict = judge([3.1, 'diverged', 3.22, 3.18, 3.01], {
    shuffled: ['diverged', 'diverged', 3.3, 3.32, 3.12],
  });
  expect(verdict).toContain('4 seeds');
  expect(verdict).toMatch(
    /\. 1 of 5 runs of nca diverged \(seed 1\) and is left out\. 2 of 5 runs of shuffled diverged \(seeds 0 and 1\) and are left out\.$/,
  );
  expect(judge(['diverged', 'diverged'], {})).toBe(
    'nca diverged in every run, so that nca and scratch cannot be compared. ' +
      '2 of 2 runs of nca diverged (seeds 0 and 1) and are left out.',
  );
});
