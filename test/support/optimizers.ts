import { optimizers } from '../../src/core/optimizers/index.js';
import type { Spec } from '../../src/core/plugin.js';

/** What the optimizer of a choice takes beside the gradient. */
export const needsOf = (choice: object) => optimizers.build(optimizers.spec.parse(choice) as Spec).needs;
