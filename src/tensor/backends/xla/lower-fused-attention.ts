// Attention as one kernel of cuDNN (flash attention, Dao et al. 2022), which never holds a matrix of scores.

import type { ArraySpec } from '../../../core/index.ts';
import type { Node } from '../../graph.ts';
import type { AttentionAttributes } from '../../operations/attention-parts.ts';
import type { Lowering } from './lowering.ts';
import type { Value } from './stablehlo.ts';
import * as hlo from './stablehlo.ts';

const LARGEST_HEAD = 128;

/** Whether cuDNN computes this attention, or derivative of one: in bfloat16, without bias and dropout. */
export function isFusable({ operation, inputs, attributes }: Node): boolean {
  if (operation.name !== 'attention' && operation.name !== 'attentionGradient') return false;
  const { biased, dropout, precision } = attributes as AttentionAttributes;
  const { dtype, shape } = inputs[0] as ArraySpec;
  const size = shape.at(-1)!;
  const hasKernel = size % 8 === 0 && size <= LARGEST_HEAD;
  return (
    dtype === 'float32' && precision === 'bfloat16' && !biased && dropout === null && hasKernel
  );
}

/** Of a fusable node. */
export const lowerFusedAttention: Lowering = (writer, node, inputs) => {
  const [q, k, v] = inputs.map((x) => hlo.convert(writer, x, 'bf16')) as [Value, Value, Value];
  const [batch, heads, queries, size] = q.shape as [number, number, number, number];
  const [output, total] = hlo.customCall(
    writer,
    '__cudnn$fmhaSoftmax',
    [q, k, v],
    [q, { element: 'f32', shape: [batch, heads, queries] }, WORKSPACE],
    configOf(node, {
      bmm1_dot_dimension_numbers: contraction(3, 3),
      bmm2_dot_dimension_numbers: contraction(3, 2),
    }),
  ) as [Value, Value, Value];
  const mixed = hlo.transpose(writer, output, [0, 2, 1, 3]);
  const joined = hlo.reshape(writer, mixed, [batch, queries, heads * size]);
  return [hlo.convert(writer, joined, 'f32'), total];
};

/** Of a fusable node. */
export const lowerFusedAttentionGradient: Lowering = (writer, node, inputs) => {
  const [q, k, v, output, total, g] = inputs as [Value, Value, Value, Value, Value, Value];
  const [batch, heads, queries, size] = q.shape as [number, number, number, number];
  const narrow = (x: Value) => hlo.convert(writer, x, 'bf16');
  const byHead = (x: Value) =>
    hlo.transpose(
      writer,
      hlo.reshape(writer, narrow(x), [batch, queries, heads, size]),
      [0, 2, 1, 3],
    );
  const operands = [narrow(q), narrow(k), narrow(v), total, byHead(g), byHead(output)];
  const results = hlo.customCall(
    writer,
    '__cudnn$fmhaSoftmaxBackward',
    operands,
    [...operands.slice(0, 3), WORKSPACE],
    configOf(node, {
      bmm1_grad_gemm1_dot_dimension_numbers: contraction(2, 2),
      bmm1_grad_gemm2_dot_dimension_numbers: contraction(3, 2),
      bmm2_grad_gemm1_dot_dimension_numbers: contraction(2, 2),
      bmm2_grad_gemm2_dot_dimension_numbers: contraction(3, 3),
      // A run resumes to the same bits.
      force_deterministic: true,
    }),
  );
  return results.slice(0, 3).map((x) => hlo.convert(writer, x, 'f32'));
};

/** XLA finds out how much scratch memory the kernel needs. */
const WORKSPACE = { element: 'ui8', shape: [0] } as const;

/** A product over one axis of each factor, for every sequence and head. */
function contraction(left: number, right: number): object {
  return {
    lhs_contracting_dimensions: [`${left}`],
    rhs_contracting_dimensions: [`${right}`],
    lhs_batch_dimensions: ['0', '1'],
    rhs_batch_dimensions: ['0', '1'],
  };
}

/** XLA's `GpuBackendConfig` (xla/service/gpu/backend_configs.proto) in JSON, in which 64-bit integers are strings. */
function configOf({ inputs, attributes }: Node, products: object): object {
  const { causal, scale } = attributes as AttentionAttributes;
  const [q, k] = inputs as readonly ArraySpec[] as [ArraySpec, ArraySpec];
  const scores = [...q.shape.slice(0, 3), k.shape[2]!];
  return {
    operation_queue_id: '0',
    cudnn_fmha_backend_config: {
      algorithm: {
        algo_id: '0',
        math_type: 'TENSOR_OP_MATH',
        tuning_knobs: { 17: '1', 24: '0' },
        is_cudnn_frontend: true,
        workspace_size: '0',
      },
      fmha_scale: scale,
      intermediate_tensor_shape: {
        element_type: 'BF16',
        dimensions: scores.map(String),
        layout: { minor_to_major: ['3', '2', '1', '0'] },
        is_dynamic_dimension: [false, false, false, false],
      },
      is_flash_attention: true,
      mask_type: causal ? 'CAUSAL' : 'NO_MASK',
      ...products,
    },
  };
}
