import type { Vector } from '../core/kernels/vector.js';

/**
 * JSON text of a reply. Unlike JSON.stringify it writes NaN and the infinities as the strings of ProtoJSON,
 * keeps -0, and takes typed arrays: numbers from Float64Array and Float32Array, base64 from Uint8Array.
 */
export function toJson(value: unknown): string {
  switch (typeof value) {
    case 'number':
      return numberText(value);
    case 'string':
      return JSON.stringify(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      return value === null ? 'null' : objectText(value);
    default:
      return 'null';
  }
}

const numberText = (v: number): string =>
  !Number.isFinite(v) ? `"${v}"` : v === 0 && Object.is(v, -0) ? '-0' : String(v);

function objectText(value: object): string {
  if (value instanceof Float64Array || value instanceof Float32Array) return numbersText(value);
  if (value instanceof Uint8Array)
    return `"${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')}"`;
  if (Array.isArray(value)) {
    let text = '[';
    for (let i = 0; i < value.length; i++) text += i === 0 ? toJson(value[i]) : `,${toJson(value[i])}`;
    return `${text}]`;
  }
  let text = '{';
  for (const key of Object.keys(value)) {
    const child = (value as Record<string, unknown>)[key];
    if (child === undefined) continue;
    text +=
      text.length === 1
        ? `${JSON.stringify(key)}:${toJson(child)}`
        : `,${JSON.stringify(key)}:${toJson(child)}`;
  }
  return `${text}}`;
}

/** The native serializer where it says the same: no NaN, no infinity, no -0. */
function numbersText(x: Vector): string {
  let plain = true;
  for (let i = 0; i < x.length; i++) {
    const v = x[i] as number;
    if (!Number.isFinite(v) || (v === 0 && 1 / v < 0)) {
      plain = false;
      break;
    }
  }
  if (plain) return JSON.stringify(Array.from(x));
  let text = '[';
  for (let i = 0; i < x.length; i++)
    text += i === 0 ? numberText(x[i] as number) : `,${numberText(x[i] as number)}`;
  return `${text}]`;
}
