import { numbersText } from './number-text.js';

/**
 * JSON text of a reply. Unlike JSON.stringify it writes NaN and the infinities as the strings of ProtoJSON,
 * keeps -0, and takes typed arrays: numbers from Float64Array and Float32Array, base64 from Uint8Array.
 */
export function toJson(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') return numberText(value);
  if (value === undefined) return 'null';
  if (typeof value !== 'object' || value === null) return String(value);
  if (value instanceof Float64Array || value instanceof Float32Array) return numbersText(value);
  if (value instanceof Uint8Array) return `"${base64(value)}"`;
  return Array.isArray(value) ? arrayText(value) : objectText(value as Record<string, unknown>);
}

function numberText(v: number): string {
  if (v - v !== 0) return `"${v}"`;
  return v === 0 && 1 / v < 0 ? '-0' : String(v);
}

function arrayText(value: readonly unknown[]): string {
  let text = '';
  for (let i = 0; i < value.length; i++) text += `${i === 0 ? '' : ','}${toJson(value[i])}`;
  return `[${text}]`;
}

function objectText(value: Readonly<Record<string, unknown>>): string {
  let text = '';
  for (const key in value) {
    const child = value[key];
    if (child !== undefined) text += `${text === '' ? '' : ','}${keyText(key)}${toJson(child)}`;
  }
  return `{${text}}`;
}

const keyTexts = new Map<string, string>();
/** The replies have some hundred; what callers name could be endless. */
const MOST_KEYS = 1000;

function keyText(key: string): string {
  const known = keyTexts.get(key);
  if (known !== undefined) return known;
  const text = `${JSON.stringify(key)}:`;
  if (keyTexts.size < MOST_KEYS) keyTexts.set(key, text);
  return text;
}

const base64 = ({ buffer, byteOffset, byteLength }: Uint8Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString('base64');
