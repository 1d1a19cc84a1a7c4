import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { z } from 'zod';
import { jsonSchema } from '../../src/app/json-schema.js';
import { operations } from '../../src/app/operations/index.js';
import { messageNamed, rpcNamed, rpcs } from '../support/descriptors.js';
import { differences } from '../support/schema-versus-proto.js';

const assertSame = (schema: z.ZodType, io: 'input' | 'output', message: string): void => {
  const found = differences(jsonSchema(schema, io), messageNamed(message), io);
  assert.deepEqual(found, [], `\n${found.join('\n')}\n`);
};

for (const operation of operations)
  describe(`the proto of ${operation.rpc}`, () => {
    test('is an rpc of the service, with messages of its name', () => {
      assert.deepEqual(rpcNamed(operation.rpc), {
        name: operation.rpc,
        request: `gradclip.v1.${operation.rpc}Request`,
        response: `gradclip.v1.${operation.rpc}Response`,
        clientStreaming: false,
        serverStreaming: operation.kind === 'stream',
      });
    });

    test('has the fields of the request and no others', () => {
      assertSame(operation.input, 'input', `gradclip.v1.${operation.rpc}Request`);
    });

    test(`has the fields of ${operation.kind === 'stream' ? 'each event' : 'the reply'} and no others`, () => {
      const schema = operation.kind === 'stream' ? operation.event : operation.output;
      assertSame(schema, 'output', `gradclip.v1.${operation.rpc}Response`);
    });

    test('has an example that the schema takes', () => {
      const { error } = operation.input.safeParse(operation.example);
      assert.equal(error, undefined);
    });
  });

test('every rpc of the service is an operation', () => {
  const names = operations.map(({ rpc }) => rpc);
  assert.deepEqual(rpcs.map(({ name }) => name).sort(), names.sort());
});
