/** Records of CIFAR's binary files: the labels, then three planes of 1024 bytes that count up from the record's number. */
export function cifarRecords(labels: readonly (readonly number[])[], from = 0): Buffer {
  return Buffer.concat(
    labels.map((bytes, row) =>
      Buffer.from([...bytes, ...Array.from({ length: 3072 }, (_, i) => (from + row + i) % 256)]),
    ),
  );
}
