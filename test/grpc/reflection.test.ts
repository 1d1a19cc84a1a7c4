import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Client, type ClientDuplexStream, credentials, loadPackageDefinition } from '@grpc/grpc-js';
import {
  fromJSON,
  loadFileDescriptorSetFromBuffer,
  type MessageTypeDefinition,
  type ServiceDefinition,
} from '@grpc/proto-loader';
import { SERVICE, serviceDefinition } from '../support/grpc-client.js';
import type { ClipReply } from '../support/replies.js';
import { startService, type TestService } from '../support/service.js';
import { newReflectionClient } from '../support/standard-services.js';

interface Answer {
  readonly listServicesResponse?: { readonly service: readonly { readonly name: string }[] };
  readonly fileDescriptorResponse?: { readonly fileDescriptorProto: readonly Buffer[] };
  readonly errorResponse?: { readonly errorCode: number };
}
type Question = Readonly<Record<string, string>>;
interface Reflection {
  serverReflectionInfo(): ClientDuplexStream<Question, Answer>;
}

/** Of google/protobuf/descriptor.proto, what is needed to follow imports. */
const { FileDescriptor, FileDescriptorSet } = fromJSON({
  nested: {
    FileDescriptor: {
      fields: {
        name: { type: 'string', id: 1 },
        dependency: { rule: 'repeated', type: 'string', id: 3 },
      },
    },
    FileDescriptorSet: { fields: { file: { rule: 'repeated', type: 'bytes', id: 1 } } },
  },
}) as Record<string, MessageTypeDefinition<object, object>>;
const describeFile = (bytes: Buffer): { name: string; dependency?: readonly string[] } =>
  FileDescriptor?.deserialize(bytes) as { name: string; dependency?: readonly string[] };

let service: TestService;
before(async () => {
  service = await startService();
});
after(() => service.stop());

for (const version of ['v1', 'v1alpha'] as const)
  describe(`reflection ${version}`, () => {
    let client: Client & Reflection;
    before(() => {
      client = newReflectionClient(service.address, version) as unknown as Client & Reflection;
    });
    after(() => client.close());

    const ask = async (question: Question): Promise<Answer> => {
      const call = client.serverReflectionInfo();
      call.end(question);
      for await (const answer of call) return answer as Answer;
      throw new Error('there was no answer');
    };

    /** The file that declares the symbol and, one question each, all that it imports. */
    async function filesOf(symbol: string): Promise<Map<string, Buffer>> {
      const files = new Map<string, Buffer>();
      const wanted: Question[] = [{ fileContainingSymbol: symbol }];
      for (let question = wanted.pop(); question !== undefined; question = wanted.pop()) {
        const { fileDescriptorResponse } = await ask(question);
        assert.ok(fileDescriptorResponse, `${JSON.stringify(question)} was not answered`);
        for (const bytes of fileDescriptorResponse.fileDescriptorProto) {
          const { name, dependency = [] } = describeFile(bytes);
          files.set(name, bytes);
          for (const file of dependency) if (!files.has(file)) wanted.push({ fileByFilename: file });
        }
      }
      return files;
    }

    test('lists the services', async () => {
      const { listServicesResponse } = await ask({ listServices: '*' });
      const names = listServicesResponse?.service.map(({ name }) => name) ?? [];
      assert.ok(names.includes(SERVICE), names.join());
    });

    test('describes the service in files whose imports it has too', async () => {
      const files = await filesOf(SERVICE);
      for (const name of ['optimizer_service', 'full_run', 'tensor'])
        assert.ok(files.has(`gradclip/v1/${name}.proto`), [...files.keys()].join());
      assert.ok(files.has('google/protobuf/duration.proto'));
    });

    test('is enough for a client that has no proto file', async () => {
      const file = [...(await filesOf(SERVICE)).values()];
      const set = FileDescriptorSet?.serialize({ file }) as Buffer;
      const loaded = loadFileDescriptorSetFromBuffer(set, { longs: Number, enums: String });
      assert.deepEqual(
        Object.keys(loaded[SERVICE] as ServiceDefinition).sort(),
        Object.keys(serviceDefinition).sort(),
      );
      const { gradclip } = loadPackageDefinition(loaded) as unknown as {
        gradclip: { v1: { OptimizerService: new (...args: unknown[]) => Client & ClipClient } };
      };
      const stranger = new gradclip.v1.OptimizerService(service.address, credentials.createInsecure());
      const { reports } = await new Promise<ClipReply>((resolve, reject) =>
        stranger.clip(
          { gradients: [{ values: [3, 4] }], clipping: { global_norm: { threshold: 1 } } },
          (error, reply) => (error ? reject(error) : resolve(reply)),
        ),
      );
      assert.equal(reports[0]?.norm, 5);
      stranger.close();
    });

    test('has an error for what it does not know', async () => {
      const { errorResponse } = await ask({ fileContainingSymbol: 'gradclip.v1.Magic' });
      assert.equal(errorResponse?.errorCode, 5);
    });
  });

interface ClipClient {
  clip(request: object, done: (error: Error | null, reply: ClipReply) => void): void;
}
