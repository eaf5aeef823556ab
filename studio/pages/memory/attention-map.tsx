// Where a layer of a cell looks: a table of weights, darker for more.

import { formatNumber } from '../../../src/chart/format.ts';

export function AttentionMap({
  layer,
  weights,
}: {
  readonly layer: number;
  /** Rows read, columns are read; the token comes last. */
  readonly weights: readonly (readonly number[])[];
}) {
  const names = weights.map((_, i) => (i === weights.length - 1 ? 't' : `m${i}`));
  return (
    <table class="attention">
      <caption>Layer {layer}</caption>
      <thead>
        <tr>
          <td />
          {names.map((name) => (
            <th key={name} scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {weights.map((row, i) => (
          <tr key={names[i]!}>
            <th scope="row">{names[i]}</th>
            {row.map((weight, j) => (
              <td
                key={names[j]!}
                title={`${names[i]} looks at ${names[j]}: ${formatNumber(weight)}`}
                style={{ '--weight': `${Math.round(65 * weight)}%` }}
              >
                {weight.toFixed(2)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
