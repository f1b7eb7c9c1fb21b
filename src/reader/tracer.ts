// Answers the tracing torch's questions from the one table of layers, functions and initializations. A question
// is a JSON list, `["functionOutput", name, args, types, training]`; so is a file's whole use of PyTorch readable.
// An answer depends on the question alone: both sides may keep it.

import { UserError } from '../base/errors.ts';
import { findInit, isInit } from '../torch/init.ts';
import {
  describe,
  findFunction,
  findLayer,
  functionOutput,
  layerOutput,
  layerState,
  type TypeTable,
} from '../torch/lookup.ts';
import type { Params, Value, Values } from '../torch/signature.ts';

type Question =
  | readonly ['layers']
  | readonly ['functions']
  | readonly ['layer', string]
  | readonly ['function', string]
  | readonly ['init', string]
  | readonly ['state', string, Values]
  | readonly ['layerOutput', string, Values, Values, TypeTable, boolean]
  | readonly ['functionOutput', string, Values, TypeTable, boolean];

/** Gives `{"answer": …}`, or `{"error": message, "code": …}` where PyTorch would refuse; never throws. */
export function createTracer(): (question: string) => string {
  const description = describe();
  return (text) => {
    try {
      return JSON.stringify({ answer: reply(JSON.parse(text) as Question) });
    } catch (error) {
      if (error instanceof UserError) return JSON.stringify({ error: error.message, code: error.code });
      const message = error instanceof Error ? error.message : String(error);
      return JSON.stringify({ error: message, code: 'reader/internal' });
    }
  };

  function reply(question: Question): unknown {
    switch (question[0]) {
      case 'layers':
        return Object.keys(description.layers).filter((name) => name.startsWith('torch.nn.'));
      case 'functions':
        return Object.keys(description.functions);
      case 'layer':
        return own(description.layers, question[1]);
      case 'function':
        return own(description.functions, question[1]);
      case 'init':
        return isInit(question[1]) ? params(findInit(question[1]).args) : null;
      case 'state':
        return layerState(layerNamed(question[1]), question[2]);
      case 'layerOutput': {
        const [, name, args, inputs, types, training] = question;
        return layerOutput(layerNamed(name), args, inputs, types, training);
      }
      case 'functionOutput': {
        const [, name, args, types, training] = question;
        const found = findFunction(name);
        if (!found) throw new UserError('torch/unknown', `\`${name}\` is not known.`);
        return functionOutput(found.fn, args, types, training);
      }
      default:
        return question satisfies never;
    }
  }
}

function layerNamed(name: string) {
  const layer = findLayer(name);
  if (!layer) throw new UserError('torch/unknown', `\`${name}\` is not known.`);
  return layer;
}

function own<T>(record: Readonly<Record<string, T>>, name: string): T | null {
  return Object.hasOwn(record, name) ? (record[name] ?? null) : null;
}

interface ParamData {
  readonly name: string;
  readonly required: boolean;
  readonly default: Value;
  readonly tensor: boolean;
  readonly keywordOnly: boolean;
  readonly varargs: boolean;
  readonly varkeywords: boolean;
}

function params(all: Params): ParamData[] {
  return Object.entries(all).map(([name, param]) => ({
    name,
    required: param.required,
    default: param.default,
    tensor: param.tensor,
    keywordOnly: param.keywordOnly,
    varargs: param.varargs,
    varkeywords: param.varkeywords,
  }));
}
