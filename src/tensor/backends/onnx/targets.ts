// The features of onnxruntime's execution providers that lowering depends on.

/** Where a compiled graph runs, and which fused operations may be used there. */
export type Target = {
  readonly name: 'cpu' | 'webgpu' | 'cuda';
  /** onnxruntime's execution providers, in order of preference. */
  readonly executionProviders: readonly string[];
  /** `FusedMatMul` exists (products of transposed operands without a copy). */
  readonly fusedMatmul: boolean;
  /** `SimplifiedLayerNormalization` gives a correct second output. */
  readonly fusedRmsNorm: boolean;
  /** `RotaryEmbedding` exists. */
  readonly fusedRope: boolean;
  /** `QuickGelu` exists. */
  readonly fusedSilu: boolean;
};

export const TARGETS: Readonly<Record<Target['name'], Target>> = {
  cpu: {
    name: 'cpu',
    executionProviders: ['cpu'],
    fusedMatmul: true,
    fusedRmsNorm: true,
    fusedRope: true,
    fusedSilu: true,
  },
  // WebGPU has no FusedMatMul kernel, and its SimplifiedLayerNormalization writes a wrong second output.
  webgpu: {
    name: 'webgpu',
    executionProviders: ['webgpu'],
    fusedMatmul: false,
    fusedRmsNorm: false,
    fusedRope: false,
    fusedSilu: false,
  },
  cuda: {
    name: 'cuda',
    executionProviders: ['cuda'],
    fusedMatmul: true,
    fusedRmsNorm: true,
    fusedRope: false,
    fusedSilu: true,
  },
};
