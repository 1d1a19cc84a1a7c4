/** JSON text of a request: NaN and the infinities as the strings of ProtoJSON, -0 as -0, bytes as base64. */
export function jsonText(value: unknown): string {
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return `"${value}"`;
    return Object.is(value, -0) ? '-0' : String(value);
  }
  if (value instanceof Uint8Array) return `"${Buffer.from(value).toString('base64')}"`;
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).filter(([, child]) => child !== undefined);
    return `{${fields.map(([key, child]) => `${JSON.stringify(key)}:${jsonText(child)}`).join(',')}}`;
  }
  return JSON.stringify(value ?? null);
}

const NAMES: Readonly<Record<string, number>> = { NaN: Number.NaN, Infinity, '-Infinity': -Infinity };

/** Parses JSON in which "NaN", "Infinity" and "-Infinity" are numbers. */
export const parseJson = <T>(text: string): T =>
  JSON.parse(text, (_key, value: unknown) =>
    typeof value === 'string' && Object.hasOwn(NAMES, value) ? NAMES[value] : value,
  ) as T;
