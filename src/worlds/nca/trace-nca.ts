// The NCA world as part of a program: rules, simulations and tokens from a key.

import { arrayOf, STREAM_FACTOR, UserError } from '../../core/index.ts';
import { full } from '../../tensor/functions/constants.ts';
import { scan } from '../../tensor/functions/scan.ts';
import { constant, type Tensor } from '../../tensor/graph.ts';
import { add } from '../../tensor/operations/add.ts';
import { cast } from '../../tensor/operations/cast.ts';
import { concat } from '../../tensor/operations/concat.ts';
import { cumulativeSum } from '../../tensor/operations/cumulative-sum.ts';
import { gatherRows } from '../../tensor/operations/gather-rows.ts';
import { greaterEqual } from '../../tensor/operations/greater-equal.ts';
import { mul } from '../../tensor/operations/mul.ts';
import { randomUniform } from '../../tensor/operations/random-uniform.ts';
import { reshape } from '../../tensor/operations/reshape.ts';
import { slice } from '../../tensor/operations/slice.ts';
import { sum } from '../../tensor/operations/sum.ts';
import { transpose } from '../../tensor/operations/transpose.ts';
import type { TracedWorld } from '../traced-world.ts';
import {
  initialTable,
  type NcaScales,
  noiseTable,
  packRules,
  scalesOf,
  weightTable,
} from './device-tables.ts';
import { createNcaKernel } from './kernel.ts';
import { type NcaOptions, ncaLayout } from './options.ts';
import { channelsOf, type NcaNetworkOptions, sampleNcaRule } from './rule.ts';
import { drawFrom, type TracedRules, traceNcaStep } from './trace-step.ts';

type Tensors = Readonly<Record<string, Tensor>>;

/** Streams of a sequence's key. Step t of all simulations draws its noise from stream `noise + t`. */
const STREAMS = { rule: 0, hidden: 1, logits: 2, initialLogits: 3, initialCells: 4, noise: 8 };

/** A pool's members are drawn by 24 random bits: with more of them some would come visibly more often. */
const LARGEST_POOL = 2 ** 20;

/**
 * The NCA world's sequences as part of a program. Rules, states and noise are distributed as those of `createNcaWorld`, but their
 * random numbers are the engine's (`hashUniform`), so that sequences are others. Noise and the weights of fresh rules are
 * drawn from tables of 2^16 quantiles. All arithmetic is in whole numbers that float32 and float64 hold exactly: the same
 * bits on every backend, whatever the order of sums.
 *
 * A device cannot measure a gzip size. So either all simulations are kept (`band` none, or a default band that stands for
 * it), or the rules are a pool that has passed the filter on the host (`rules` a number, `filter: 'rule'`): the same rules
 * as the host's world has, to 20 fraction bits.
 *
 * @throws UserError for wrong options, or a filter that a device cannot compute
 */
export function traceNca(given: Partial<NcaOptions>): TracedWorld {
  const kernel = createNcaKernel(given);
  const { options, bounds } = kernel;
  requireTraceable(options, bounds !== null);
  const scales = scalesOf(options);
  const { temperature, rules, features, hidden } = options;
  return {
    tables: () => ({
      initial: initialTable(),
      ...(temperature > 0 ? { noise: noiseTable(temperature, scales) } : {}),
      ...(rules === 'fresh'
        ? {
            convolution: weightTable(9 * channelsOf(options), scales.features),
            hidden: weightTable(features, scales.features),
            logits: weightTable(hidden, scales.hidden),
          }
        : {
            pool: packRules(options, scales, rules, (member) =>
              sampleNcaRule(networkOf(options), kernel.poolRuleKey(member)),
            ),
          }),
    }),
    draw(tables, key, count) {
      const drawn =
        rules === 'fresh'
          ? drawFreshRules(options, tables, key, count)
          : drawFromPool(options, tables.pool!, key, count);
      const first = drawInitialCells(options, tables.initial!, key, count);
      return tokensOf(options, rollOut(options, scales, first, drawn, tables.noise, key));
    },
  };
}

/** @throws UserError for a filter that a device cannot compute, or a pool that it cannot draw from */
function requireTraceable({ rules, filter }: NcaOptions, filters: boolean): void {
  if (filters && (rules === 'fresh' || filter !== 'rule')) {
    throw new UserError('nca: a device cannot judge simulations by their gzip ratio', {
      hint:
        "let the host choose a pool of rules, once: rules: 16000, filter: 'rule'; " +
        "or keep all simulations: band: { kind: 'none' }",
    });
  }
  if (rules === 'fresh' || rules <= LARGEST_POOL) return;
  throw new UserError(`nca: a pool of ${rules} rules is too large for a device`, {
    hint: `use at most ${LARGEST_POOL}`,
  });
}

function networkOf({ colors, features, hidden, channelPadding }: NcaOptions): NcaNetworkOptions {
  return { colors, features, hidden, channelPadding };
}

function drawFromPool(options: NcaOptions, pool: Tensor, key: Tensor, count: number): TracedRules {
  const [members, size] = pool.shape as [number, number];
  const u = cast(randomUniform(key, STREAMS.rule, [count]), 'float64');
  const rows = gatherRows(pool, cast(mul(u, members), 'int32'));
  const { colors, features, hidden } = options;
  const [first, second] = [colors * 9 * features, size - hidden * colors];
  return {
    table: reshape(slice(rows, 1, 0, first), [count * colors, 9 * features]),
    hidden: cast(reshape(slice(rows, 1, first, second), [count, features, hidden]), 'float64'),
    logits: cast(reshape(slice(rows, 1, second, size), [count, hidden, colors]), 'float64'),
  };
}

function drawFreshRules(
  options: NcaOptions,
  tables: Tensors,
  key: Tensor,
  count: number,
): TracedRules {
  const { colors, features, hidden, channelPadding } = options;
  const channels = channelsOf(options);
  const draw = (name: 'convolution' | 'hidden' | 'logits', stream: number, shape: number[]) =>
    drawFrom(tables[name]!, key, stream, [count, ...shape]);
  const kernel = draw('convolution', STREAMS.rule, [9, channels, features]);
  return {
    table: reshape(transpose(tableOf(kernel, colors, channelPadding), [0, 2, 1, 3]), [
      count * colors,
      9 * features,
    ]),
    hidden: cast(draw('hidden', STREAMS.hidden, [features, hidden]), 'float64'),
    logits: cast(draw('logits', STREAMS.logits, [hidden, colors]), 'float64'),
  };
}

/**
 * What a neighbor in a state adds to the features, `[count, 9, colors, features]`, from kernels
 * `[count, 9, channels, features]`: see `packNcaRule`.
 */
function tableOf(
  kernel: Tensor,
  colors: number,
  channelPadding: NcaOptions['channelPadding'],
): Tensor {
  if (channelPadding === 'spatial') return kernel;
  const channel = (index: number, end = index + 1) => slice(kernel, 2, index, end);
  const first = add(channel(1), channel(colors + 1));
  const last = add(channel(colors), channel(0));
  return concat([first, ...(colors > 2 ? [channel(2, colors)] : []), last], 2);
}

/** Initial states `[count, cells]`: see `sampleInitialState`. */
function drawInitialCells(
  { colors, grid }: NcaOptions,
  table: Tensor,
  key: Tensor,
  count: number,
): Tensor {
  const weights = cast(drawFrom(table, key, STREAMS.initialLogits, [count, colors]), 'float64');
  const cumulative = cumulativeSum(weights, 1);
  const total = slice(cumulative, 1, colors - 1, colors);
  const u = cast(randomUniform(key, STREAMS.initialCells, [count, grid * grid]), 'float64');
  const thresholds = reshape(mul(u, total), [count, grid * grid, 1]);
  const edges = reshape(slice(cumulative, 1, 0, colors - 1), [count, 1, colors - 1]);
  return sum(cast(greaterEqual(thresholds, edges), 'int32'), { axes: [2] });
}

/** The frames of a simulation, `[frames, count, cells]`. */
function rollOut(
  options: NcaOptions,
  scales: NcaScales,
  first: Tensor,
  rules: TracedRules,
  noise: Tensor | undefined,
  key: Tensor,
): Tensor {
  const { burnIn, dt } = options;
  const later = ncaLayout(options).frames - 1;
  const total = burnIn + later * dt;
  const consts = { ...rules, ...(noise ? { noise } : {}) };
  type Consts = TracedRules & { readonly noise?: Tensor };
  const step = (cells: Tensor, x: Tensor, { noise: drawn, ...own }: Consts) =>
    traceNcaStep(options, scales, cells, own, drawn, x);
  /** The state after as many steps as there are keys. */
  const advance = (cells: Tensor, keys: Tensor, own: Consts): Tensor => {
    const steps = keys.shape[0]!;
    if (steps === 0) return cells;
    if (steps === 1) return step(cells, reshape(keys, [2]), own);
    return scan((now, x, fixed) => ({ carry: step(now, x, fixed), y: {} }), {
      init: cells,
      xs: keys,
      consts: own,
    }).carry;
  };
  const keys = noiseKeys(key, total);
  const begin = advance(first, slice(keys, 0, 0, burnIn), consts);
  const { ys } = scan(
    (now, x, fixed) => {
      const next = advance(now, x, fixed);
      return { carry: next, y: next };
    },
    { init: begin, xs: reshape(slice(keys, 0, burnIn, total), [later, dt, 2]), consts },
  );
  return concat([reshape(begin, [1, ...begin.shape]), ys], 0);
}

/** Keys `[steps, 2]` whose first stream is stream `noise + t` of `key`. */
function noiseKeys(key: Tensor, steps: number): Tensor {
  const salts = Array.from({ length: steps }, (_, t) => [
    0,
    Math.imul(STREAMS.noise + t, STREAM_FACTOR),
  ]);
  return add(reshape(key, [1, 2]), constant(key.graph, arrayOf('int32', [steps, 2], salts.flat())));
}

/** Tokens `[count, sequenceLength]` of frames `[frames, count, cells]`: see `encodeNca`. */
function tokensOf(options: NcaOptions, states: Tensor): Tensor {
  const { colors, grid, patch, sequenceLength } = options;
  const { patches, startToken, endToken, frameLength } = ncaLayout(options);
  const [frames, count] = states.shape as [number, number];
  const across = grid / patch;
  const tiled = reshape(states, [frames, count, across, patch, across, patch]);
  const cells = reshape(transpose(tiled, [1, 0, 2, 4, 3, 5]), [
    count,
    frames,
    patches,
    patch * patch,
  ]);
  const powers = Array.from({ length: patch * patch }, (_, k) => colors ** k);
  const factors = constant(states.graph, arrayOf('int32', [patch * patch], powers));
  const ids = sum(mul(cells, factors), { axes: [3] });
  const delimiter = (token: number) => full(states.graph, [count, frames, 1], token, 'int32');
  const framed = concat([delimiter(startToken), ids, delimiter(endToken)], 2);
  return slice(reshape(framed, [count, frames * frameLength]), 1, 0, sequenceLength);
}
