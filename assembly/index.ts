// The module's exports. Every kernel exists once per element type; the digit suffix is the element width in
// bits.
export { accelerated } from './accelerator';
export * from './batch-norm';
export * from './convolution';
export * from './cross-entropy';
export * from './elementary';
export * from './elementwise';
export * from './expression';
export * from './layout';
export * from './math';
export * from './matmul-dot';
export * from './matmul-outer';
export * from './number-text';
export * from './pooling';
export * from './recurrent/gru';
export * from './recurrent/lstm';
export * from './recurrent/simple';
export * from './reduce';
export * from './scatter';
export * from './softmax';
export * from './steps';
export * from './steps-adaptive';
export * from './winograd/winograd';
