// A rule in int16: the tables of float32, scaled so that no sum of a step can overflow, and rounded.

import {
  byTriples,
  colors,
  featureGroup,
  featureLanes,
  hidden,
  hiddenGroup,
  hiddenPairs,
  hiddenRows,
  identityBias,
  logitPairs,
  logitsKernel,
  table,
  table16,
  temperature,
  triples,
} from './layout.ts';
import { gumbelMax, gumbelMin } from './noise.ts';

/** What an integer logit is in float32, and how far two of them may lie apart for noise to matter. */
export let logitUnit: f32 = 0;
export let noiseReach: i32 = 0;
/** The identity bias as an integer logit. */
export let integerBias: i32 = 0;

/** The largest sum of logits and bias, so that the difference of two stays below 2^31. */
const LOGIT_LIMIT: f32 = f32(1052266987);

/**
 * Quantizes the rule whose tables are in memory. Three scales are chosen from bounds that no simulation exceeds: of
 * features (int16), of hidden features (the upper half of int32) and of logits (int32).
 */
export function quantizeRule(): void {
  boundFeatures();
  let largestFeature: f32 = 0;
  for (let i = 0; i < featureLanes; i++) {
    largestFeature = max<f32>(largestFeature, load<f32>(featureGroup + (i << 2)));
  }
  // Rounding adds half a unit a neighbor.
  const featureScale = f32(32760) / nonZero(largestFeature);
  roundTable(featureScale);
  if (byTriples) addTriples();

  const largestHidden = boundHidden();
  const largestWeight = largestOf(hiddenRows, hidden * featureLanes);
  // A hundredth is left to the rounding of weights.
  const hiddenScale = min<f32>(
    f32(32767) / nonZero(largestWeight),
    f32(2126000000) / nonZero(largestHidden) / featureScale,
  );
  roundHidden(hiddenScale);

  const unit: f32 = (featureScale * hiddenScale) / f32(65536);
  const largestLogit = boundLogits() * unit + abs<f32>(identityBias) * unit;
  const logitScale = min<f32>(
    f32(32767) / nonZero(largestOf(logitsKernel, hidden * colors)),
    LOGIT_LIMIT / nonZero(largestLogit),
  );
  roundLogits(logitScale);

  const scale = unit * logitScale;
  logitUnit = f32(1) / scale;
  integerBias = i32(nearest<f32>(identityBias * scale));
  // Comparing integers whose low bits name the state, a difference is off by less than 256.
  const reach: f32 = temperature * (gumbelMax() - gumbelMin()) * scale;
  noiseReach = temperature === 0 ? 0 : reach < f32(2147483000) ? i32(reach) + 256 : 2147483647;
}

/** A rule of zeros has no scale: any will do. */
function nonZero(value: f32): f32 {
  return value > f32(1e-20) ? value : f32(1e-20);
}

function largestOf(from: usize, count: i32): f32 {
  let largest: f32 = 0;
  for (let i = 0; i < count; i++) {
    largest = max<f32>(largest, abs<f32>(load<f32>(from + (i << 2))));
  }
  return largest;
}

/** For each feature, in `featureGroup`: the sum over the neighbors of the largest entry of their tables. */
function boundFeatures(): void {
  const rowBytes = featureLanes << 2;
  for (let i = 0; i < rowBytes; i += 16) {
    let row = table + i;
    let bound = f32x4.splat(0);
    for (let position = 0; position < 9; position++) {
      let largest = f32x4.splat(0);
      for (let state = 0; state < colors; state++, row += rowBytes) {
        largest = f32x4.pmax(largest, f32x4.abs(v128.load(row)));
      }
      bound = f32x4.add(bound, largest);
    }
    v128.store(featureGroup + i, bound);
  }
}

/** For each hidden feature, in `hiddenGroup`: its largest size; and the largest of all. */
function boundHidden(): f32 {
  let largest: f32 = 0;
  let row = hiddenRows;
  for (let j = 0; j < hidden; j++) {
    let bound: f32 = 0;
    for (let i = 0; i < featureLanes; i++, row += 4) {
      bound += load<f32>(featureGroup + (i << 2)) * abs<f32>(load<f32>(row));
    }
    store<f32>(hiddenGroup + (j << 2), bound);
    largest = max<f32>(largest, bound);
  }
  return largest;
}

function boundLogits(): f32 {
  let largest: f32 = 0;
  for (let k = 0; k < colors; k++) {
    let bound: f32 = 0;
    for (let j = 0; j < hidden; j++) {
      const weight = load<f32>(logitsKernel + ((j * colors + k) << 2));
      bound += load<f32>(hiddenGroup + (j << 2)) * abs<f32>(weight);
    }
    largest = max<f32>(largest, bound);
  }
  return largest;
}

/** Rounds the table of the convolution, eight entries at a time: up to four more than there are. */
function roundTable(scale: f32): void {
  const by = f32x4.splat(scale);
  const count = 9 * colors * featureLanes;
  for (let i = 0; i < count; i += 8) {
    const from = table + (i << 2);
    const low = f32x4.nearest(f32x4.mul(v128.load(from), by));
    const high = f32x4.nearest(f32x4.mul(v128.load(from, 16), by));
    const rounded = i16x8.narrow_i32x4_s(
      i32x4.trunc_sat_f32x4_s(low),
      i32x4.trunc_sat_f32x4_s(high),
    );
    v128.store(table16 + (i << 1), rounded);
  }
}

/** For every row of the neighborhood, the sums of its three table rows for all triples of states. */
function addTriples(): void {
  let to = triples;
  const position = colors << 3;
  for (let row = 0; row < 3; row++) {
    const left = table16 + row * 3 * position;
    for (let a = 0; a < position; a += 8) {
      const first = v128.load64_splat(left + a);
      for (let b = 0; b < position; b += 8) {
        const sum = i16x8.add(first, v128.load64_splat(left + position + b));
        let right = left + 2 * position;
        const end = to + position;
        // Two entries at a time: an odd one out writes eight bytes too many, which the next row overwrites.
        for (let at = to; at < end; at += 16, right += 16) {
          v128.store(at, i16x8.add(sum, v128.load(right)));
        }
        to = end;
      }
    }
  }
}

function round16(value: f32): i16 {
  return i16(i32(nearest<f32>(value)));
}

function roundHidden(scale: f32): void {
  for (let i = 0; i < hidden * featureLanes; i++) {
    store<i16>(hiddenPairs + (i << 1), round16(load<f32>(hiddenRows + (i << 2)) * scale));
  }
}

/** Pairs of the weights of two hidden features; the last one of an odd number is paired with zeros. */
function roundLogits(scale: f32): void {
  for (let j = 0; j < hidden; j++) {
    const to = logitPairs + (((j >> 1) * colors) << 2) + ((j & 1) << 1);
    for (let k = 0; k < colors; k++) {
      const weight = load<f32>(logitsKernel + ((j * colors + k) << 2));
      store<i16>(to + (k << 2), round16(weight * scale));
    }
  }
}
