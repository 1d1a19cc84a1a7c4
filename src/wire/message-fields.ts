import type { MessageTypeDefinition, PackageDefinition } from '@grpc/proto-loader';

export interface MessageField {
  /** As in JSON. */
  readonly name: string;
  readonly number: number;
  readonly type: string;
  readonly repeated: boolean;
  /** Full name of the message that the field holds; null when it holds none. */
  readonly message: string | null;
}

interface FieldDescriptor {
  readonly name: string;
  readonly number: number;
  readonly label: string;
  readonly type: string;
  readonly typeName: string;
}

/** The fields of one message type; proto-loader leaves names of the same package unqualified. */
export function fieldsOf(protocol: PackageDefinition, messageName: string): readonly MessageField[] {
  const { field } = (protocol[messageName] as MessageTypeDefinition<object, object>).type as {
    field: readonly FieldDescriptor[];
  };
  const inside = messageName.slice(0, messageName.lastIndexOf('.'));
  return field.map(({ name, number, label, type, typeName }) => {
    const full = typeName.replace(/^\./, '');
    return {
      name,
      number,
      type,
      repeated: label === 'LABEL_REPEATED',
      message: type !== 'TYPE_MESSAGE' ? null : full in protocol ? full : `${inside}.${full}`,
    };
  });
}
