import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { definitionOf, jsonSchema, NUMBER } from '../app/json-schema.js';
import type { Operation } from '../app/operation.js';
import { clipping } from '../core/clipping/index.js';
import { RULE_SCHEMA } from '../core/clipping/nested.js';
import { schedules } from '../core/schedules/index.js';
import { SCHEDULE_SCHEMA } from '../core/schedules/nested.js';
import { tensor } from '../core/tensor.js';
import { httpTable } from './errors.js';

type Json = Record<string, unknown>;

/** OpenAPI 3.1 of the operations table. */
export function openApi(operations: readonly Operation[]): Json {
  const paths: Json = {};
  for (const operation of operations)
    paths[operation.route.path] = { [operation.route.method.toLowerCase()]: describe(operation) };
  return {
    openapi: '3.1.0',
    info: {
      title: 'gradclip',
      version: VERSION,
      summary: 'Clipped gradient descent as a service.',
      description:
        'The JSON of each request is the ProtoJSON of the gRPC message of the same name in package gradclip.v1. Numbers that JSON lacks are the strings "NaN", "Infinity" and "-Infinity".',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    security: [],
    tags: [
      { name: 'operations', description: 'Every operation is also an rpc of gradclip.v1.OptimizerService.' },
    ],
    paths,
    components: { schemas: SCHEMAS, responses: { Problem: PROBLEM } },
  };
}

const { version: VERSION } = JSON.parse(
  readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
) as { version: string };

function describe(operation: Operation): Json {
  const { name, summary, rpc, route, input, output, example } = operation;
  const body = { schema: schemaOf(input, 'input'), example };
  return {
    operationId: rpc,
    summary,
    description: `The rpc ${rpc} over HTTP (${name}).`,
    tags: ['operations'],
    ...(route.method === 'POST' && {
      parameters: [TIMEOUT],
      requestBody: {
        required: true,
        content: {
          'application/json': body,
          'application/protobuf': { schema: BYTES },
          ...(rpc === 'Clip' && { 'application/octet-stream': { schema: BYTES } }),
        },
      },
    }),
    responses: {
      200: {
        description: operation.kind === 'stream' ? 'The result, or the stream of events.' : 'The answer.',
        content: {
          'application/json': { schema: schemaOf(output, 'output') },
          ...(operation.kind === 'stream' && {
            'text/event-stream': { schema: { type: 'string' } },
            'application/x-ndjson': { schema: schemaOf(operation.event, 'output') },
          }),
          'application/protobuf': { schema: BYTES },
          ...(rpc === 'Clip' && { 'application/octet-stream': { schema: BYTES } }),
        },
      },
      '4XX': { $ref: '#/components/responses/Problem' },
      '5XX': { $ref: '#/components/responses/Problem' },
    },
  };
}

const BYTES = { type: 'string', format: 'binary' };
const TIMEOUT = {
  name: 'Gradclip-Timeout',
  in: 'header',
  description: 'When the caller stops waiting, such as 2.5s. A run that reaches it returns its best so far.',
  schema: { type: 'string', pattern: '^\\d{1,7}(\\.\\d{1,9})?s$' },
};

/** Inlines the definitions that zod collects, but for those that are components. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $defs, ...rest } = jsonSchema(schema, io) as Json & { $defs?: Record<string, Json> };
  const inline = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(inline);
    if (typeof node !== 'object' || node === null) return node;
    const { $ref } = node as { $ref?: string };
    if ($ref?.startsWith('#/$defs/')) {
      const name = $ref.slice('#/$defs/'.length);
      return name in SCHEMAS
        ? { $ref: `#/components/schemas/${name}` }
        : inline(without($defs?.[name] ?? {}, 'id'));
    }
    return Object.fromEntries(Object.entries(node).map(([key, child]) => [key, inline(child)]));
  };
  return inline(rest) as Json;
}

function without(node: Json, key: string): Json {
  const { [key]: _, ...rest } = node;
  return rest;
}

const SCHEMAS: Json = {
  Number: NUMBER,
  // zod puts a schema with an id among the definitions, and refers to it.
  Tensor: definitionOf(tensor, 'Tensor'),
  [RULE_SCHEMA]: definitionOf(clipping.spec, RULE_SCHEMA),
  [SCHEDULE_SCHEMA]: definitionOf(schedules.spec, SCHEDULE_SCHEMA),
  TensorReply: {
    description: 'A tensor in the encoding of the request.',
    type: 'object',
    required: ['shape', 'dtype'],
    properties: {
      name: { type: 'string' },
      shape: { type: 'array', items: { type: 'integer', minimum: 0, maximum: 4294967295 } },
      dtype: { type: 'string', enum: ['float64', 'float32'] },
      values: { type: 'array', items: { $ref: '#/components/schemas/Number' } },
      raw: { type: 'string', contentEncoding: 'base64' },
    },
  },
  Problem: {
    description: 'RFC 9457 problem details.',
    type: 'object',
    required: ['type', 'title', 'status', 'detail', 'reason', 'requestId', 'violations', 'metadata'],
    properties: {
      type: { type: 'string' },
      title: { type: 'string' },
      status: { type: 'integer' },
      detail: { type: 'string' },
      reason: {
        type: 'string',
        enum: [...new Set(Object.entries(httpTable).map(([reason, row]) => row.reason ?? reason))],
      },
      requestId: { type: 'string' },
      violations: {
        type: 'array',
        items: {
          type: 'object',
          required: ['path', 'message'],
          properties: { path: { type: 'string' }, message: { type: 'string' } },
        },
      },
      metadata: { type: 'object', additionalProperties: { type: 'string' } },
    },
  },
};

const PROBLEM = {
  description: 'What went wrong, with every violation.',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};
