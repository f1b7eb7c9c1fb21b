// What is true of one file, read once per version and asked by rules. Everything is made when it is first
// asked for, so a file without PyTorch costs its parse and nothing more.

import type { Span } from '../base/finding.ts';
import { LineMap } from '../base/text.ts';
import { type Names, readNames } from '../python/names.ts';
import type { Module } from '../python/tree.ts';
import { readValues, type Values } from '../python/values.ts';
import { type Classes, readClasses } from './modules.ts';

/** What facts are read from: a parsed file. */
export interface SourceTree {
  readonly text: string;
  readonly module: Module;
  readonly comments: readonly Span[];
  readonly syntaxErrors: readonly Span[];
}

export interface Facts {
  readonly path: string;
  readonly text: string;
  readonly lines: LineMap;
  readonly module: Module;
  readonly comments: readonly Span[];
  readonly syntaxErrors: readonly Span[];
  /** False: no rule has anything to say. */
  readonly usesTorch: boolean;
  /** A test, a benchmark or a test's helper, going by its path. */
  readonly isTest: boolean;
  readonly names: Names;
  readonly values: Values;
  readonly classes: Classes;
  /** How many training steps run while the module is in eval mode; a fix must not add to it. */
  readonly trainingInEval: number;
}

export function readFacts(tree: SourceTree, path: string): Facts {
  const names = readNames(tree.module);
  const values = readValues(tree.module, names);
  return {
    path,
    text: tree.text,
    lines: new LineMap(tree.text),
    module: tree.module,
    comments: tree.comments,
    syntaxErrors: tree.syntaxErrors,
    usesTorch: names.imports.some((name) =>
      /^(?:torch|torchvision|timm|lightning|pytorch_lightning|accelerate|transformers)\b/.test(name),
    ),
    isTest: /(?:^|\/)(?:tests?|benchmarks?)\/|(?:^|\/)(?:test_[^/]*|[^/]*_test|conftest)\.py$/.test(path),
    names,
    values,
    classes: readClasses(tree.module, names, values),
    trainingInEval: 0,
  };
}
