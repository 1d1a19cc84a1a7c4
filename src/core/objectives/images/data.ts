import { z } from 'zod';
import { classesOf, type DatasetContent, type Datasets, type ImageShape } from '../../datasets.js';
import { oneOf } from '../../plugin.js';
import { numbersOf, sizeOf, type Tensor, tensor } from '../../tensor.js';
import { datasetName } from '../named-dataset.js';
import { type DataSource, dataFailure, openDataset } from '../regression/data.js';

const extent = z.int().min(1).max(65536);

const inline = z
  .strictObject({
    images: tensor.describe('images x channels x height x width; without the channels there is one'),
    labels: tensor,
    validationImages: tensor.optional(),
    validationLabels: tensor.optional(),
  })
  .check(({ value, issues }) => {
    const { images, labels, validationImages, validationLabels } = value;
    const refuse = (path: string, message: string) =>
      issues.push({ code: 'custom', message, input: undefined, path: [path] });
    const rank = images.shape.length;
    if (rank !== 3 && rank !== 4)
      refuse('images', `must be images x channels x height x width, got ${shapeText(images)}`);
    else if (sizeOf(images) === 0) refuse('images', `has no numbers: ${shapeText(images)}`);
    if (labels.shape.length !== 1 || labels.shape[0] !== images.shape[0])
      refuse('labels', `needs shape [${images.shape[0] ?? 0}], got ${shapeText(labels)}`);
    if ((validationImages === undefined) !== (validationLabels === undefined))
      refuse('validationImages', 'and validationLabels go together');
    if (validationImages === undefined || validationLabels === undefined) return;
    const [count = 0, ...rest] = validationImages.shape;
    if (rest.join() !== images.shape.slice(1).join() || count === 0)
      refuse(
        'validationImages',
        `needs images like those of shape [${images.shape.slice(1).join(', ')}], got ${shapeText(validationImages)}`,
      );
    if (validationLabels.shape.length !== 1 || validationLabels.shape[0] !== count)
      refuse('validationLabels', `needs shape [${count}], got ${shapeText(validationLabels)}`);
  });
type Inline = z.output<typeof inline>;
const shapeText = ({ shape }: Tensor): string => `shape [${shape.join(', ')}]`;

const dataset = z.strictObject({
  name: datasetName,
  imageShape: z
    .tuple([extent, extent, extent])
    .optional()
    .describe('channels, height, width, for a data set whose rows are flat'),
});

/** The parameter `data` of what learns from labelled images. */
export const imageData = oneOf('source', { inline, dataset });

export interface ImageSource extends DataSource {
  readonly image: ImageShape;
  readonly classes: number;
}

/** Images and labels of `kind`: from the request, or a data set of the data directory. */
export function openImages(
  kind: string,
  spec: z.output<typeof imageData>,
  classes: number | undefined,
  datasets: Datasets,
): ImageSource {
  const source =
    'inline' in spec
      ? openInline(spec['inline'] as Inline)
      : openNamed(kind, spec['dataset'] as z.output<typeof dataset>, datasets);
  const { shape } = source;
  if (shape.image === null)
    throw dataFailure(
      kind,
      `has rows of ${shape.features} numbers, no images; imageShape says what they are`,
    );
  if (shape.targets !== 1 || shape.classes === null)
    throw dataFailure(kind, 'needs one label per image, an integer between 0 and 65535');
  const known = classes ?? Math.max(2, shape.classes);
  if (shape.classes > known)
    throw dataFailure(kind, `labels must be below ${known} classes, got ${shape.classes - 1}`);
  return { ...source, image: shape.image, classes: known };
}

function openNamed(
  kind: string,
  { name, imageShape }: z.output<typeof dataset>,
  datasets: Datasets,
): DataSource {
  const source = openDataset(kind, name, datasets);
  if (imageShape === undefined) return source;
  const [c, h, w] = imageShape;
  if (c * h * w !== source.shape.features)
    throw dataFailure(
      kind,
      `dataset.imageShape ${c} x ${h} x ${w} is ${c * h * w} numbers, a row of "${name}" has ${source.shape.features}`,
    );
  return { ...source, shape: { ...source.shape, image: [c, h, w] } };
}

function openInline({ images, labels, validationImages, validationLabels }: Inline): DataSource {
  const extents = images.shape.slice(1);
  const [c, h, w] = (extents.length === 2 ? [1, ...extents] : extents) as unknown as ImageShape;
  const held = validationImages !== undefined && validationLabels !== undefined;
  return {
    shape: {
      rows: images.shape[0] as number,
      features: c * h * w,
      targets: 1,
      classes: classesOf(numbersOf(labels), ...(held ? [numbersOf(validationLabels)] : [])),
      validationRows: validationImages?.shape[0] ?? 0,
      image: [c, h, w],
    },
    load: () => ({
      ...contentOf(images, labels, c * h * w),
      validation: held ? contentOf(validationImages, validationLabels, c * h * w) : null,
    }),
  };
}

const contentOf = (images: Tensor, labels: Tensor, columns: number): Omit<DatasetContent, 'validation'> => ({
  features: { rows: images.shape[0] as number, columns, data: numbersOf(images), scale: 1 },
  targets: Float64Array.from(numbersOf(labels)),
});
