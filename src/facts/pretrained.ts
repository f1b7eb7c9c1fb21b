// Models of libraries that a file asks for with trained weights, and the numbers those weights were trained on.
// Only what is written out counts: an option of the command line may leave the weights away.

import type { Call, Expression } from '../python/tree.ts';
import type { CallFact } from './calls.ts';
import type { Facts } from './facts.ts';

/** What goes in: numbers of [0, 1] less this mean, by this deviation; or the model does it itself. */
export interface Statistics {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

export interface PretrainedModel {
  readonly place: CallFact;
  readonly call: Call;
  /** `resnet50`. */
  readonly architecture: string;
  readonly expects: Statistics | 'unit, normalized inside';
}

export const IMAGENET: Statistics = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
const HALF: Statistics = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };

const TORCHVISION = /^torchvision\.models\.(?:(segmentation|detection|quantization)\.)?(?:\w+\.)?([a-z]\w*)$/;

export function readPretrained(facts: Facts): readonly PretrainedModel[] {
  if (!/\bpretrained\b|\bweights\b|\bmodels\.\w+\(True/.test(facts.text)) return [];
  return facts.places.calls.flatMap((place): PretrainedModel[] => {
    const model = ofTorchvision(place, facts) ?? byName(place, facts) ?? ofHub(place, facts) ?? ofTimm(place, facts);
    return model ? [{ place, call: place.call, ...model }] : [];
  });
}

type Known = Pick<PretrainedModel, 'architecture' | 'expects'>;

/** torchvision's detectors normalize what they are given, whether their weights are trained or not. */
function ofTorchvision(place: CallFact, facts: Facts): Known | null {
  const [, family, name = ''] = TORCHVISION.exec(place.name) ?? [];
  if (name === '' || name.startsWith('get_')) return null;
  if (family === 'detection')
    return /^(?:fasterrcnn|maskrcnn|keypointrcnn|retinanet|ssd|ssdlite\d*|fcos)_/.test(name)
      ? { architecture: name, expects: 'unit, normalized inside' }
      : null;
  const given =
    place.args.values.get('weights') ?? place.args.values.get('pretrained') ?? place.call.args.find(isFirst)?.value;
  return hasWeights(given, place, facts) ? ofArchitecture(name) : null;
}

function isFirst({ name, stars }: Call['args'][number]): boolean {
  return name === null && stars === 0;
}

/** `torchvision.models.get_model('resnet18', weights='DEFAULT')`; the name may be a parameter's default. */
function byName(place: CallFact, facts: Facts): Known | null {
  if (!/^torchvision\.models\.get_model$|\.get_torchvision_model$/.test(place.name)) return null;
  const [first] = place.call.args.filter(isFirst).map(({ value }) => value);
  const owner = place.scope.owner.kind === 'function' ? place.scope.owner : null;
  const param = first?.kind === 'name' ? owner?.params.find(({ name }) => name === first.id) : undefined;
  const name = textOf(param?.default ?? first);
  return name && hasWeights(place.args.values.get('weights'), place, facts) ? ofArchitecture(name) : null;
}

/** As `weights.transforms()` of torchvision 0.21 says. */
function ofArchitecture(name: string): Known | null {
  if (name === 'efficientnet_v2_l') return { architecture: name, expects: HALF };
  const isImageNet =
    /^(?:alexnet|convnext|deeplabv3|densenet|efficientnet|fcn|googlenet|inception_v3|lraspp|maxvit|mnasnet|mobilenet|regnet|resnet|resnext|shufflenet|squeezenet|swin|vgg|vit|wide_resnet)/.test(
      name,
    ) && !/^swin3d/.test(name);
  return isImageNet ? { architecture: name, expects: IMAGENET } : null;
}

/** `torch.hub.load('pytorch/vision', 'resnet50', pretrained=True)`. */
function ofHub(place: CallFact, facts: Facts): Known | null {
  if (place.name !== 'torch.hub.load') return null;
  const [repository, name] = place.call.args.filter(isFirst).map(({ value }) => textOf(value));
  const given = named(place.call, 'weights') ?? named(place.call, 'pretrained');
  return repository?.startsWith('pytorch/vision') && name && hasWeights(given, place, facts)
    ? ofArchitecture(name)
    : null;
}

/** Families whose default configuration has been the same in every version. */
function ofTimm(place: CallFact, facts: Facts): Known | null {
  if (!/^timm\.(?:models\.)?create_model$/.test(place.name)) return null;
  const [first, second] = place.call.args.filter(isFirst).map(({ value }) => value);
  const name = textOf(named(place.call, 'model_name') ?? first);
  if (!name || !hasWeights(named(place.call, 'pretrained') ?? second, place, facts)) return null;
  // Weights of other origin than ImageNet's say so behind a dot.
  if (/\.(?!.*in1k$)|clip|tf_/.test(name)) return null;
  if (
    /^(?:resnet(?:18|34|50|101|152)|wide_resnet|densenet\d+|vgg\d+|convnext_|deit_|swin_(?:tiny|small|base))/.test(name)
  )
    return { architecture: name, expects: IMAGENET };
  return /^vit_(?:tiny|small|base|large)_patch(?:16|32)_(?:224|384)$/.test(name)
    ? { architecture: name, expects: HALF }
    : null;
}

/** `True`, `'DEFAULT'`, `ResNet50_Weights.IMAGENET1K_V2`; not a name that may be `None`. */
function hasWeights(given: Expression | undefined, { scope }: CallFact, facts: Facts): boolean {
  if (!given) return false;
  if (given.kind === 'attribute') return /\.\w+_Weights\.\w+$/.test(facts.names.resolve(given, scope) ?? '');
  const known = facts.values.fold(given, scope);
  return known !== undefined && !known.isDefault && (known.value === true || typeof known.value === 'string');
}

function named({ args }: Call, name: string): Expression | undefined {
  return args.find((argument) => argument.name === name)?.value;
}

function textOf(expression: Expression | undefined): string | null {
  return expression?.kind === 'string' ? expression.value : null;
}

/** Anything in a text that looks like a mean being taken away; a mean over rows and columns is no such thing. */
export function mentionsMean(text: string): boolean {
  return /normali[sz]|standardi[sz]e|(?<!\.)\bmean\b|-\s*[\w.]*\.mean\(|\bstd\b|pixel_(?:mean|std)|0\.485|\b123\./i.test(
    text,
  );
}
