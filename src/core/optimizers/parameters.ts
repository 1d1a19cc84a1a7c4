import { z } from 'zod';
import { real } from '../schema.js';
import type { Transform } from '../transform.js';
import { beta } from './optimizer.js';
import { addWeightDecay } from './transforms.js';

/** Parameters that many optimizers of Optax have. */
export const betas = (first: number, second: number) => z.tuple([beta, beta]).default([first, second]);
export const eps = (value: number) => real({ min: 0 }).default(value);
export const flag = (value: boolean) => z.boolean().default(value);

/** g ← g + λ x where λ is not 0: decoupled weight decay after the scaling, L2 regularisation before it. */
export const decay = (lambda: number): Transform[] => (lambda === 0 ? [] : [addWeightDecay(lambda)]);
