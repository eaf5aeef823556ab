// A Llama decoder, its gradients and AdamW once more, in plain float64 loops without the engine.

import type { LlamaConfig } from '../../src/nn/index.ts';

/** Parameters (or gradients) by their Hugging Face names. */
export type PlainParams = Readonly<
  Record<string, { shape: readonly number[]; data: Float64Array }>
>;

type Gradients = Readonly<Record<string, Float64Array>>;

/** y[r, o] = Σ x[r, i] w[o, i] + b[o] */
function linear(
  x: Float64Array,
  w: Float64Array,
  inSize: number,
  outSize: number,
  b?: Float64Array,
): Float64Array {
  const rows = x.length / inSize;
  const y = new Float64Array(rows * outSize);
  for (let r = 0; r < rows; r++) {
    for (let o = 0; o < outSize; o++) {
      let sum = b?.[o] ?? 0;
      for (let i = 0; i < inSize; i++) sum += x[r * inSize + i]! * w[o * inSize + i]!;
      y[r * outSize + o] = sum;
    }
  }
  return y;
}

/** Adds to `dw` and `db`, and gives dx. */
function linearBackward(
  dy: Float64Array,
  x: Float64Array,
  w: Float64Array,
  dw: Float64Array,
  inSize: number,
  db?: Float64Array,
): Float64Array {
  const rows = x.length / inSize;
  const outSize = dy.length / rows;
  const dx = new Float64Array(x.length);
  for (let r = 0; r < rows; r++) {
    for (let o = 0; o < outSize; o++) {
      const g = dy[r * outSize + o]!;
      if (db) db[o]! += g;
      for (let i = 0; i < inSize; i++) {
        dx[r * inSize + i]! += g * w[o * inSize + i]!;
        dw[o * inSize + i]! += g * x[r * inSize + i]!;
      }
    }
  }
  return dx;
}

function norm(x: Float64Array, w: Float64Array, epsilon: number): Float64Array {
  const d = w.length;
  return x.map((v, k) => {
    const row = Math.floor(k / d) * d;
    let sum = 0;
    for (let i = 0; i < d; i++) sum += x[row + i]! ** 2;
    return (v / Math.sqrt(sum / d + epsilon)) * w[k - row]!;
  });
}

function normBackward(
  dy: Float64Array,
  x: Float64Array,
  w: Float64Array,
  dw: Float64Array,
  epsilon: number,
): Float64Array {
  const d = w.length;
  const dx = new Float64Array(x.length);
  for (let row = 0; row < x.length; row += d) {
    let squares = 0;
    let dot = 0;
    for (let i = 0; i < d; i++) {
      squares += x[row + i]! ** 2;
      dot += dy[row + i]! * w[i]! * x[row + i]!;
    }
    const s = 1 / Math.sqrt(squares / d + epsilon);
    for (let i = 0; i < d; i++) {
      dx[row + i] = dy[row + i]! * w[i]! * s - (x[row + i]! * s ** 3 * dot) / d;
      dw[i]! += dy[row + i]! * x[row + i]! * s;
    }
  }
  return dx;
}

/** Radians per position of each pair: base^(−i / half), or slowed as the scaling says. */
function frequencies({ headDim, ropeBase, ropeScaling }: LlamaConfig): number[] {
  const half = headDim / 2;
  return Array.from({ length: half }, (_, i) => {
    const frequency = ropeBase ** (-i / half);
    if (ropeScaling?.kind === 'linear') return frequency / ropeScaling.factor;
    if (ropeScaling?.kind !== 'llama3') return frequency;
    const { factor, lowFreqFactor, highFreqFactor, originalContextLength } = ropeScaling;
    const wavelength = (2 * Math.PI) / frequency;
    if (wavelength > originalContextLength / lowFreqFactor) return frequency / factor;
    if (wavelength < originalContextLength / highFreqFactor) return frequency;
    const smooth =
      (originalContextLength / wavelength - lowFreqFactor) / (highFreqFactor - lowFreqFactor);
    return ((1 - smooth) * frequency) / factor + smooth * frequency;
  });
}

/** Turns pairs (i, i + half) of every head by time · frequency, backwards for direction −1. */
function turn(
  x: Float64Array,
  time: number,
  heads: number,
  speeds: readonly number[],
  direction: number,
): Float64Array {
  const y = new Float64Array(x.length);
  const half = speeds.length;
  const size = 2 * half;
  for (let start = 0, n = 0; start < x.length; start += size, n++) {
    const position = Math.floor(n / heads) % time;
    for (let i = 0; i < half; i++) {
      const angle = direction * position * speeds[i]!;
      const [u, v] = [x[start + i]!, x[start + i + half]!];
      y[start + i] = u * Math.cos(angle) - v * Math.sin(angle);
      y[start + i + half] = u * Math.sin(angle) + v * Math.cos(angle);
    }
  }
  return y;
}

/** Causal attention over `[batch · time, heads · size]`; gives the output and its derivative. */
function attend(
  q: Float64Array,
  k: Float64Array,
  v: Float64Array,
  { heads, kvHeads, headDim: size }: LlamaConfig,
  time: number,
) {
  const groups = heads / kvHeads;
  const scale = 1 / Math.sqrt(size);
  const output = new Float64Array(q.length);
  const weights: { row: number; head: number; p: number[] }[] = [];
  const at = (row: number, head: number) => (row * heads + head) * size;
  const kvAt = (row: number, head: number) => (row * kvHeads + Math.floor(head / groups)) * size;
  for (let row = 0; row < q.length / (heads * size); row++) {
    const first = row - (row % time);
    for (let head = 0; head < heads; head++) {
      const e: number[] = [];
      for (let j = first; j <= row; j++) {
        let dot = 0;
        for (let c = 0; c < size; c++) dot += q[at(row, head) + c]! * k[kvAt(j, head) + c]!;
        e.push(Math.exp(dot * scale));
      }
      const total = e.reduce((a, b) => a + b);
      const p = e.map((x) => x / total);
      weights.push({ row, head, p });
      p.forEach((w, j) => {
        for (let c = 0; c < size; c++) {
          output[at(row, head) + c]! += w * v[kvAt(first + j, head) + c]!;
        }
      });
    }
  }
  const backward = (g: Float64Array) => {
    const [dq, dk, dv] = [q, k, v].map((x) => new Float64Array(x.length)) as [
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    for (const { row, head, p } of weights) {
      const first = row - (row % time);
      const dp = p.map((w, j) => {
        let dot = 0;
        for (let c = 0; c < size; c++) {
          dot += g[at(row, head) + c]! * v[kvAt(first + j, head) + c]!;
          dv[kvAt(first + j, head) + c]! += w * g[at(row, head) + c]!;
        }
        return dot;
      });
      const inner = dp.reduce((sum, x, j) => sum + x * p[j]!, 0);
      p.forEach((w, j) => {
        const ds = w * (dp[j]! - inner) * scale;
        for (let c = 0; c < size; c++) {
          dq[at(row, head) + c]! += ds * k[kvAt(first + j, head) + c]!;
          dk[kvAt(first + j, head) + c]! += ds * q[at(row, head) + c]!;
        }
      });
    }
    return [dq, dk, dv] as const;
  };
  return { output, backward };
}

const plus = (a: Float64Array, b: Float64Array) => a.map((v, i) => v + b[i]!);
const logistic = (v: number) => 1 / (1 + Math.exp(-v));

/** Mean cross-entropy in nats of `targets` given `tokens` (both `[batch · time]`), and its gradients. */
export function plainLlama(
  params: PlainParams,
  config: LlamaConfig,
  tokens: ArrayLike<number>,
  targets: ArrayLike<number>,
  time: number,
): { loss: number; gradients: Gradients } {
  const {
    hiddenSize: d,
    intermediateSize: f,
    heads,
    kvHeads,
    headDim: size,
    rmsNormEpsilon,
  } = config;
  const speeds = frequencies(config);
  const w = (name: string) => params[name]!.data;
  const grads = Object.fromEntries(
    Object.entries(params).map(([name, { data }]) => [name, new Float64Array(data.length)]),
  );
  const dw = (name: string) => grads[name]!;
  const project = (x: Float64Array, name: string, inSize: number, outSize: number) =>
    linear(x, w(name), inSize, outSize, params[name.replace(/weight$/, 'bias')]?.data);
  const projectBackward = (dy: Float64Array, x: Float64Array, name: string, inSize: number) =>
    linearBackward(dy, x, w(name), dw(name), inSize, grads[name.replace(/weight$/, 'bias')]);
  const embedding = 'model.embed_tokens.weight';
  const readout = config.tieEmbeddings ? embedding : 'lm_head.weight';

  let x = new Float64Array(tokens.length * d);
  for (let r = 0; r < tokens.length; r++) {
    x.set(w(embedding).subarray(tokens[r]! * d, (tokens[r]! + 1) * d), r * d);
  }
  const undo: ((g: Float64Array) => Float64Array)[] = [];
  for (let depth = 0; depth < config.layers; depth++) {
    const name = (part: string) => `model.layers.${depth}.${part}.weight`;
    const normed = (input: Float64Array, part: string) =>
      norm(input, w(name(part)), rmsNormEpsilon);
    const [qName, kName, vName, oName] = ['q', 'k', 'v', 'o'].map((c) =>
      name(`self_attn.${c}_proj`),
    ) as [string, string, string, string];
    const [gateName, upName, downName] = ['gate', 'up', 'down'].map((c) =>
      name(`mlp.${c}_proj`),
    ) as [string, string, string];
    const before = x;
    const a = normed(before, 'input_layernorm');
    const q = turn(project(a, qName, d, heads * size), time, heads, speeds, 1);
    const k = turn(project(a, kName, d, kvHeads * size), time, kvHeads, speeds, 1);
    const v = project(a, vName, d, kvHeads * size);
    const { output, backward } = attend(q, k, v, config, time);
    const middle = plus(before, project(output, oName, heads * size, d));
    const b = normed(middle, 'post_attention_layernorm');
    const gate = project(b, gateName, d, f);
    const up = project(b, upName, d, f);
    const gated = gate.map((u, i) => u * logistic(u) * up[i]!);
    x = plus(middle, project(gated, downName, f, d));
    undo.push((g) => {
      const dGated = projectBackward(g, gated, downName, f);
      const dUp = dGated.map((v, i) => v * gate[i]! * logistic(gate[i]!));
      const dGate = dGated.map((v, i) => {
        const s = logistic(gate[i]!);
        return v * up[i]! * s * (1 + gate[i]! * (1 - s));
      });
      const db = plus(projectBackward(dGate, b, gateName, d), projectBackward(dUp, b, upName, d));
      const post = name('post_attention_layernorm');
      const dMiddle = plus(g, normBackward(db, middle, w(post), dw(post), rmsNormEpsilon));
      const [dq, dk, dv] = backward(projectBackward(dMiddle, output, oName, heads * size));
      const unturnedQ = turn(dq, time, heads, speeds, -1);
      const unturnedK = turn(dk, time, kvHeads, speeds, -1);
      const da = [
        projectBackward(unturnedQ, a, qName, d),
        projectBackward(unturnedK, a, kName, d),
        projectBackward(dv, a, vName, d),
      ].reduce(plus);
      const pre = name('input_layernorm');
      return plus(dMiddle, normBackward(da, before, w(pre), dw(pre), rmsNormEpsilon));
    });
  }
  const last = norm(x, w('model.norm.weight'), rmsNormEpsilon);
  const logits = linear(last, w(readout), d, config.vocabSize);
  let loss = 0;
  const dLogits = new Float64Array(logits.length);
  for (let r = 0; r < targets.length; r++) {
    const start = r * config.vocabSize;
    const e = logits.slice(start, start + config.vocabSize).map(Math.exp);
    const total = e.reduce((s, v) => s + v, 0);
    loss -= Math.log(e[targets[r]!]! / total) / targets.length;
    e.forEach((v, c) => {
      dLogits[start + c] = (v / total - (c === targets[r] ? 1 : 0)) / targets.length;
    });
  }
  let g = linearBackward(dLogits, last, w(readout), dw(readout), d);
  g = normBackward(g, x, w('model.norm.weight'), dw('model.norm.weight'), rmsNormEpsilon);
  for (const step of undo.reverse()) g = step(g);
  for (let r = 0; r < tokens.length; r++) {
    for (let i = 0; i < d; i++) dw(embedding)[tokens[r]! * d + i]! += g[r * d + i]!;
  }
  return { loss, gradients: grads };
}

export type PlainOptimizer = {
  readonly betas: readonly [number, number];
  readonly epsilon: number;
  readonly weightDecay: number;
  readonly clipNorm: number;
};

/** AdamW with clipping on `params` in place; give the same `moments` (at first empty) to every step. */
export function plainAdamw(
  params: PlainParams,
  gradients: Gradients,
  moments: Record<string, { m: Float64Array; v: Float64Array }>,
  { betas: [beta1, beta2], epsilon, weightDecay, clipNorm }: PlainOptimizer,
  step: number,
  learningRate: number,
): number {
  let squares = 0;
  for (const g of Object.values(gradients)) for (const v of g) squares += v * v;
  const gradientNorm = Math.sqrt(squares);
  const factor = Math.min(1, clipNorm / (gradientNorm + 1e-6));
  for (const [name, { shape, data }] of Object.entries(params)) {
    moments[name] ??= { m: new Float64Array(data.length), v: new Float64Array(data.length) };
    const { m, v } = moments[name]!;
    for (let i = 0; i < data.length; i++) {
      const g = gradients[name]![i]! * factor;
      m[i] = beta1 * m[i]! + (1 - beta1) * g;
      v[i] = beta2 * v[i]! + (1 - beta2) * g * g;
      const mHat = m[i]! / (1 - beta1 ** (step + 1));
      const vHat = v[i]! / (1 - beta2 ** (step + 1));
      const decay = shape.length > 1 ? weightDecay * data[i]! : 0;
      data[i]! -= learningRate * (mHat / (Math.sqrt(vHat) + epsilon) + decay);
    }
  }
  return gradientNorm;
}
