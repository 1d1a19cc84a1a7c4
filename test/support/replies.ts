/** Replies as both transports give them; JSON has base64 text where protobuf has bytes. */
export interface WireTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly values?: readonly number[];
  readonly raw?: string | Uint8Array;
}
export interface Report {
  readonly name: string;
  readonly norm: number;
  readonly scale: number;
  readonly clippedNorm: number;
  readonly clipped: boolean;
  readonly nonFinite: number;
  readonly threshold?: number;
}
export interface Skip {
  readonly skipped: boolean;
  readonly consecutive: number;
  readonly total: number;
  readonly lastFinite: boolean;
}
export interface Estimate {
  readonly floatingPointOperations: number;
  readonly bytes: number;
}
export interface ClipReply {
  readonly gradients: readonly WireTensor[];
  readonly reports: readonly Report[];
  readonly clippingState?: string | Uint8Array;
  readonly skip?: Skip;
  readonly estimate?: Estimate;
}
export interface NormReply {
  readonly norm: number;
  /** To be passed on as it is. */
  readonly partial: object;
}
export interface NormCourse {
  readonly norms: readonly number[];
  readonly log10: readonly number[];
  readonly peak: number;
  readonly peakStep: number;
}
export interface FlowReply {
  readonly verdict: string;
  readonly reasons: readonly string[];
  readonly remedies: readonly { readonly remedy: string; readonly why: string }[];
  readonly spectrum?: {
    readonly spectralRadius: number;
    readonly greatestSingularValue: number;
    readonly eigenvalues: readonly { readonly real: number; readonly imaginary: number }[];
  };
  readonly powers?: NormCourse;
  readonly conditions?: {
    readonly slopeBound: number;
    readonly vanishingSufficient: boolean;
    readonly explodingNecessary: boolean;
  };
  readonly gates?: readonly {
    readonly gate: string;
    readonly spectrum: { readonly spectralRadius: number };
  }[];
  readonly jacobians?: NormCourse;
  readonly slopes?: Readonly<Record<'least' | 'mean' | 'greatest', readonly number[]>>;
  readonly gradient?: {
    readonly value: number;
    readonly norms: readonly { readonly name: string; readonly norm: number; readonly bound?: number }[];
    readonly stateNorms: readonly number[];
    readonly lagNorms: readonly number[];
  };
  readonly overflowStep?: number;
  readonly estimate?: Estimate;
}
export interface StepReply {
  readonly parameters: readonly WireTensor[];
  readonly evaluationParameters?: readonly WireTensor[];
  readonly state: string | Uint8Array;
  readonly clippingState?: string | Uint8Array;
  readonly reports: readonly Report[];
  readonly skip?: Skip;
  readonly metrics: {
    readonly gradientNorm: number;
    readonly scale: number;
    readonly updateNorm: number;
    readonly parameterNorm: number;
    readonly learningRate: number;
    readonly step: number;
  };
}
export interface EvaluateReply {
  readonly value: number;
  readonly gradients: readonly WireTensor[];
  readonly gradientNorm: number;
  /** gRPC wraps each product in a message. */
  readonly hessianVectorProducts: readonly (
    | readonly WireTensor[]
    | { readonly tensors: readonly WireTensor[] }
  )[];
  readonly hessian: WireTensor;
  readonly parameters?: readonly WireTensor[];
  /** Of data with held-out rows. */
  readonly evaluation?: readonly { readonly name: string; readonly value: number }[];
}
export interface Column {
  readonly name: string;
  readonly values?: readonly number[];
  readonly raw?: string | Uint8Array;
}
export interface Metrics {
  readonly firstIteration: number;
  readonly stride: number;
  readonly columns: readonly Column[];
  readonly dropped?: number;
}
export interface Bound {
  readonly conditionsHeld: boolean;
  readonly unmet: readonly string[];
  readonly held?: boolean;
  readonly l0: number;
  readonly l1: number;
  readonly form: string;
  readonly origin: string;
  readonly minimum: number;
  readonly theta: number;
  readonly kappa: number;
  readonly spent: number;
  readonly budget: number;
  readonly meanGradientNorm: number;
  readonly sharp: number;
  readonly loose: number;
}
export interface Auto {
  readonly method: string;
  readonly why: string;
  readonly learningRate?: number;
  readonly l0?: number;
  readonly l1?: number;
}
export interface Result {
  readonly bound?: Bound;
  readonly auto?: Auto;
  readonly reason: string;
  readonly detail: string;
  readonly iterations: number;
  readonly parameters: readonly WireTensor[];
  readonly bestParameters: readonly WireTensor[];
  readonly evaluationParameters?: readonly WireTensor[];
  readonly value: number;
  readonly bestValue: number;
  readonly gradientNorm: number;
  readonly evaluations: number;
  readonly summary: {
    readonly meanGradientNorm: number;
    readonly clippedFraction: number;
    readonly skippedSteps: number;
    readonly digest: string;
    readonly numericsFingerprint: string;
  };
}
export interface RunEvent {
  readonly accepted?: { readonly estimate: Estimate; readonly numericsFingerprint: string };
  readonly metrics?: Metrics;
  readonly heartbeat?: { readonly iteration: number };
  readonly result?: Result;
}

export interface SmoothnessPair {
  readonly l0: number;
  readonly l1: number;
  readonly lower?: number;
  readonly at?: number;
  readonly radius?: number;
}
export interface SmoothnessReply {
  readonly certificate: {
    readonly basis: string;
    readonly frontier: readonly SmoothnessPair[];
    readonly best: SmoothnessPair;
    readonly bestSum: number;
    readonly interval: { readonly l: number; readonly lower: number; readonly at: number };
  };
  readonly witness: {
    readonly why: string;
    readonly points: readonly {
      readonly t: number;
      readonly value: number;
      readonly gradientNorm: number;
      readonly hessianNorm: number;
    }[];
    readonly lossBound?: { readonly h0: number; readonly h1: number };
  };
  readonly empirical: {
    readonly label: string;
    readonly detail: string;
    readonly visited: readonly {
      readonly gradientNorm: number;
      readonly hessianNorm: number;
      readonly eigenvalue: number;
      readonly residual: number;
      readonly secants: readonly number[];
      readonly secant: number;
    }[];
    readonly fits: readonly {
      readonly of: string;
      readonly points: number;
      readonly regression?: { readonly l0: number; readonly l1: number; readonly pearson?: number };
      readonly envelope: { readonly l0: number; readonly l1: number; readonly threshold: number };
      readonly logs?: { readonly slope: number; readonly pearson?: number; readonly spearman?: number };
    }[];
  };
}
