// Draws a short training on MNIST, over REST as lines of JSON, as docs/images/mnist.svg.
// From the repository, with the service up: node dist/examples/typescript/plot-mnist.js > docs/images/mnist.svg
import { draw } from '../../experiments/figure.js';

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

const lines = (names: Readonly<Record<string, string>>) =>
  Object.entries(names).map(([column, name]) => ({ name, points: series[column] ?? [] }));
const iteration = { name: 'iteration' };
process.stdout.write(
  draw(
    {
      title: 'Softmax regression on MNIST',
      panels: [
        {
          title: 'norm of the gradient',
          x: iteration,
          y: { name: '‖g‖', min: 0 },
          series: lines({
            gradientNorm: 'before clipping',
            clippedNorm: `after clipping to ${THRESHOLD}`,
          }),
        },
        {
          title: 'accuracy on the 10 000 held-out images',
          x: iteration,
          y: { name: 'accuracy', min: 0, max: 1 },
          series: lines({ validationAccuracy: 'accuracy' }),
        },
      ],
    },
    'node dist/examples/typescript/plot-mnist.js',
  ),
);
