// Every signature against PyTorch's own: names, order, defaults. A function written in C++ may have several
// overloads; one of them must be ours, and what we take besides must be in another.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { allInitializers } from '../../src/torch/init.ts';
import { describe as describeTorch, type ParamDescription } from '../../src/torch/lookup.ts';

const oracle: Record<string, string[][]> = JSON.parse(
  readFileSync(new URL('../oracle/torch-signatures.json', import.meta.url), 'utf8'),
);

/** Arguments that came after the version that was recorded, or that its stubs leave out. */
const NEWER: Readonly<Record<string, readonly string[]>> = {
  'torch.nn.LayerNorm': ['bias'],
  'torch.nn.MultiheadAttention.forward': ['is_causal'],
  'torch.tensor': ['pin_memory'],
  'torch.nn.functional.multi_head_attention_forward': ['is_causal'],
  // What the input of a recurrent layer carries where it is a PackedSequence.
  'torch.nn.RNN.forward': ['lengths'],
  'torch.nn.LSTM.forward': ['lengths'],
  'torch.nn.GRU.forward': ['lengths'],
};

/** Not ours to take: where the result is written, and PyTorch's own streams of chance. */
const NOT_TAKEN = new Set(['out', 'generator', 'names', 'kwargs']);

/** Overloads that share one signature here, which no single one of PyTorch's has; bound by hand-written rules. */
const MERGED = new Set(['torch.arange', 'torch.Tensor.to', 'torch.einsum']);

/** Keyword-only in truth; the stubs forget to say so. */
const STUB_MISTAKES = new Set(['torch.tensor', 'torch.Tensor.new_tensor']);

interface Argument {
  readonly name: string;
  readonly default: string | undefined;
  readonly keywordOnly: boolean;
}

suite('torch: signatures', () => {
  const { layers, functions } = describeTorch();

  for (const [name, { args, call }] of Object.entries(layers)) {
    if (oracle[name] === undefined) continue;
    test(name, () => {
      compare(name, args, false);
      compare(`${name}.forward`, call, false);
    });
  }

  for (const [name, { args }] of Object.entries(functions)) {
    // Operators are called by position only.
    if (oracle[name] === undefined || /\.__\w+__$/.test(name) || MERGED.has(name)) continue;
    const { name: canonical } = functions[name] ?? { name };
    const shared = canonical === name ? [] : optionalNames(args);
    test(name, () => compare(name, args, name.startsWith('torch.Tensor.'), [], shared));
  }

  for (const { name, args } of allInitializers) {
    if (!name.startsWith('torch.nn.init.')) continue;
    test(name, () => {
      const described = Object.entries(args).map(([word, param]) => ({ ...param, name: word }));
      compare(name, described, false, ['tensor']);
    });
  }

  test('the names that are recorded are all there are (UPDATE_GOLDEN=1 writes them)', () => {
    const names = {
      layers: Object.keys(layers),
      functions: Object.keys(functions),
      inits: allInitializers.map(({ name }) => name),
    };
    const text = `${JSON.stringify(names).replaceAll('","', '",\n"')}\n`;
    const file = new URL('../oracle/torch-names.json', import.meta.url);
    if (process.env['UPDATE_GOLDEN'] !== undefined) writeFileSync(file, text);
    assert.equal(readFileSync(file, 'utf8'), text, 'write them, then run tools/record-torch.py');
  });

  test('most names have a recorded signature', () => {
    const known = Object.keys(functions).filter((name) => oracle[name] !== undefined);
    assert.ok(known.length > 400, `${known.length} of ${Object.keys(functions).length}`);
  });
});

/** What an alias may take besides, as it shares the signature of a function that has more to choose. */
function optionalNames(args: readonly ParamDescription[]): string[] {
  return args.filter((param) => !param.required).map((param) => param.name);
}

function compare(
  name: string,
  ours: readonly ParamDescription[],
  method: boolean,
  without: readonly string[] = [],
  shared: readonly string[] = [],
): void {
  const recorded = oracle[name] ?? [];
  // `(*args, **kwargs)` says nothing of what is taken.
  if (recorded.every((texts) => texts.every((text) => text.startsWith('*')))) return;
  const overloads = recorded.map((texts) => parse(texts, method, without));
  const newer = NEWER[name] ?? [];
  const known = new Set(overloads.flat().map((argument) => argument.name));
  const own = (method ? ours.slice(1) : ours).filter(
    (param) =>
      !newer.includes(param.name) &&
      !NOT_TAKEN.has(param.name) &&
      (known.has(param.name) || !(shared.includes(param.name) || param.name === 'memory_format')),
  );
  assert.deepEqual(
    own.filter((param) => !known.has(param.name)).map((param) => param.name),
    [],
    `${name} takes what PyTorch does not: ${JSON.stringify(oracle[name])}`,
  );
  const problems = overloads.map((overload) => mismatch(name, own, overload, overloads));
  assert.ok(problems.includes(''), `${name}: ${problems.join(' | ')}`);
}

/** Empty where the overload is ours. */
function mismatch(
  callee: string,
  own: readonly ParamDescription[],
  overload: readonly Argument[],
  overloads: readonly (readonly Argument[])[],
): string {
  const lax = STUB_MISTAKES.has(callee);
  const positions = own.filter((param) => !param.keywordOnly);
  const expected = overload.filter((argument) => !argument.keywordOnly && !(lax && argument.default !== undefined));
  for (const [i, argument] of expected.entries())
    if (positions[i]?.name !== argument.name) return `position ${i} is ${argument.name}, not ${positions[i]?.name}`;
  for (const argument of overload) {
    const param = own.find((one) => one.name === argument.name);
    if (param === undefined) return `${argument.name} is missing`;
    const elsewhere = overloads.some((other) => !other.some((one) => one.name === argument.name));
    if (param.required !== (argument.default === undefined) && !elsewhere && !param.varargs)
      return `${argument.name} is ${param.required ? 'required' : 'optional'}`;
    if (!param.required && argument.default !== undefined && !sameDefault(argument.default, param.default))
      return `${argument.name}=${argument.default}, not ${JSON.stringify(param.default)}`;
  }
  return '';
}

function sameDefault(theirs: string, ours: unknown): boolean {
  // In C++ an empty list and None are one default.
  if (theirs === '[]' && ours === null) return true;
  const value: unknown = JSON.parse(theirs);
  return JSON.stringify(value) === JSON.stringify(ours);
}

function parse(texts: readonly string[], method: boolean, without: readonly string[]): Argument[] {
  let keywordOnly = false;
  const found: Argument[] = [];
  for (const [i, text] of texts.entries()) {
    const [name = '', fallback] = text.replace(/^\*+/, '').split(/=(.*)/);
    if (text.startsWith('*')) keywordOnly = true;
    if (text === '*' || NOT_TAKEN.has(name) || without.includes(name)) continue;
    if (method && i === 0 && name === 'self') continue;
    // `from` is a word of Python's; the stubs write it with a line, and `self` for what the documentation calls input.
    found.push({
      name: name.replace(/^from_$/, 'from').replace(/^self$/, 'input'),
      default: fallback,
      keywordOnly: keywordOnly && !text.startsWith('*'),
    });
  }
  return found;
}
