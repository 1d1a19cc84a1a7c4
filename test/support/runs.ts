/** A clipped descent on x⁴, as a client asks for it. */
export const shortRun = (more: object = {}): object => ({
  objective: { quartic: { dimension: 1 } },
  start: [{ shape: [1], values: [10] }],
  clipping: { globalNorm: { threshold: 1 } },
  optimizer: { sgd: { learningRate: 0.05 } },
  budget: { maxIterations: 1000 },
  ...more,
});

/** A descent that needs hours and moves a little at every iteration. */
export const endlessRun = (more: object = {}): object =>
  shortRun({ optimizer: { sgd: { learningRate: 1e-9 } }, budget: { maxIterations: 4_000_000_000 }, ...more });

const rows = 50_000;

/** A request whose thread is busy for a second or more, and whose reply is small. */
export const slowEvaluation = (): object => ({
  objective: {
    linearRegression: {
      data: {
        inline: {
          features: { shape: [rows, 8], values: new Array(rows * 8).fill(1) },
          targets: { shape: [rows], values: new Array(rows).fill(0) },
        },
      },
      intercept: false,
    },
  },
  directions: new Array(1024).fill([{ shape: [8], values: [1, 0, 0, 0, 0, 0, 0, 0] }]),
});
