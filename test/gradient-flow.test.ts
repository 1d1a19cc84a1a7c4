import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { overBoth } from './support/both.js';
import { assertClose } from './support/golden.js';
import type { FlowReply } from './support/replies.js';

const EXACT = { rtol: 1e-12 };
const [c, s] = [Math.cos(1), Math.sin(1)];

overBoth('the flow of gradients', (transport) => {
  const analyze = (n: number, matrix: readonly number[], more: object = {}): Promise<FlowReply> =>
    transport().gradientFlow({
      parameters: [{ name: 'W_h', ...transport().tensor({ shape: [n, n], data: matrix }) }],
      ...more,
    });
  /** A network of one unit: its three weights and a sequence. */
  const unit = (
    weights: readonly number[],
    inputs: readonly number[],
    more: object = {},
  ): Promise<FlowReply> => {
    const { tensor } = transport();
    const targets = inputs.map(() => 0);
    return transport().gradientFlow({
      parameters: ['W_x', 'W_h', 'W_o'].map((name, i) => ({
        name,
        ...tensor({ shape: [1, 1], data: [weights[i] as number] }),
      })),
      inputs: tensor({ shape: [inputs.length, 1], data: inputs }),
      targets: tensor({ shape: [inputs.length, 1], data: targets }),
      ...more,
    });
  };
  const remediesOf = ({ remedies }: FlowReply): string[] => remedies.map(({ remedy }) => remedy);

  describe('by W_h alone', () => {
    test('spectral radius 0.9, but not normal: it grows to 38.7 at k = 9 before it vanishes', async () => {
      const reply = await analyze(2, [0.9, 10, 0, 0.9], { steps: 300 });
      const { verdict, spectrum, powers, conditions, reasons } = reply;
      assert.equal(verdict, 'TRANSIENT_GROWTH');
      assert.equal(spectrum?.spectralRadius, 0.9);
      assertClose([spectrum?.greatestSingularValue ?? 0], [10.080354318352214], EXACT, 'σ_max');
      assertClose([powers?.peak ?? 0], [38.745922717546996], EXACT, 'peak');
      assert.equal(powers?.peakStep, 9);
      assert.equal(
        powers?.norms.findIndex((norm) => norm < 1e-6),
        205,
      );
      assert.deepEqual(conditions, { slopeBound: 1, vanishingSufficient: false, explodingNecessary: true });
      assert.match(reasons[0] ?? '', /0\.9 .*10\.0804 .*38\.7459 at k = 9/);
      assert.deepEqual(remediesOf(reply), ['CLIPPING', 'INITIALIZATION', 'RESIDUAL']);
    });

    test('at spectral radius 1 a rotation stays bounded and a Jordan block grows like k', async () => {
      const turn = await analyze(2, [c, -s, s, c]);
      assert.equal(turn.verdict, 'MARGINAL');
      assert.deepEqual(turn.remedies, []);
      const block = await analyze(2, [1, 1, 0, 1]);
      assert.equal(block.verdict, 'POLYNOMIAL_GROWTH');
      assertClose([block.powers?.norms[100] ?? 0], [100.00999900019995], EXACT, '‖W^100‖');
      const cube = await analyze(3, [-1, 1, 0, 0, -1, 1, 0, 0, -1]);
      assert.match(cube.reasons[0] ?? '', /k\^2/);
    });

    test('turned by any angle, and with its axes exchanged, an orthogonal matrix is marginal', async () => {
      for (let i = 1; i <= 40; i++) {
        const [x, y] = [Math.cos(i / 6), Math.sin(i / 6)];
        const { verdict, conditions } = await analyze(3, [0, 0, 1, x, -y, 0, y, x, 0], { steps: 5 });
        assert.equal(verdict, 'MARGINAL', `angle ${i / 6}`);
        assert.deepEqual([conditions?.vanishingSufficient, conditions?.explodingNecessary], [false, false]);
      }
    });

    test('a Jordan block at spectral radius 1 is found behind a change of basis', async () => {
      // [[1, 1], [0, 1]] turned by 1 radian: rounding makes two eigenvalues of it, 1e-8 apart.
      const turned = [1 + c * s, c * c, -s * s, 1 - c * s];
      assert.equal((await analyze(2, turned, { tolerance: 1e-6 })).verdict, 'POLYNOMIAL_GROWTH');
    });

    test('1.1 times a rotation explodes, with complex eigenvalues', async () => {
      const { verdict, spectrum, powers } = await analyze(2, [1.1 * c, -1.1 * s, 1.1 * s, 1.1 * c], {
        steps: 50,
      });
      assert.equal(verdict, 'EXPLODING');
      assertClose([powers?.norms[50] ?? 0], [117.39085287969579], EXACT, '1.1^50');
      const [first] = spectrum?.eigenvalues ?? [];
      assertClose([first?.real ?? 0, first?.imaginary ?? 0], [1.1 * c, 1.1 * s], EXACT, 'eigenvalue');
    });

    test('a greatest singular value below 1/γ = 1 suffices for vanishing, above it is necessary for exploding', async () => {
      for (const cell of ['linear', 'tanh', 'relu']) {
        const reply = await analyze(2, [0.6, 0.5, -0.5, 0.6], { cell });
        assert.equal(reply.verdict, 'VANISHING');
        assert.deepEqual(reply.conditions, {
          slopeBound: 1,
          vanishingSufficient: true,
          explodingNecessary: false,
        });
        assert.ok(!remediesOf(reply).includes('CLIPPING'), 'clipping does nothing for what vanishes');
      }
      const { verdict, conditions } = await analyze(1, [1.01]);
      assert.equal(verdict, 'EXPLODING');
      assert.equal(conditions?.explodingNecessary, true);
    });

    test('the powers of a nilpotent and of a zero matrix vanish', async () => {
      const { powers, spectrum, verdict } = await analyze(2, [0, 5, 0, 0], { steps: 3 });
      assert.deepEqual(
        [powers?.norms, spectrum?.spectralRadius, verdict],
        [[1, 5, 0, 0], 0, 'TRANSIENT_GROWTH'],
      );
      const zero = await analyze(1, [0], { steps: 0 });
      assert.deepEqual([zero.powers?.norms, zero.verdict], [[1], 'VANISHING']);
    });

    test('the gates of a gru alone have a spectrum each and no verdict', async () => {
      const { tensor } = transport();
      const { verdict, gates, powers } = await transport().gradientFlow({
        cell: 'gru',
        parameters: [{ name: 'weight_hh_l0', ...tensor({ shape: [3, 1], data: [0.5, -2, 3] }) }],
      });
      assert.equal(verdict, 'UNDECIDED');
      assert.deepEqual(
        gates?.map(({ gate, spectrum }) => [gate, spectrum.spectralRadius]),
        [
          ['r', 0.5],
          ['z', 2],
          ['n', 3],
        ],
      );
      assert.equal(powers, undefined);
    });
  });

  describe('along a sequence', () => {
    test('a linear network of one unit: gradients, bound and lags', async () => {
      const { tensor } = transport();
      const { gradient, slopes, jacobians } = await unit([0.5, 1.1, 2], [1, -2, 3], {
        initialState: tensor({ shape: [1], data: [0.3] }),
      });
      assertClose([gradient?.value ?? 0], [1.77901832666667], { rtol: 1e-13 }, 'F');
      assertClose(
        gradient?.norms.map(({ norm }) => norm) ?? [],
        [4.97459066666667, 2.4237236, 1.77901832666667, 3.56913773333333],
        { rtol: 1e-13 },
        'norms',
      );
      assert.deepEqual(
        gradient?.norms.map(({ name }) => name),
        ['W_x', 'W_h', 'W_o', 'h0'],
      );
      // h = (0.3, 0.83, -0.087, 1.4043), g = 2 h_t / 3; (1/T) ΣΣ 1.1^{t-i} · 2 · |2 h_t| |x_i|.
      const h = [0.3, 0.83, -0.087, 1.4043];
      const x = [1, 2, 3];
      let bound = 0;
      for (let t = 1; t <= 3; t++)
        for (let i = 1; i <= t; i++)
          bound += (1.1 ** (t - i) * 2 * Math.abs(2 * (h[t] as number)) * (x[i - 1] as number)) / 3;
      assertClose([gradient?.norms[0]?.bound ?? 0], [bound], EXACT, 'bound');
      const signed = [0, 1, 2].map((lag) =>
        [1, 2, 3].reduce(
          (sum, t) =>
            t - lag < 1
              ? sum
              : sum + (1.1 ** lag * 2 * 2 * (h[t] as number) * (h[t - lag - 1] as number)) / 3,
          0,
        ),
      );
      assertClose(gradient?.lagNorms ?? [], signed.map(Math.abs), { rtol: 1e-12 }, 'lags');
      assert.deepEqual(slopes, { least: [1, 1, 1], mean: [1, 1, 1], greatest: [1, 1, 1] });
      assert.equal(jacobians, undefined);
    });

    test('tanh with W_h = 1.3 vanishes where its units saturate, and explodes nowhere', async () => {
      const reply = await unit([0.5, 1.3, 2], new Array(50).fill(1), { cell: 'tanh' });
      assert.equal(reply.verdict, 'VANISHING');
      assert.equal(reply.conditions?.explodingNecessary, true);
      assert.ok((reply.jacobians?.norms[50] ?? 1) < 1e-30);
      assert.ok((reply.slopes?.greatest[49] ?? 1) < 0.13);
      assert.deepEqual(remediesOf(reply), ['INITIALIZATION', 'RESIDUAL', 'NORMALIZATION']);
    });

    test('relu passes everything on where its units are positive: the same W_h explodes', async () => {
      const reply = await unit([0.5, 1.3, 2], new Array(50).fill(1), { cell: 'relu' });
      assert.equal(reply.verdict, 'EXPLODING');
      assertClose([reply.jacobians?.norms[50] ?? 0], [1.3 ** 50], EXACT, 'product of Jacobians');
      assert.ok(remediesOf(reply).includes('CLIPPING'));
    });

    test('states that overflow are an answer: where, and what the powers are', async () => {
      const { verdict, overflowStep, powers, gradient } = await unit([1, 1.3, 1], new Array(4000).fill(1), {
        maxLag: 2,
      });
      assert.deepEqual([verdict, gradient], ['EXPLODING', undefined]);
      assert.ok((overflowStep ?? 0) > 1000 && (overflowStep ?? 0) < 3000);
      assert.equal(powers?.norms[4000], Infinity);
      assertClose([powers?.log10[4000] ?? 0], [4000 * Math.log10(1.3)], EXACT, 'log10');
    });

    test('a sequence of one step has one lag', async () => {
      const { gradient, powers } = await unit([1, 2, 3], [1]);
      assert.deepEqual([gradient?.lagNorms, powers?.norms], [[0], [1, 2]]);
    });

    test('maxLag stops the lags, and nothing else', async () => {
      const all = await unit([0.5, 0.9, 2], [1, -2, 3, 1]);
      const some = await unit([0.5, 0.9, 2], [1, -2, 3, 1], { maxLag: 1 });
      assert.deepEqual(some.gradient?.lagNorms, all.gradient?.lagNorms.slice(0, 2));
      assert.deepEqual({ ...some.gradient, lagNorms: [] }, { ...all.gradient, lagNorms: [] });
    });

    for (const cell of ['linear', 'tanh', 'relu', 'gru', 'lstm'])
      test(`${cell}: the parameters of a recurrent objective fit, and value and gradient are those of Evaluate`, async () => {
        const inputs = [[1], [-2], [3], [0.5]];
        const targets = [[0.5], [-0.5], [1], [0.2]];
        const asTensor = (rows: readonly (readonly number[])[]): object =>
          transport().tensor({ shape: [rows.length, 1], data: rows.flat() });
        const { parameters, value, gradients } = await transport().evaluate({
          objective: {
            recurrent: {
              data: { inline: { inputs: asTensor(inputs), targets: asTensor(targets) } },
              cell,
              hiddenSize: 3,
              learnInitialState: true,
            },
          },
        });
        const flow = await transport().gradientFlow({
          cell,
          parameters,
          inputs: asTensor(inputs),
          targets: asTensor(targets),
        });
        assertClose([flow.gradient?.value ?? 0], [value], EXACT, 'value');
        const norms = new Map(flow.gradient?.norms.map(({ name, norm }) => [name, norm]));
        assert.equal(norms.size, gradients.length);
        for (const gradient of gradients)
          assertClose(
            [norms.get(gradient.name ?? '') ?? 0],
            [Math.hypot(...(gradient.values ?? []))],
            EXACT,
            gradient.name ?? '',
          );
      });
  });
});
