import { createRequire } from 'node:module';
import type { Accelerator, Product } from '../core/kernels/accelerator.js';

type Koffi = typeof import('koffi');
type Library = ReturnType<Koffi['load']>;
type Function = ReturnType<Library['func']>;

/** How builds of OpenBLAS spell its functions, and the C type of their integers: as in C, ILP64, that of SciPy. */
const SPELLINGS = [
  { before: '', after: '', integer: 'int' },
  { before: '', after: '64_', integer: 'int64_t' },
  { before: 'scipy_', after: '64_', integer: 'int64_t' },
] as const;
type Spelling = (typeof SPELLINGS)[number];

/** Constants of CBLAS. */
const ROW_MAJOR = 101;
const AS_IT_IS = 111;
const TRANSPOSED = 112;

/** The OpenBLAS at `path`, on one thread; an Error that says why it is none. */
export function openOpenBlas(path: string): Accelerator {
  const koffi = attempt(
    'the optional package koffi, which calls the library, cannot be loaded',
    () => createRequire(import.meta.url)('koffi') as Koffi,
  );
  const library = attempt('the library cannot be loaded', () => koffi.load(path));
  const spelling = SPELLINGS.find(({ before, after }) => has(library, `${before}cblas_sgemm${after}`));
  if (spelling === undefined) throw new Error('the library has no function cblas_sgemm');
  return attempt('the library is no OpenBLAS', () => bind(koffi, library, spelling));
}

function attempt<T>(failure: string, make: () => T): T {
  try {
    return make();
  } catch (cause) {
    throw new Error(`${failure}: ${(cause as Error).message}`, { cause });
  }
}

function has(library: Library, name: string): boolean {
  try {
    library.symbol(name);
    return true;
  } catch {
    return false;
  }
}

function bind(koffi: Koffi, library: Library, { before, after, integer }: Spelling): Accelerator {
  const find = (name: string, result: string, types: string[]): Function =>
    library.func(before + name + after, result, types);
  /** Matrices are numbers here: an address needs no view of the memory, which would cost more than the call. */
  const gemm = (name: string, scalar: string): Function => {
    const [flags, sizes] = [Array(3).fill('int'), Array(3).fill(integer)];
    const matrix = ['uintptr_t', integer];
    return find(name, 'void', [...flags, ...sizes, scalar, ...matrix, ...matrix, scalar, ...matrix]);
  };
  const single = gemm('cblas_sgemm', 'float');
  const double = gemm('cblas_dgemm', 'double');
  const version = /OpenBLAS (\S+)/.exec(find('openblas_get_config', 'str', [])() as string)?.[1] ?? 'unknown';
  const core = find('openblas_get_corename', 'str', [])() as string;
  // A run is one thread; with more, the order of sums would follow their number.
  find('openblas_set_num_threads', 'void', ['int'])(1);
  return {
    name: `OpenBLAS-${version}-${core}`,
    productIn(memory): Product {
      const base = Number(koffi.address(new Uint8Array(memory)));
      // WebAssembly hands addresses over as signed words.
      return (c, ldc, a, transposedA, b, transposedB, m, n, k, accumulate, bits) =>
        (bits === 32 ? single : double)(
          ROW_MAJOR,
          transposedA ? TRANSPOSED : AS_IT_IS,
          transposedB ? TRANSPOSED : AS_IT_IS,
          m,
          n,
          k,
          1,
          base + (a >>> 0),
          transposedA ? m : k,
          base + (b >>> 0),
          transposedB ? k : n,
          accumulate,
          base + (c >>> 0),
          ldc,
        );
    },
  };
}
