// The file's classes as PyTorch sees them: which are nn.Modules, which layers they make with which
// arguments, in which order forward() uses them, and what in them follows train() and eval().

import type { Names } from '../python/names.ts';
import type { Call, ClassDef, FunctionDef, Module, Statement } from '../python/tree.ts';
import { type Values, visitStatements } from '../python/values.ts';
import { ownExpressions, statementsOf, visitExpression } from '../python/walk.ts';
import { isBatchNorm, isDropout, isLayer, isManagedBase } from './knowledge.ts';
import {
  addSensitivity,
  type ForwardStep,
  INSENSITIVE,
  isSelfAttribute,
  type LayerFact,
  layerSensitivity,
  layersOf,
  type Sensitivity,
  stepsOf,
  UNSEEN,
} from './layers.ts';
import type { Neighbors } from './summary.ts';

export interface ClassFact {
  readonly def: ClassDef;
  readonly name: string;
  readonly isModule: boolean;
  /** A framework runs its methods and switches its mode. */
  readonly isManaged: boolean;
  readonly bases: readonly ClassFact[];
  /** Full names of bases from elsewhere; null where one cannot be resolved. */
  readonly outerBases: readonly (string | null)[];
  readonly methods: ReadonlyMap<string, FunctionDef>;
  readonly layers: readonly LayerFact[];
  /** Attributes in the order forward() calls them, with repetitions, and the functions between them. */
  readonly forwardSteps: readonly ForwardStep[];
  readonly sensitivity: Sensitivity;
}

export interface Classes {
  readonly all: readonly ClassFact[];
  of(def: ClassDef): ClassFact | undefined;
  /** A method found as Python finds it, in this file. */
  method(owner: ClassFact, name: string): { readonly def: FunctionDef; readonly owner: ClassFact } | null;
  /** What a constructor call in this file makes follow train() and eval(). */
  layerSensitivity(layer: LayerFact): Sensitivity;
}

export function readClasses(module: Module, names: Names, values: Values, neighbors: Neighbors): Classes {
  return new FileClasses(module, names, values, neighbors);
}

/** One class with what it is made of; the others of the file are not looked at. */
export function readClass(def: ClassDef, names: Names, values: Values, neighbors: Neighbors): ClassFact | null {
  return new FileClasses(null, names, values, neighbors).read(def);
}

/** Parameters that are given modules, by the look of them; `num_layers` is not. */
const PART_NAME = /^(?!n_|nb_|num)\w*(?:model|net|encoder|decoder|backbone|layer|block|module|head|extractor)s?$/i;

class FileClasses implements Classes {
  readonly #module: Module | null;
  #all: readonly ClassFact[] | undefined;
  readonly #byDef = new Map<ClassDef, ClassFact>();
  readonly #neighbors: Neighbors;
  readonly #names: Names;
  readonly #values: Values;
  readonly #open = new Set<ClassDef>();

  constructor(module: Module | null, names: Names, values: Values, neighbors: Neighbors) {
    this.#module = module;
    this.#neighbors = neighbors;
    this.#names = names;
    this.#values = values;
  }

  get all(): readonly ClassFact[] {
    this.#all ??= this.#readAll();
    return this.#all;
  }

  of(def: ClassDef): ClassFact | undefined {
    return this.all.length > 0 ? this.#byDef.get(def) : undefined;
  }

  #readAll(): readonly ClassFact[] {
    const defs: ClassDef[] = [];
    visitStatements(this.#module?.body ?? [], (statement) => {
      if (statement.kind === 'class') defs.push(statement);
    });
    return defs.flatMap((def) => this.read(def) ?? []);
  }

  method(owner: ClassFact, name: string): { def: FunctionDef; owner: ClassFact } | null {
    const own = owner.methods.get(name);
    if (own) return { def: own, owner };
    for (const base of owner.bases) {
      const inherited = this.method(base, name);
      if (inherited) return inherited;
    }
    return null;
  }

  layerSensitivity(layer: LayerFact): Sensitivity {
    return layerSensitivity(layer, this.#values) ?? this.#localSensitivity(layer);
  }

  #localSensitivity(layer: LayerFact): Sensitivity {
    const def = this.#names.definition(layer.call.callee, layer.scope);
    const fact = def?.kind === 'class' ? this.read(def) : null;
    if (!fact) return UNSEEN;
    return layer.once ? fact.sensitivity : { ...fact.sensitivity, exact: false };
  }

  /** null for a class that contains itself, while it is being read. */
  read(def: ClassDef): ClassFact | null {
    const known = this.#byDef.get(def);
    if (known) return known;
    if (this.#open.has(def)) return null;
    this.#open.add(def);
    const scope = this.#names.scopeOf(def).parent ?? this.#names.module;
    const bases: ClassFact[] = [];
    const outerBases: (string | null)[] = [];
    for (const base of def.bases) {
      if (base.name !== null) continue;
      const local = this.#names.definition(base.value, scope);
      const fact = local?.kind === 'class' ? this.read(local) : null;
      if (fact) bases.push(fact);
      else outerBases.push(this.#names.resolve(base.value, scope));
    }
    const elsewhere = outerBases.flatMap((base) => (base ? (this.#neighbors.classOf(base) ?? []) : []));
    const isManaged =
      elsewhere.some((base) => base.isManaged) ||
      outerBases.some((base) => base !== null && isManagedBase(base)) ||
      bases.some((base) => base.isManaged);
    const isModule =
      elsewhere.some((base) => base.isModule) ||
      outerBases.some(
        (base) =>
          base !== null &&
          (/^torch\.nn\.(?:modules\.\w+\.)?_?[A-Z]\w*$/.test(base) ||
            /\.LightningModule$/.test(base) ||
            /^torchvision\.models\.\w+/.test(base)),
      ) ||
      bases.some((base) => base.isModule);
    const methods = new Map(def.body.flatMap((item) => (item.kind === 'function' ? [[item.name, item] as const] : [])));
    const layers = [...methods.values()].flatMap((method) => layersOf(method, this.#names));
    const forward = methods.get('forward') ?? methods.get('__call__');
    const forwardSteps = forward
      ? stepsOf(forward, this.#names)
      : (bases.find((base) => base.forwardSteps.length)?.forwardSteps ?? []);
    const own = { def, name: def.name, isModule, isManaged, bases, outerBases, methods, layers, forwardSteps };
    const fact: ClassFact = { ...own, sensitivity: this.#sensitivity(own) };
    this.#byDef.set(def, fact);
    this.#open.delete(def);
    return fact;
  }

  #sensitivity(fact: Omit<ClassFact, 'sensitivity'>): Sensitivity {
    let sum = fact.bases.reduce((total, base) => addSensitivity(total, base.sensitivity), INSENSITIVE);
    for (const base of fact.outerBases) sum = addSensitivity(sum, baseSensitivity(base));
    for (const layer of fact.layers) sum = addSensitivity(sum, this.layerSensitivity(layer));
    const seen = (name: string | null) =>
      name !== null &&
      (/^torch\.nn\.Module$|\._BatchNorm$/.test(name) ||
        isLayer(name) ||
        /^torch\.nn\.(?:modules\.loss\.)?_?\w*Loss$/.test(name) ||
        /^(?:abc|typing|builtins)\./.test(name));
    for (const base of fact.outerBases) {
      const elsewhere = base && this.#neighbors.classOf(base);
      if (elsewhere) sum = addSensitivity(sum, elsewhere.sensitivity);
      else if (!seen(base) && fact.isModule) sum = addSensitivity(sum, UNSEEN);
    }
    sum = addSensitivity(sum, this.#madeElsewhere(fact));
    const functional = this.#functionalDropout(fact);
    return functional > 0 ? { ...sum, dropout: sum.dropout + functional } : sum;
  }

  /** What the constructor makes of names from elsewhere: what another file says of them, or what cannot be seen. */
  #madeElsewhere(fact: Omit<ClassFact, 'sensitivity'>): Sensitivity {
    const init = fact.methods.get('__init__');
    if (!init) return INSENSITIVE;
    const called = new Set<FunctionDef>([init]);
    forEachCall(init.body, ({ callee }) => {
      const method = isSelfAttribute(callee) && callee.kind === 'attribute' ? fact.methods.get(callee.name) : undefined;
      if (method) called.add(method);
    });
    return [...called].map((def) => this.#assignedElsewhere(def)).reduce(addSensitivity, INSENSITIVE);
  }

  #assignedElsewhere(def: FunctionDef): Sensitivity {
    const scope = this.#names.scopeOf(def);
    const params = new Set(def.params.map((param) => param.name));
    let sum = INSENSITIVE;
    for (const statement of statementsOf(def.body)) {
      if (statement.kind !== 'assign' || !statement.targets.some(isSelfAttribute)) continue;
      if (statement.value)
        visitExpression(statement.value, (part) => {
          if (part.kind !== 'call') return;
          const name = this.#names.resolve(part.callee, scope);
          const isParameter = name === null && part.callee.kind === 'name' && params.has(part.callee.id);
          if (isParameter) sum = addSensitivity(sum, UNSEEN);
          if (name && !/^(?:torch|builtins|math|numpy|functools|copy|collections|typing)\b/.test(name))
            sum = addSensitivity(sum, this.#sensitivityElsewhere(name));
        });
      if (statement.value?.kind === 'name' && params.has(statement.value.id) && PART_NAME.test(statement.value.id))
        sum = addSensitivity(sum, UNSEEN);
    }
    return sum;
  }

  /** A call may stand in a loop, so the numbers are those of places. */
  #sensitivityElsewhere(name: string): Sensitivity {
    const made = this.#neighbors.classOf(name) ?? this.#neighbors.functionOf(name)?.makes;
    if (made) return { ...made.sensitivity, exact: false };
    return this.#neighbors.functionOf(name) ? INSENSITIVE : UNSEEN;
  }

  /** `F.dropout(x, training=self.training)` follows the mode; other spellings do not. */
  #functionalDropout(fact: Omit<ClassFact, 'sensitivity'>): number {
    let count = 0;
    for (const method of fact.methods.values()) {
      const scope = this.#names.scopeOf(method);
      forEachCall(method.body, (call) => {
        const name = this.#names.resolve(call.callee, scope);
        if (!name || !/^torch\.nn\.functional\.(?:\w*dropout\w*|batch_norm)$/.test(name)) return;
        const training = call.args.find((argument) => argument.name === 'training')?.value;
        if (training && isSelfAttribute(training) && training.kind === 'attribute' && training.name === 'training')
          count++;
      });
    }
    return count;
  }
}

/** A class that is a BatchNorm or a Dropout follows the mode as they do. */
function baseSensitivity(base: string | null): Sensitivity {
  if (base === null) return INSENSITIVE;
  if (isBatchNorm(base) || base.endsWith('._BatchNorm')) return { ...INSENSITIVE, batchNorm: 1 };
  return isDropout(base) ? { ...INSENSITIVE, dropout: 1 } : INSENSITIVE;
}

function forEachCall(body: readonly Statement[], visit: (call: Call) => void): void {
  for (const statement of statementsOf(body))
    for (const own of ownExpressions(statement)) visitExpression(own, (part) => part.kind === 'call' && visit(part));
}
