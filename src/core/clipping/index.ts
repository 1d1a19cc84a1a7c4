import { registry } from '../plugin.js';
import { adaGc } from './ada-gc.js';
import { adaptive } from './adaptive.js';
import { blockRms } from './block-rms.js';
import { chain } from './chain.js';
import { globalNorm } from './global-norm.js';
import { groups } from './groups.js';
import { keras } from './keras.js';
import { lecture } from './lecture.js';
import { RULE_SCHEMA, recursive } from './nested.js';
import { none } from './none.js';
import { normalize } from './normalize.js';
import { optax } from './optax.js';
import { perExample } from './per-example.js';
import { perTensorNorm } from './per-tensor-norm.js';
import { percentile } from './percentile.js';
import { project } from './project.js';
import { quantile } from './quantile.js';
import type { Rule } from './rule.js';
import { smooth } from './smooth.js';
import { spike } from './spike.js';
import { torch } from './torch.js';
import { value } from './value.js';
import { zScore } from './z-score.js';

export const clipping = recursive((inner) =>
  registry<Rule>({ name: 'clipping rule', id: RULE_SCHEMA }, [
    none,
    globalNorm,
    perTensorNorm,
    value,
    smooth,
    normalize,
    blockRms,
    adaptive,
    perExample,
    lecture,
    torch,
    optax,
    keras,
    percentile,
    zScore,
    quantile,
    spike,
    adaGc,
    project,
    chain(inner),
    groups(inner),
  ]),
);
