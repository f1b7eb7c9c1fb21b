// What is known of libraries the file calls, by full name: which layers follow train()/eval(), which
// factories return what in which mode, which frameworks switch modes themselves, which callees leave a
// module as it was. Data and small predicates; nothing here looks at a tree.

import { all as layers } from '../torch/nn/all.ts';

/** Positional argument names of what the table of layers does not have. */
const OTHER_SIGNATURES: Readonly<Record<string, readonly string[]>> = {
  'torch.utils.data.DataLoader': [
    'dataset',
    'batch_size',
    'shuffle',
    'sampler',
    'batch_sampler',
    'num_workers',
    'collate_fn',
    'pin_memory',
    'drop_last',
  ],
  'torch.nn.LSTM': ['input_size', 'hidden_size', 'num_layers', 'bias', 'batch_first', 'dropout', 'bidirectional'],
  'torch.nn.GRU': ['input_size', 'hidden_size', 'num_layers', 'bias', 'batch_first', 'dropout', 'bidirectional'],
  'torch.nn.RNN': [
    'input_size',
    'hidden_size',
    'num_layers',
    'nonlinearity',
    'bias',
    'batch_first',
    'dropout',
    'bidirectional',
  ],
  'torch.nn.functional.scaled_dot_product_attention': ['query', 'key', 'value', 'attn_mask', 'dropout_p', 'is_causal'],
  'torch.nn.init.constant_': ['tensor', 'val'],
  'torch.nn.init.constant': ['tensor', 'val'],
};

const LAYER_SIGNATURES: ReadonlyMap<string, readonly string[]> = new Map(
  layers.map(({ name, args }) => [name, Object.keys(args)]),
);

const DROPOUT = ['p', 'inplace'];
const FUNCTIONAL_DROPOUT = ['input', 'p', 'training', 'inplace'];

export function signatureOf(name: string): readonly string[] {
  if (isFunctionalDropout(name)) return FUNCTIONAL_DROPOUT;
  return LAYER_SIGNATURES.get(name) ?? OTHER_SIGNATURES[name] ?? (isDropout(name) ? DROPOUT : []);
}

/** Those that are active unless told otherwise; `alpha_dropout` is not. */
export function isFunctionalDropout(name: string): boolean {
  return /^torch\.nn\.functional\.dropout[123]?d?$/.test(name);
}

export function isBatchNorm(name: string): boolean {
  return /^torch\.nn\.(?:Lazy)?(?:Sync)?BatchNorm(?:[123]d)?$/.test(name);
}

export function isInstanceNorm(name: string): boolean {
  return /^torch\.nn\.(?:Lazy)?InstanceNorm[123]d$/.test(name);
}

export function isDropout(name: string): boolean {
  return /^torch\.nn\.(?:Feature)?(?:Alpha)?Dropout(?:[123]d)?$/.test(name);
}

export function isRecurrent(name: string): boolean {
  return /^torch\.nn\.(?:LSTM|GRU|RNN)$/.test(name);
}

/** Holds a weight of two or more dimensions that mixes all inputs into each unit. */
export function isWeighted(name: string): boolean {
  return /^torch\.nn\.(?:Linear|Bilinear|Conv[123]d|ConvTranspose[123]d|LSTM|GRU|RNN|LSTMCell|GRUCell|RNNCell)$/.test(
    name,
  );
}

/** `torch.nn.Linear`, not `torch.nn.Module`, not a function, not a loss. */
export function isLayer(name: string): boolean {
  return (
    /^torch\.nn\.[A-Z]\w*$/.test(name) &&
    !isLoss(name) &&
    !/\.(?:Module|Parameter|ParameterList|ParameterDict)$/.test(name)
  );
}

export function isContainer(name: string): boolean {
  return /^torch\.nn\.(?:Sequential|ModuleList|ModuleDict)$/.test(name);
}

export function isLoss(name: string): boolean {
  return (
    /^torch\.nn\.\w*Loss\w*$/.test(name) ||
    /^torch\.nn\.functional\.(?:\w+_loss|\w*cross_entropy\w*|kl_div|l1_loss|mse_loss)$/.test(name)
  );
}

/** Same tensor sizes, no parameters: what stands between a layer and the next one that has weights. */
export function activationOf(name: string): string | null {
  const match =
    /^torch\.(?:nn\.functional\.|nn\.)?(ReLU6?|LeakyReLU|ELU|SELU|GELU|SiLU|Mish|Tanh|Sigmoid|Softmax|relu6?_?|leaky_relu_?|elu|selu|gelu|silu|mish|tanh|sigmoid|softmax)$/.exec(
      name,
    );
  return match?.[1]?.toLowerCase().replaceAll('_', '').replace('leakyrelu', 'leaky_relu') ?? null;
}

/** Wrappers that are the same object to train() and eval(). */
export function isWrapper(name: string): boolean {
  return /^torch\.(?:nn\.parallel\.(?:DataParallel|DistributedDataParallel)|compile|nn\.SyncBatchNorm\.convert_sync_batchnorm|distributed\.fsdp\.FullyShardedDataParallel)$|^apex\.parallel\.|^timm\.utils\.unwrap_model$/.test(
    name,
  );
}

/** Given the parameters it is to change. */
export function isOptimizer(name: string): boolean {
  return /^torch\.optim\.(?!lr_scheduler|Optimizer$)\w+$|\.(?:SGD|Adam\w*|RAdam|NAdam|RMSprop|Adagrad|Adadelta|LAMB|Lamb|LARS|Lion|Adan|Ranger|AdaBelief|Novograd)$/.test(
    name,
  );
}

/** Records what a module computes, in the mode it is in at that moment; dynamo's exporter does so, the older one does not. */
export function isExporter(name: string): boolean {
  return /^torch\.(?:jit\.trace|export\.export|onnx\.dynamo_export|fx\.experimental\.optimization\.fuse|nn\.utils\.fusion\.fuse_conv_bn_eval|nn\.utils\.fuse_conv_bn_eval|(?:ao\.)?quantization\.(?:fuse_modules|prepare))$|^torch2trt\.torch2trt$|^torch_tensorrt\.compile$/.test(
    name,
  );
}

/** Objects whose `prepare`/`setup` return what they were given, in order. */
export function isPreparer(name: string): boolean {
  return /^(?:accelerate\.Accelerator|lightning\.fabric\.Fabric|lightning\.Fabric|lightning_fabric\.Fabric|deepspeed)\b/.test(
    name,
  );
}

export interface Factory {
  readonly mode: 'T' | 'E' | 'X';
  readonly batchNorm: boolean;
  readonly dropout: boolean;
}

/** What a library's model factory returns; null for a name that is none. `chosen`: the model asked for by name. */
export function factoryOf(name: string, chosen?: string): Factory | null {
  if (/^torchvision\.models\b/.test(name) || /\.get_torchvision_model$/.test(name))
    return torchvisionFactory(name, chosen);
  if (/^timm\.(?:create_model|models\.create_model)$/.test(name)) return torchvisionFactory('get_model', chosen);
  if (/^(?:transformers|diffusers)\.\w+\.from_pretrained$/.test(name))
    return { mode: 'E', batchNorm: false, dropout: true };
  if (/^segmentation_models_pytorch\.[A-Z]\w*$/.test(name)) return { mode: 'T', batchNorm: true, dropout: false };
  if (/^torch\.(?:hub\.load|load|jit\.load|jit\.trace)$/.test(name))
    return { mode: 'X', batchNorm: false, dropout: false };
  return null;
}

const BATCHNORM_MODEL =
  /^(?:resnet|resnext|wide_resnet|seresnet|densenet|mobilenet|inception|googlenet|mnasnet|shufflenet|efficientnet|tf_efficientnet|regnet|r3d|mc3|r2plus1d|s3d|fcn_|deeplabv3|lraspp)/i;

function torchvisionFactory(name: string, chosen: string | undefined): Factory | null {
  const last = name.split('.').at(-1) ?? '';
  const byName = /^(?:__dict__|get_model|get_torchvision_model|models)$/.test(last);
  const model = byName ? chosen : last;
  // Of a model chosen at run time it can only be said that nearly all have one or the other.
  if (model === undefined) return { mode: 'T', batchNorm: false, dropout: false };
  if (BATCHNORM_MODEL.test(model)) return { mode: 'T', batchNorm: true, dropout: false };
  if (/^vgg\d+_bn$/i.test(model)) return { mode: 'T', batchNorm: true, dropout: true };
  if (/^(?:vgg|alexnet|squeezenet)/i.test(model)) return { mode: 'T', batchNorm: false, dropout: true };
  if (byName || /^(?:convnext|swin|maxvit|vit|faster|mask|keypoint|ssd|retinanet|fcos)/i.test(model))
    return { mode: 'T', batchNorm: false, dropout: false };
  return null;
}

/** A library whose modules rules know. */
export type Framework = 'torch' | 'keras' | 'flax';

/** Of an imported name; null for any other library. */
export function frameworkOf(imported: string): Framework | null {
  if (/^(?:torch|torchvision|timm|lightning|pytorch_lightning|accelerate|transformers)\b/.test(imported))
    return 'torch';
  if (/^(?:tensorflow|keras)\b/.test(imported)) return 'keras';
  return /^flax\b/.test(imported) ? 'flax' : null;
}

/** Frameworks whose loops switch the mode of what they are given, wherever they are imported from. */
export function managingFramework(imported: string): string | null {
  const match =
    /^(fastai|ignite|skorch|mmengine|mmcv\.runner|detectron2|composer|catalyst|poutyne|torchbearer|keras|tensorflow|ultralytics)\b/.exec(
      imported,
    );
  return match?.[1] ?? null;
}

export function isManagedBase(name: string): boolean {
  return /\.(?:LightningModule|LightningDataModule|Callback|Trainer|Seq2SeqTrainer|Learner|LightningCLI|BaseFinetuning)$|^LightningModule$/.test(
    name,
  );
}

/** Training by inner loops or at test time; running in training mode is the method there. */
export function isTransductive(imported: string): boolean {
  return /^(?:higher|learn2learn|torchmeta)\b/.test(imported);
}

/** Names that make a tensor out of chance or nothing: what runs on them is no data's evaluation. */
export function makesNoise(name: string): boolean {
  return /^torch\.(?:randn|rand|randint|zeros|ones|empty|full|arange|linspace|eye|randn_like|rand_like|zeros_like|ones_like|FloatTensor|Tensor|normal)$|^numpy\.random\./.test(
    name,
  );
}

const ROWS: Readonly<Record<string, readonly [train: number, test: number]>> = {
  MNIST: [60_000, 10_000],
  FashionMNIST: [60_000, 10_000],
  KMNIST: [60_000, 10_000],
  QMNIST: [60_000, 60_000],
  CIFAR10: [50_000, 10_000],
  CIFAR100: [50_000, 10_000],
  SVHN: [73_257, 26_032],
  STL10: [5_000, 8_000],
  USPS: [7_291, 2_007],
};

/** How many samples a data set of torchvision has; null for what is not known. */
export function rowsOf(name: string, split: Split | null): number | null {
  const known = /^torchvision\.datasets\.(\w+)$/.exec(name)?.[1];
  const rows = known === undefined ? undefined : ROWS[known];
  if (!rows) return null;
  return split === 'eval' ? rows[1] : rows[0];
}

/** Methods of nn.Module that leave every mode as it is. */
const NEUTRAL_METHODS = new Set(
  'parameters named_parameters buffers named_buffers modules named_modules children named_children state_dict load_state_dict zero_grad add_module register_module register_buffer register_parameter register_forward_hook register_forward_pre_hook register_backward_hook register_full_backward_hook get_submodule get_parameter extra_repr __repr__ no_sync append extend insert load_pretrained size numel'.split(
    ' ',
  ),
);

export function isNeutralMethod(name: string): boolean {
  return NEUTRAL_METHODS.has(name);
}

/** Methods of nn.Module that return the module itself, in its mode. */
export function returnsItself(name: string): boolean {
  return /^(?:to|cuda|cpu|xpu|half|float|double|bfloat16|type|requires_grad_|share_memory|compile|to_empty)$/.test(
    name,
  );
}

/** Only a module has these; using one makes a value a module. */
export function isModuleMethod(name: string): boolean {
  return /^(?:train|eval|parameters|named_parameters|state_dict|load_state_dict|named_modules|requires_grad_)$/.test(
    name,
  );
}

/** Names of functions that may switch modes when given a module. */
export function mayRun(name: string): boolean {
  return /train|eval|test|valid|fit|infer|predict|run|step|epoch|mode|loop|sample|generat|freeze|engine|solver|bn|metric|score/i.test(
    name,
  );
}

/** Names of functions that are given a module and only look at it, store it or wrap it. */
export function onlyLooks(name: string): boolean {
  return /^(?:save|count|print|log|summary|info|get|compute_loss|load|init|profile|num|plot|clip|set_seed|visuali|make_dot|update_ema|update_param|copy|export|dump|write|build_optim|make_optim|configure|create_optim|optimizer|adjust|resume|restore|weights?_init|checkpoint|display|show|to_|move|register|watch|len|flops|model_)/i.test(
    name,
  );
}

export function looksLikeEvaluation(name: string): boolean {
  return /^_?(?:do_|run_|model_)?(?:test|val|valid|validate|validation|eval|evaluate|evaluation|inference|predict|get_?val|get_?test)(?:_|$|[A-Z0-9])|(?:_|^)(?:test|val|validate|validation|eval|evaluate)(?:_?(?:epoch|loop|step|model|one_epoch|net|loss|acc|accuracy))?$/i.test(
    name,
  );
}

/** What a name says of the data it holds. */
export type Split = 'train' | 'eval';

export function splitOfName(name: string): Split | null {
  const words = name
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[_\d]+/);
  if (words.some((word) => /^(?:train|trn|training)(?:loader|set|dataloader|data)?$/.test(word))) return 'train';
  if (
    words.some((word) =>
      /^(?:test|tst|val|valid|validation|eval|dev)(?:loader|set|dataloader|data|gen|generator)?$/.test(word),
    )
  )
    return 'eval';
  return null;
}
