import { registry } from '../plugin.js';
import { acprop } from './acprop.js';
import { adaBelief } from './ada-belief.js';
import { adadelta } from './adadelta.js';
import { adafactor } from './adafactor.js';
import { adagrad } from './adagrad.js';
import { adam } from './adam.js';
import { adamW } from './adam-w.js';
import { adamax } from './adamax.js';
import { adan } from './adan.js';
import { adaptiveStep } from './adaptive-step.js';
import { ademamix, simplifiedAdemamix } from './ademamix.js';
import { adopt } from './adopt.js';
import { asgd } from './asgd.js';
import { auto } from './auto.js';
import { backtracking } from './backtracking.js';
import { dAdaptAdamW } from './d-adapt-adam-w.js';
import { dog, dowg } from './dog.js';
import { fromage } from './fromage.js';
import { ftrl } from './ftrl.js';
import { lamb } from './lamb.js';
import { lars } from './lars.js';
import { lbfgs } from './lbfgs.js';
import { lion } from './lion.js';
import { madgrad } from './madgrad.js';
import { mixedClip } from './mixed-clip.js';
import { momentumClip } from './momentum-clip.js';
import { muon } from './muon.js';
import { nAdam } from './n-adam.js';
import { noisySgd } from './noisy-sgd.js';
import { normalizedSgd } from './normalized-sgd.js';
import { novograd } from './novograd.js';
import { optimisticAdam, optimisticGradientDescent } from './optimistic.js';
import type { Optimizer } from './optimizer.js';
import { polyak } from './polyak.js';
import { prodigy } from './prodigy.js';
import { rAdam } from './r-adam.js';
import { rmsprop } from './rmsprop.js';
import { rprop } from './rprop.js';
import { scheduleFreeAdamW, scheduleFreeSgd } from './schedule-free.js';
import { sgd } from './sgd.js';
import { signSgd } from './sign-sgd.js';
import { signum } from './signum.js';
import { sm3 } from './sm3.js';
import { yogi } from './yogi.js';

export const optimizers = registry<Optimizer>('optimizer', [
  sgd,
  adam,
  momentumClip,
  mixedClip,
  normalizedSgd,
  adaptiveStep,
  polyak,
  backtracking,
  adamW,
  nAdam,
  rAdam,
  adamax,
  rmsprop,
  adagrad,
  adadelta,
  adafactor,
  asgd,
  rprop,
  lbfgs,
  lion,
  adan,
  lars,
  lamb,
  adaBelief,
  yogi,
  fromage,
  novograd,
  sm3,
  signSgd,
  signum,
  optimisticAdam,
  optimisticGradientDescent,
  ademamix,
  simplifiedAdemamix,
  adopt,
  madgrad,
  prodigy,
  dAdaptAdamW,
  dog,
  dowg,
  muon,
  scheduleFreeSgd,
  scheduleFreeAdamW,
  acprop,
  noisySgd,
  ftrl,
  auto,
]);
