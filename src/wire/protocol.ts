import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  fromJSON,
  loadSync,
  type MessageTypeDefinition,
  type MethodDefinition,
  type PackageDefinition,
  type ServiceDefinition,
} from '@grpc/proto-loader';
import type { Operation } from '../app/operation.js';
import { Failure } from '../core/failure.js';
import { messageCounter } from './message-count.js';
import { messageWriter } from './message-writer.js';

const PROTO = 'gradclip/v1/optimizer_service.proto';
/** The repository's `proto` folder, seen from dist/src/wire. */
const FOLDER = fileURLToPath(new URL('../../../proto', import.meta.url));
export const SERVICE = 'gradclip.v1.OptimizerService';

/** `defaults: false` and no virtual oneofs: an unset field stays absent, so zod's defaults are the only defaults. */
export const loadProtocol = (): PackageDefinition =>
  loadSync(PROTO, { includeDirs: [FOLDER], keepCase: false, longs: Number, enums: String, defaults: false });

/** A serialized FileDescriptorSet, split into its files without looking inside them. */
const descriptorSet = fromJSON({
  nested: { DescriptorSet: { fields: { file: { rule: 'repeated', type: 'bytes', id: 1 } } } },
})['DescriptorSet'] as MessageTypeDefinition<object, { readonly file: Buffer[] }>;

/**
 * The proto files as they were written, for reflection. proto-loader's own descriptors merge the files of a package
 * and lose their imports, which no client can resolve; so the build lets buf describe them.
 */
export const loadForReflection = (): PackageDefinition => {
  const { file } = descriptorSet.deserialize(readFileSync(new URL('../../gradclip.binpb', import.meta.url)));
  return { files: { fileDescriptorProtos: file } } as unknown as PackageDefinition;
};

/** Twice the tensors that one field may have, and some. */
const MAX_MESSAGES = 150_000;

export interface Codec {
  readonly method: MethodDefinition<object, object>;
  /** A Failure, not an exception, for bytes that are no such message. */
  decode(bytes: Buffer): unknown;
  /** An output of the operation (or one event of it) as protobuf bytes. */
  encode(output: object): Buffer;
}

/** Protobuf bytes on one side, what operations take and give on the other; gRPC and `application/protobuf` share it. */
export function newCodecs(
  operations: readonly Operation[],
  protocol: PackageDefinition,
): ReadonlyMap<string, Codec> {
  const service = protocol[SERVICE] as ServiceDefinition;
  const writer = messageWriter(protocol);
  return new Map(
    operations.map((operation): [string, Codec] => {
      const method = service[operation.rpc] as MethodDefinition<object, object> | undefined;
      if (method === undefined) throw new Error(`${SERVICE} has no rpc ${operation.rpc}`);
      const write = writer(nameOf(method.responseType));
      const count = messageCounter(protocol, nameOf(method.requestType));
      return [
        operation.rpc,
        {
          method,
          decode(bytes) {
            const messages = count(bytes, MAX_MESSAGES);
            if (messages > MAX_MESSAGES) {
              const message = `may have at most ${MAX_MESSAGES} messages inside`;
              return new Failure('INVALID_FIELD', `the request ${message}`, {
                violations: [{ path: '', message }],
              });
            }
            try {
              return method.requestDeserialize(bytes);
            } catch (error) {
              const message = `is not a ${nameOf(method.requestType)} message: ${(error as Error).message}`;
              return new Failure('INVALID_FIELD', message, { violations: [{ path: '', message }] });
            }
          },
          encode: (output) => method.responseSerialize(write(output) as object),
        },
      ];
    }),
  );
}

export const nameOf = (type: MessageTypeDefinition<object, object>): string =>
  `gradclip.v1.${(type.type as { name: string }).name}`;
