import { accelerator, type Product } from './accelerator.js';
import { heapBase, wasmBase64 } from './wasm-module.js';

/** The part of the WebAssembly API used here; the language's own type library does not declare it. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { readonly exports: unknown };
  Memory: new (pages: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer };
};

type Unary = (x: number) => number;
/** Addresses of C, A and B, then m, n, k, accumulate and the address of the scratch. */
type Matmul = (c: number, a: number, b: number, ...shape: number[]) => void;

interface MathExports {
  exp: Unary;
  expm1: Unary;
  log: Unary;
  log1p: Unary;
  tanh: Unary;
  sinh: Unary;
  cosh: Unary;
  sin: Unary;
  cos: Unary;
  sigmoid: Unary;
  softplus: Unary;
  pow: (x: number, y: number) => number;
}

/** Kernels that exist for both element types; the module's names end in 32 or 64. */
export interface Kernels {
  matmulNT: Matmul;
  matmulTN: Matmul;
  matmulNN: Matmul;
  addRowBias: (x: number, bias: number, m: number, n: number) => void;
  columnSums: (out: number, x: number, m: number, n: number) => void;
  /** The last two are the address of the scratch and the doubles it holds. */
  softmaxCrossEntropy: (z: number, labels: number, m: number, n: number, ...rest: number[]) => number;
  /** The last is the address of the lanes of the sum, or 0. */
  sigmoidCrossEntropy: (z: number, y: number, m: number, factor: number, lanes: number) => number;
  sumOfSquares: (x: number, n: number) => number;
  scale: (x: number, a: number, n: number) => void;
  axpy: (y: number, a: number, x: number, n: number) => void;
  countCorrect: (z: number, labels: number, m: number, n: number) => number;
}

type Suffixed<K, S extends string> = { [P in keyof K & string as `${P}${S}`]: K[P] };

export interface Exports extends MathExports, Suffixed<Kernels, '32'>, Suffixed<Kernels, '64'> {
  /** Whether large products are made by the import `product`. */
  accelerated: { value: number };
  gatherRows: (target: number, source: number, index: number, count: number, bytes: number) => void;
  indicesWithin: (index: number, count: number, bound: number) => number;
  /** Addresses of the text, the doubles and the table of powers; returns the end of the text. */
  numberTexts: (out: number, x: number, count: number, powers: number) => number;
  /** Address and number of instructions, then the first byte of the block in the columns and its rows. */
  expressionRun: (code: number, count: number, offset: number, rows: number) => void;
  /** Address and number of instructions, then rows and rows per block. */
  expressionPass: (code: number, count: number, rows: number, block: number) => void;
}

const PAGE = 65536;
/** The most bytes of a memory. */
export const MAX_BYTES = 65536 * PAGE;

/** The compiled module. */
export const moduleBytes: Uint8Array = Uint8Array.from(atob(wasmBase64), (c) => c.charCodeAt(0));
const compiled = new WebAssembly.Module(moduleBytes);

const nothing: Product = () => {};

/** The module with a memory of its own, and the accelerator that is installed, if any. */
export function instantiate(bytes: number): { buffer: ArrayBuffer; exports: Exports } {
  const pages = Math.ceil(bytes / PAGE);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const product = accelerator()?.productIn(memory.buffer);
  const instance = new WebAssembly.Instance(compiled, { env: { memory, product: product ?? nothing } });
  const exports = instance.exports as Exports;
  exports.accelerated.value = Number(product !== undefined);
  return { buffer: memory.buffer, exports };
}

const base: MathExports = instantiate(heapBase).exports;

/** Portable elementary functions: the same bits on every engine. */
export const math: Readonly<MathExports> = {
  exp: base.exp,
  expm1: base.expm1,
  log: base.log,
  log1p: base.log1p,
  tanh: base.tanh,
  sinh: base.sinh,
  cosh: base.cosh,
  sin: base.sin,
  cos: base.cos,
  /** 1 / (1 + e^-x) */
  sigmoid: base.sigmoid,
  /** log(1 + e^x) */
  softplus: base.softplus,
  pow: base.pow,
};

/** Those of one element type. */
export function kernelsOf(e: Exports, bits: 32 | 64): Kernels {
  const pick = <K extends keyof Kernels>(name: K): Kernels[K] => e[`${name}${bits}`] as Kernels[K];
  return {
    matmulNT: pick('matmulNT'),
    matmulTN: pick('matmulTN'),
    matmulNN: pick('matmulNN'),
    addRowBias: pick('addRowBias'),
    columnSums: pick('columnSums'),
    softmaxCrossEntropy: pick('softmaxCrossEntropy'),
    sigmoidCrossEntropy: pick('sigmoidCrossEntropy'),
    sumOfSquares: pick('sumOfSquares'),
    scale: pick('scale'),
    axpy: pick('axpy'),
    countCorrect: pick('countCorrect'),
  };
}
