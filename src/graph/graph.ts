// The model as plain data that crosses threads, in torch.fx's words. A graph holds for any batch size:
// numbers that grow with the batch are `{ batch: k }`, and the engine works the shapes out again.

import type { Place } from '../base/finding.ts';
import type { DType } from '../torch/ops.ts';
import type { Value } from '../torch/signature.ts';

/** `exact`: computes what PyTorch computes. `approximated`, `skipped`: with a reason. */
export type Fidelity = 'exact' | 'approximated' | 'skipped';

/** One in-place initialization of a whole tensor, in the order of the user's program; the last full write wins. */
export interface InitCall {
  /** `torch.nn.init.kaiming_uniform_`, `torch.nn.init.constant_`, … in PyTorch's full spelling. */
  readonly target: string;
  readonly args: Readonly<Record<string, Value>>;
  /** The user's line; null where the layer's own `reset_parameters` did it. */
  readonly place: Place | null;
}

export interface TensorInfo {
  /** state_dict's name, `layer1.0.conv1.weight`. */
  readonly name: string;
  readonly kind: 'parameter' | 'buffer';
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly requires_grad: boolean;
  readonly persistent: boolean;
  readonly init: readonly InitCall[];
  /** The last dimension holds the real and the imaginary part of one number. */
  readonly complex?: true;
}

export interface ModuleInfo {
  /** `layer1.0.bn1`; empty for the root. */
  readonly path: string;
  /** `torch.nn.BatchNorm2d`, or the user's class name. */
  readonly class: string;
  /** The user's name for it, where a class of theirs derives from a layer and adds nothing to its forward. */
  readonly userClass?: string;
  /** Bound constructor arguments; empty for the user's own classes. */
  readonly args: Readonly<Record<string, Value>>;
  /** A layer of torch.nn, called as one; false for containers and the user's classes. */
  readonly layer: boolean;
  /** Attribute name (`weight`, `running_mean`) to the tensor's name in `tensors`; null where it is None. */
  readonly state: Readonly<Record<string, string | null>>;
  /** The user's line that made it. */
  readonly place: Place | null;
}

export interface GraphNode {
  /** Unique in the graph: `fc1`, `relu`, `add_1`. */
  readonly name: string;
  readonly op: 'placeholder' | 'get_attr' | 'call_module' | 'call_function' | 'output';
  /** call_module: the module's path. call_function: PyTorch's full name (`torch.nn.functional.relu`, `torch.cat`).
   * get_attr: the tensor's name. placeholder: the argument's name. */
  readonly target: string;
  /** Bound by name; a tensor is a `NodeRef`. The output's is `{ output: … }`. */
  readonly args: Readonly<Record<string, Value>>;
  /** As traced, at the example's batch size; one per output for a tuple. */
  readonly outputs: readonly { readonly shape: readonly number[]; readonly dtype: DType }[];
  /** The innermost line of the user's code, and the calls around it, innermost first. */
  readonly place: Place | null;
  readonly stack: readonly Place[];
  readonly fidelity: Fidelity;
  /** Why it is not exact; empty when it is. */
  readonly reason: string;
}

export interface GraphProblem {
  readonly code: string;
  readonly message: string;
  readonly place: Place | null;
}

export interface GraphInput {
  readonly name: string;
  /** The example's shape; dimension 0 is the batch when `batched`. */
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly batched: boolean;
  /** Smallest and largest value the model can take, for integers (an embedding's rows). */
  readonly range?: readonly [number, number];
}

export interface Graph {
  readonly version: 1;
  readonly rootClass: string;
  /** The expression the model was built with, `SimpleNet()`. */
  readonly construct: string;
  readonly path: string;
  readonly place: Place | null;
  readonly inputs: readonly GraphInput[];
  readonly modules: readonly ModuleInfo[];
  readonly tensors: readonly TensorInfo[];
  /** Topologically ordered; the same array twice where the modes do not differ. */
  readonly train: readonly GraphNode[];
  readonly eval: readonly GraphNode[];
  readonly problems: readonly GraphProblem[];
}

/** The other file whose call the model was built by, where nobody said how; null where there is none. */
export function builtIn({ path, problems }: Graph): string | null {
  const place = problems.find(({ code }) => code === 'model/as-used')?.place;
  return place && place.path !== path ? place.path : null;
}
