// The module's exports. Every kernel exists once per element type; the digit suffix is the element width in
// bits.
export * from './elementwise';
export * from './layout';
export * from './math';
export * from './matmul-dot';
export * from './matmul-outer';
export * from './reduce';
export * from './softmax';
export * from './steps';
export * from './steps-adaptive';
