// What calls into libraries mean to the mode engine: which make modules, loaders and data, which change
// nothing, which switch gradients off, and which may do anything.

import { bindNames } from '../../python/arguments.ts';
import type { Call } from '../../python/tree.ts';
import {
  factoryOf,
  isContainer,
  isExporter,
  isLayer,
  isLoss,
  isOptimizer,
  isWrapper,
  makesNoise,
  rowsOf,
  signatureOf,
} from '../knowledge.ts';
import { INSENSITIVE, type LayerFact, layerSensitivity, type Sensitivity, UNSEEN } from '../layers.ts';
import { dataOfArguments, letEscape, markTrained, noteLoss, valuesOf } from './effects.ts';
import type { CallArguments, Frame, Machine } from './frame.ts';
import { callNeighbor } from './neighbors.ts';
import { note, noteOptimizer } from './parameters.ts';
import type { State } from './state.ts';
import {
  type Data,
  dataOf,
  isParameter,
  type Loader,
  type Mode,
  mergeData,
  NO_DATA,
  UNKNOWN,
  unknown,
  type Value,
} from './values.ts';

interface Context {
  readonly machine: Machine;
  readonly path: string;
  readonly args: CallArguments;
  readonly call: Call;
  readonly state: State;
  readonly frame: Frame;
}

export function callExternal(
  machine: Machine,
  path: string,
  args: CallArguments,
  call: Call,
  state: State,
  frame: Frame,
): Value {
  const context: Context = { machine, path, args, call, state, frame };
  if (isOptimizer(path)) noteOptimizer(machine, valuesOf(args), call, state, frame);
  const [exported] = args.positional;
  if (exported?.kind === 'object' && (isExporter(path) || isDynamoExport(path, args)))
    note(machine, 'exported', exported.place, call, state, frame, { name: path });
  return (
    (path.startsWith('builtins.') ? callBuiltin(context) : null) ??
    callGradSwitch(context) ??
    callModuleMaker(context) ??
    callDataMaker(context) ??
    callTorch(context) ??
    callNeighbor(machine, path, args, call, state, frame) ??
    callElsewhere(context)
  );
}

/** The older exporter switches the module to eval mode for as long as it runs; dynamo's does not. */
function isDynamoExport(path: string, { named }: CallArguments): boolean {
  const flag = named.get('dynamo');
  return path === 'torch.onnx.export' && flag?.kind === 'constant' && flag.value === true && !named.has('training');
}

function placeOf({ frame, call }: Context, kind: 'new' | 'call'): string {
  return `${kind}:${frame.context}${call.start}`;
}

function callBuiltin({ machine, path, args, state }: Context): Value | null {
  const [first, second] = args.positional;
  switch (path) {
    case 'builtins.list':
    case 'builtins.tuple':
    case 'builtins.sorted':
    case 'builtins.reversed':
    case 'builtins.iter':
      return first ?? { kind: 'sequence', items: [], data: NO_DATA };
    case 'builtins.enumerate':
      return first?.kind === 'sequence'
        ? { ...first, items: first.items.map((item) => pair(UNKNOWN, item)) }
        : unknown(dataOfArguments(args));
    case 'builtins.zip':
      return zip(args.positional);
    case 'builtins.next':
      return first?.kind === 'object' ? { ...first, place: `${first.place}.[next]` } : unknown(dataOfArguments(args));
    case 'builtins.filter':
      return second ?? unknown(dataOfArguments(args));
    case 'builtins.dict':
      if (first?.kind === 'sequence') return ofParameters(first) ?? unknown(dataOfArguments(args));
      return { kind: 'mapping', entries: args.named, data: NO_DATA };
    case 'builtins.getattr':
      if (first?.kind === 'external') return first;
      return first?.kind === 'object' && second?.kind === 'constant'
        ? (state.attribute(first.place, String(second.value)) ?? {
            ...first,
            place: `${first.place}.${String(second.value)}`,
          })
        : unknown(dataOfArguments(args));
    case 'builtins.setattr':
      letEscape(machine, args, 'setattr', state);
      return UNKNOWN;
    default:
      return unknown(dataOfArguments(args));
  }
}

/** `dict(m.named_parameters())`: whichever key is asked for, a parameter comes out. */
function ofParameters({ items: [row] }: Extract<Value, { kind: 'sequence' }>): Value | null {
  const item = row?.kind === 'sequence' ? row.items[1] : undefined;
  return item?.kind === 'object' && isParameter(item.place) ? item : null;
}

function pair(a: Value, b: Value): Value {
  return { kind: 'sequence', items: [a, b], data: NO_DATA };
}

function zip(values: readonly Value[]): Value {
  const lists = values.flatMap((value) => (value.kind === 'sequence' ? [value.items] : []));
  const data = values.reduce((sum, value) => mergeData(sum, dataOf(value)), NO_DATA);
  if (lists.length < values.length || lists.length === 0) return unknown(data);
  const rows = Math.min(...lists.map((list) => list.length));
  const items = Array.from(
    { length: rows },
    (_, i): Value => ({ kind: 'sequence', items: lists.map((list) => list[i] ?? UNKNOWN), data: NO_DATA }),
  );
  return { kind: 'sequence', items, data: NO_DATA };
}

/** A statement `torch.set_grad_enabled(False)` acts at once; in a `with`, its value does. */
function callGradSwitch({ path, args }: Context): Value | null {
  if (path === 'torch.no_grad' || path === 'torch.inference_mode') {
    const [first] = args.positional;
    const off = first?.kind === 'constant' && first.value === false ? 'no' : 'yes';
    return { kind: 'grad', off, data: NO_DATA };
  }
  if (path === 'torch.enable_grad') return { kind: 'grad', off: 'no', data: NO_DATA };
  if (path !== 'torch.set_grad_enabled') return null;
  const [flag] = valuesOf(args);
  const off = flag?.kind === 'constant' ? (flag.value ? 'no' : 'yes') : 'maybe';
  return { kind: 'grad', off, data: NO_DATA };
}

function callModuleMaker(context: Context): Value | null {
  const { machine, path, args, call, state, frame } = context;
  if (isWrapper(path)) return wrapped(context);
  if (/^copy\.(?:deepcopy|copy)$|^torch\.optim\.swa_utils\.AveragedModel$/.test(path)) return copied(context);
  if (isLoss(path) && path.startsWith('torch.nn.') && !path.includes('functional')) {
    const place = placeOf(context, 'new');
    machine.objects.create(place, { origin: call, type: path, sensitivity: INSENSITIVE });
    return { kind: 'object', place, data: NO_DATA };
  }
  const factory = factoryOf(path);
  if (!isLayer(path) && !factory) return null;
  const layer = {
    path: '',
    type: path,
    call,
    args: bindNames(call, signatureOf(path)),
    scope: frame.scope,
    once: true,
  };
  if (!isContainer(path))
    return madeModule(context, factory?.mode ?? 'T', layerSensitivity(layer, machine.values) ?? UNSEEN, layer);
  const parts = args.positional.flatMap((value) => (value.kind === 'sequence' ? value.items : [value]));
  const seen = !args.open && parts.every((part) => part.kind === 'object' || isNothing(part));
  const made = madeModule(context, 'T', seen ? INSENSITIVE : UNSEEN, layer);
  if (made.kind === 'object') fill(machine, made.place, parts, state);
  return made;
}

function isNothing(value: Value): boolean {
  return value.kind === 'constant';
}

/** Whatever stands in a container is a module. */
function fill(machine: Machine, place: string, parts: readonly Value[], state: State): void {
  parts.forEach((part, i) => {
    if (part.kind === 'object') machine.objects.create(part.place).isModule = true;
    state.setAttribute(place, String(i), part);
  });
}

function madeModule(context: Context, mode: Mode, sensitivity: Sensitivity, layer: LayerFact | null = null): Value {
  const { machine, path, call, state } = context;
  const place = placeOf(context, 'new');
  machine.objects.create(place, { origin: call, type: path, sensitivity, layer, isModule: true });
  state.clearAttributes(place);
  state.setMode(place, { mode, write: { start: call.start, end: call.end }, explicit: false });
  return { kind: 'object', place, data: NO_DATA };
}

function wrapped({ machine, path, args, call, state, frame }: Context): Value {
  const module = args.positional[0] ?? args.named.get('module') ?? args.named.get('model') ?? UNKNOWN;
  if (module.kind === 'object') note(machine, 'wrapped', module.place, call, state, frame, { name: path });
  return module;
}

/** A copy is another object in the same mode. */
function copied(context: Context): Value {
  const { machine, path, args, call, state } = context;
  const [source] = args.positional;
  if (source?.kind !== 'object') return source ?? UNKNOWN;
  const info = machine.objects.get(source.place);
  const place = placeOf(context, 'new');
  const sensitivity = machine.objects.sensitivity(source.place, state);
  machine.objects.create(place, {
    origin: call,
    fact: info?.fact ?? null,
    type: path.startsWith('copy.') ? (info?.type ?? null) : path,
    sensitivity,
    isModule: info?.isModule ?? false,
  });
  state.clearAttributes(place);
  state.setMode(place, machine.objects.effectiveMode(source.place, state));
  return { kind: 'object', place, data: source.data };
}

function callDataMaker(context: Context): Value | null {
  const { path, args } = context;
  if (path === 'torch.utils.data.DataLoader') return madeLoader(context);
  if (makesNoise(path)) return unknown({ ...NO_DATA, noise: true, rows: firstNumber(args) });
  if (path === 'torch.autograd.Variable') {
    const [tensor] = valuesOf(args);
    const flag = args.named.get('volatile');
    const data = tensor ? dataOf(tensor) : NO_DATA;
    return unknown(flag?.kind === 'constant' && flag.value === true ? { ...data, volatile: true } : data);
  }
  if (/^torch\.utils\.data\.random_split$/.test(path)) return UNKNOWN;
  if (/\.datasets\.[A-Z]\w*$|(?:Dataset|Folder)$/.test(path)) {
    const split = splitArgument(args);
    const rows = path === 'torch.utils.data.TensorDataset' ? dataOfArguments(args).rows : rowsOf(path, split);
    return unknown({ ...NO_DATA, split, rows });
  }
  return null;
}

/** `train=False`, `split='val'`, and words like 'test' among the arguments. */
function splitArgument(args: CallArguments): Data['split'] {
  const train = args.named.get('train') ?? args.named.get('is_train') ?? args.named.get('training');
  if (train?.kind === 'constant' && typeof train.value === 'boolean') return train.value ? 'train' : 'eval';
  for (const value of valuesOf(args)) if (value.data.split) return value.data.split;
  return null;
}

function madeLoader(context: Context): Value {
  const { machine, args, call, frame } = context;
  const bound = bindNames(call, signatureOf('torch.utils.data.DataLoader'));
  const batch = bound.values.get('batch_size');
  const known = batch && machine.values.fold(batch, frame.scope);
  const value = batch ? (constantNumber(machine.evaluate(batch, context.state, frame)) ?? known?.value) : undefined;
  const dataset = args.positional[0] ?? args.named.get('dataset');
  const data = dataset ? dataOf(dataset) : NO_DATA;
  const argument = call.args.find((item) => item.value === batch);
  const loader: Loader = {
    key: placeOf(context, 'new'),
    span: { start: call.start, end: call.end },
    batchSize: typeof value === 'number' && !bound.values.has('batch_sampler') ? value : null,
    batchSpan: argument ? { start: argument.start, end: argument.end } : null,
    isDefault: known?.isDefault ?? false,
    split: data.split,
    keepsRest: !args.open && !/^(?:drop_last|sampler|batch_sampler)$/m.test([...bound.values.keys()].join('\n')),
    rows: data.rows,
  };
  machine.loaders.set(loader.key, loader);
  // What a stored output is used for later says nothing about the pass that stored it.
  return { kind: 'loader', loader, data: { ...data, forwards: NO_DATA.forwards, loader } };
}

/** `torch.randn(65, 10)` and `torch.randn((65, 10))` have 65 rows. */
function firstNumber({ positional: [first] }: CallArguments): number | null {
  const size = first?.kind === 'sequence' ? first.items[0] : first;
  return (size && constantNumber(size)) ?? null;
}

function constantNumber(value: Value): number | undefined {
  return value.kind === 'constant' && typeof value.value === 'number' ? value.value : undefined;
}

/** Everything else of torch computes from its arguments and switches nothing. */
function callTorch({ machine, path, args }: Context): Value | null {
  if (
    !/^(?:torch|torchvision|numpy|math|tqdm|torchmetrics|sklearn|random|json|os|sys|time|logging|itertools|collections|matplotlib|PIL|scipy|pandas|einops|functools|argparse|typing|pathlib|re|warnings|wandb|cv2)\b/.test(
      path,
    )
  )
    return null;
  const data = dataOfArguments(args);
  if (path === 'torch.autograd.backward' || path === 'torch.autograd.grad') markTrained(machine, data);
  if (isLoss(path)) return noteLoss(machine, path, data);
  if (/^tqdm\b/.test(path)) return args.positional[0] ?? unknown(data);
  if (/^itertools\.(?:islice|cycle|chain)$/.test(path))
    return args.positional[0]?.kind === 'loader' ? args.positional[0] : unknown(data);
  if (path === 'functools.partial') return UNKNOWN;
  return unknown(data);
}

/** Not seen: a class may hold what it is given, a function may have switched it. */
function callElsewhere(context: Context): Value {
  const { machine, path, args, call, state } = context;
  const name = path.split('.').at(-1) ?? path;
  if (name === 'from_pretrained') return madeModule(context, 'E', { ...UNSEEN, dropout: 0 });
  const data = dataOfArguments(args);
  if (!/^[A-Z]/.test(name)) {
    letEscape(machine, args, name, state);
    const place = placeOf(context, 'call');
    return { kind: 'object', place, data: { ...data, split: data.split ?? null } };
  }
  escapeToHolder(context);
  const place = placeOf(context, 'new');
  const sensitivity = sensitivityByKeywords(args);
  const info = machine.objects.create(place, { origin: call, type: path, sensitivity });
  for (const value of args.positional.concat([...args.named.values()]))
    for (const held of machine.objects.modulesIn(value, state)) info.holds.add(held);
  state.clearAttributes(place);
  state.setMode(place, { mode: 'T', write: { start: call.start, end: call.end }, explicit: false });
  return { kind: 'object', place, data: { ...data, split: splitArgument(args) ?? data.split } };
}

/** `GCN(64, dropout=0.2)`, `UNet(norm='batch')`: a class from elsewhere may say by its arguments what it holds. */
function sensitivityByKeywords(args: CallArguments): Sensitivity {
  let { batchNorm, dropout } = UNSEEN;
  for (const [name, value] of args.named) {
    if (value.kind !== 'constant') continue;
    if (
      /^(?:dropout|drop_?rate|dropout_?(?:p|prob|rate)|p_?drop)$/i.test(name) &&
      typeof value.value === 'number' &&
      value.value > 0
    )
      dropout = 1;
    if (/^(?:batch_?norm|use_?(?:bn|batch_?norm)|bn)$/i.test(name) && value.value === true) batchNorm = 1;
    if (/^norm(?:_?layer)?$/i.test(name) && typeof value.value === 'string' && /^batch(?:_?norm)?$/i.test(value.value))
      batchNorm = 1;
  }
  return { ...UNSEEN, batchNorm, dropout };
}

function escapeToHolder({ machine, args, path, state }: Context): void {
  if (
    /(?:Optim\w*|SGD|AdamW?|RMSprop|Lamb|Lion|Scheduler\w*|LR|EMA|Ema|Saver|Checkpoint\w*|Logger|Writer|Meter|Loss|Criterion)$/.test(
      path,
    )
  )
    return;
  letEscape(machine, args, '', state);
}
