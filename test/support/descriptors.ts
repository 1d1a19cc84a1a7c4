import { readFileSync } from 'node:fs';
import { fromJSON, type MessageTypeDefinition } from '@grpc/proto-loader';
import { inRepository } from './root.js';

export interface Field {
  readonly name: string;
  /** The camelCase name of ProtoJSON. */
  readonly jsonName: string;
  readonly repeated: boolean;
  /** A scalar's name, such as `double`, or a message's full name, such as `gradclip.v1.Tensor`. */
  readonly type: string;
  /** The `oneof` that the author wrote, if any. */
  readonly oneof: string | null;
  /** Whether absent and zero are told apart. */
  readonly presence: boolean;
}
export interface Message {
  readonly name: string;
  readonly fields: readonly Field[];
}
export interface Rpc {
  readonly name: string;
  readonly request: string;
  readonly response: string;
  readonly clientStreaming: boolean;
  readonly serverStreaming: boolean;
}

/** The part of google/protobuf/descriptor.proto that is read here. */
const parts: Readonly<Record<string, readonly string[]>> = {
  FileDescriptorSet: ['repeated FileDescriptorProto file 1'],
  FileDescriptorProto: [
    'optional string package 2',
    'repeated DescriptorProto messageType 4',
    'repeated ServiceDescriptorProto service 6',
  ],
  DescriptorProto: [
    'optional string name 1',
    'repeated FieldDescriptorProto field 2',
    'repeated OneofDescriptorProto oneofDecl 8',
  ],
  FieldDescriptorProto: [
    'optional string name 1',
    'optional int32 label 4',
    'optional int32 type 5',
    'optional string typeName 6',
    'optional int32 oneofIndex 9',
    'optional string jsonName 10',
    'optional bool proto3Optional 17',
  ],
  OneofDescriptorProto: ['optional string name 1'],
  ServiceDescriptorProto: ['optional string name 1', 'repeated MethodDescriptorProto method 2'],
  MethodDescriptorProto: [
    'optional string name 1',
    'optional string inputType 2',
    'optional string outputType 3',
    'optional bool clientStreaming 5',
    'optional bool serverStreaming 6',
  ],
};
const reader = fromJSON({
  nested: Object.fromEntries(
    Object.entries(parts).map(([name, lines]) => [
      name,
      {
        fields: Object.fromEntries(
          lines.map((line) => {
            const [rule = '', type = '', field = '', id] = line.split(' ');
            return [field, { ...(rule === 'repeated' && { rule }), type, id: Number(id) }];
          }),
        ),
      },
    ]),
  ),
})['FileDescriptorSet'] as MessageTypeDefinition<object, Json>;

interface Json {
  readonly [key: string]: string | number | boolean | readonly Json[] | undefined;
}
const listOf = (node: Json, key: string): readonly Json[] => (node[key] ?? []) as readonly Json[];
const textOf = (node: Json, key: string): string => (node[key] ?? '') as string;

const SCALARS: Readonly<Record<number, string>> = {
  1: 'double',
  2: 'float',
  3: 'int64',
  4: 'uint64',
  5: 'int32',
  8: 'bool',
  9: 'string',
  12: 'bytes',
  13: 'uint32',
  14: 'enum',
  17: 'sint32',
  18: 'sint64',
};
const MESSAGE = 11;
const REPEATED = 3;

function fieldOf(node: Json, oneofs: readonly Json[]): Field {
  const type = node['type'] as number;
  const index = node['oneofIndex'] as number | undefined;
  const optional = node['proto3Optional'] === true;
  const repeated = node['label'] === REPEATED;
  return {
    name: textOf(node, 'name'),
    jsonName: textOf(node, 'jsonName'),
    repeated,
    type: type === MESSAGE ? textOf(node, 'typeName').replace(/^\./, '') : (SCALARS[type] ?? `type ${type}`),
    oneof: index === undefined || optional ? null : textOf(oneofs[index] as Json, 'name'),
    presence: !repeated && (index !== undefined || type === MESSAGE),
  };
}

/** What the build made of the proto files: their messages by full name, and the rpcs of OptimizerService. */
function readDescriptors(): { messages: ReadonlyMap<string, Message>; rpcs: readonly Rpc[] } {
  const files = listOf(reader.deserialize(readFileSync(inRepository('dist/gradclip.binpb'))), 'file');
  const messages = files.flatMap((file) =>
    listOf(file, 'messageType').map((node): [string, Message] => {
      const name = `${textOf(file, 'package')}.${textOf(node, 'name')}`;
      const fields = listOf(node, 'field').map((field) => fieldOf(field, listOf(node, 'oneofDecl')));
      return [name, { name, fields }];
    }),
  );
  const rpcs = files
    .flatMap((file) => listOf(file, 'service'))
    .flatMap((service) => listOf(service, 'method'))
    .map((node) => ({
      name: textOf(node, 'name'),
      request: textOf(node, 'inputType').replace(/^\./, ''),
      response: textOf(node, 'outputType').replace(/^\./, ''),
      clientStreaming: node['clientStreaming'] === true,
      serverStreaming: node['serverStreaming'] === true,
    }));
  return { messages: new Map(messages), rpcs };
}
export const { messages, rpcs } = readDescriptors();

export function messageNamed(name: string): Message {
  const message = messages.get(name);
  if (message === undefined) throw new Error(`no message ${name} in the proto files`);
  return message;
}
export const rpcNamed = (name: string): Rpc | undefined => rpcs.find((rpc) => rpc.name === name);

/** Messages of ProtoJSON's own, which JSON writes in another form than an object of fields. */
export const STRUCT = 'google.protobuf.Struct';
export const DURATION = 'google.protobuf.Duration';
export const TENSOR = 'gradclip.v1.Tensor';
export const TENSOR_LIST = 'gradclip.v1.TensorList';
