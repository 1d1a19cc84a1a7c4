type Request = Readonly<Record<string, unknown>>;

/**
 * What a rule needs in a request beside a gradient, made from a request without it; null where the rule has no place.
 */
const NEEDS: Readonly<Record<string, (request: Request) => Request | null>> = {
  adaptive: (request) =>
    'parameters' in request || !('gradients' in request)
      ? request
      : { ...request, parameters: request['gradients'] },
  // One example each; a run has no gradient of each example.
  perExample: (request) =>
    'gradients' in request
      ? { ...request, gradients: (request['gradients'] as unknown[]).map((gradient) => [gradient]) }
      : null,
};

/** The request, as the rule of this kind needs it; null where the rule has no place. */
export const suitedTo = (kind: string, request: object): object | null =>
  (NEEDS[kind] ?? ((given: Request) => given))(request as Request);
