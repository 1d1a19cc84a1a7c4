import { createRequire } from 'node:module';
import {
  type Client,
  credentials,
  loadPackageDefinition,
  type ServiceClientConstructor,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { protoPath as healthProto } from 'grpc-health-check';

const require = createRequire(import.meta.url);

/** A client of a service that is not this project's, from the proto file of its owner. */
function clientOf(proto: string, service: string, address: string): Client {
  const definition = loadPackageDefinition(loadSync(proto, { longs: Number, enums: String }));
  const found = service
    .split('.')
    .reduce<unknown>((node, name) => (node as Record<string, unknown>)[name], definition);
  return new (found as ServiceClientConstructor)(address, credentials.createInsecure());
}

export const newHealthClient = (address: string): Client =>
  clientOf(healthProto, 'grpc.health.v1.Health', address);

export const newReflectionClient = (address: string, version: 'v1' | 'v1alpha'): Client =>
  clientOf(
    require.resolve(`@grpc/reflection/build/proto/grpc/reflection/${version}/reflection.proto`),
    `grpc.reflection.${version}.ServerReflection`,
    address,
  );
