// A curve in miniature, without axes.

const WIDTH = 96;
const HEIGHT = 22;

export function Spark({ values, label }: { values: readonly number[]; label: string }) {
  if (values.length < 2) return null;
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const span = high - low || 1;
  const points = values
    .map((value, i) => {
      const x = 1 + (i / (values.length - 1)) * (WIDTH - 2);
      const y = 1 + ((high - value) / span) * (HEIGHT - 2);
      return `${x.toFixed(1)},${y.toFixed(1)}`;
    })
    .join(' ');
  return (
    <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label}>
      <polyline points={points} />
    </svg>
  );
}
