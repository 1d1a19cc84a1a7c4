// Draws a short training on MNIST, over REST as lines of JSON, as docs/images/mnist.svg.
// From the repository, with the service up: node dist/examples/typescript/plot-mnist.js > docs/images/mnist.svg
interface Metrics {
  readonly firstIteration: number;
  readonly stride: number;
  readonly columns: readonly { readonly name: string; readonly values: readonly (number | 'NaN')[] }[];
}
type Point = readonly [iteration: number, value: number];

const ITERATIONS = 400;
const THRESHOLD = 0.3;
const url = process.env['GRADCLIP_URL'] ?? 'http://127.0.0.1:8080';
const response = await fetch(`${url}/v1/full-run`, {
  method: 'POST',
  headers: { 'content-type': 'application/json', accept: 'application/x-ndjson' },
  body: JSON.stringify({
    objective: {
      softmaxRegression: { data: { dataset: { name: 'mnist' } }, batchSize: 256, dtype: 'float32' },
    },
    clipping: { globalNorm: { threshold: THRESHOLD } },
    optimizer: { sgd: { learningRate: 0.2, momentum: 0.9 } },
    budget: { maxIterations: ITERATIONS },
    metrics: { fields: ['evaluation'], evaluateEvery: 4 },
    seed: 1,
  }),
});
if (!response.ok || response.body === null) throw new Error(await response.text());

/** The lines of a body, as they come. */
async function* linesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() as string;
    yield* lines;
  }
}

const series: Record<string, Point[]> = {};
for await (const line of linesOf(response.body)) {
  const { metrics } = JSON.parse(line) as { metrics?: Metrics };
  // The last row made no update, so it has nothing clipped to show.
  for (const { name, values } of metrics?.columns ?? [])
    for (const [row, value] of values.entries())
      if (metrics !== undefined && value !== 'NaN' && metrics.firstIteration + row < ITERATIONS) {
        series[name] ??= [];
        series[name].push([metrics.firstIteration + row * metrics.stride, value]);
      }
}

const WIDTH = 640;
const HEIGHT = 150;
const x = (iteration: number): number => 40 + (iteration / ITERATIONS) * WIDTH;

/** One panel, `top` pixels down, with lines of values between 0 and `max`. */
function panel(
  top: number,
  max: number,
  ticks: readonly string[],
  lines: readonly [string, string][],
): string {
  const y = (value: number): number => top + HEIGHT * (1 - value / max);
  const grid = ticks.map((tick) => {
    const at = y(Number.parseFloat(tick) / (tick.endsWith('%') ? 100 : 1)).toFixed(1);
    return `<path d="M40 ${at}h${WIDTH}" stroke="#ddd"/><text x="36" y="${at}" dy="4" text-anchor="end">${tick}</text>`;
  });
  const curves = lines.map(([name, colour]) => {
    const points = (series[name] ?? []).map(([k, value]) => `${x(k).toFixed(1)},${y(value).toFixed(1)}`);
    return `<polyline points="${points.join(' ')}" fill="none" stroke="${colour}" stroke-width="1.2"/>`;
  });
  return [...grid, ...curves].join('\n');
}

console.log(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 700 400" font-family="sans-serif" font-size="12" fill="#333">
<rect width="700" height="400" fill="#fff"/>
<text x="40" y="16">norm of the gradient, <tspan fill="#c60">before</tspan> and <tspan fill="#06c">after</tspan> clipping to ${THRESHOLD}</text>
${panel(
  26,
  1.3,
  ['0', '0.3', '0.6', '0.9', '1.2'],
  [
    ['gradientNorm', '#c60'],
    ['clippedNorm', '#06c'],
  ],
)}
<text x="40" y="206">accuracy on the 10 000 held-out images</text>
${panel(216, 1, ['0%', '25%', '50%', '75%', '100%'], [['validationAccuracy', '#090']])}
${[0, 100, 200, 300, 400].map((k) => `<text x="${x(k)}" y="382" text-anchor="middle">${k}</text>`).join('')}
<text x="${x(ITERATIONS / 2)}" y="397" text-anchor="middle">iteration</text>
</svg>`);
