// Where the parser's two wasm files are: beside the bundle, or, run from source, in node_modules.

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { UserError } from '../base/errors.ts';
import { createParser, type PythonParser } from '../python/parser.ts';

const FILES = {
  runtime: ['web-tree-sitter.wasm', 'node_modules/web-tree-sitter/web-tree-sitter.wasm'],
  grammar: ['tree-sitter-python.wasm', 'node_modules/tree-sitter-python/tree-sitter-python.wasm'],
} as const;

export function startParser(...options: Rest<Parameters<typeof createParser>>): Promise<PythonParser> {
  return createParser({ runtime: read(FILES.runtime), grammar: read(FILES.grammar) }, ...options);
}

type Rest<T extends readonly unknown[]> = T extends readonly [unknown, ...infer R] ? R : never;

function read([built, source]: readonly [string, string]): Uint8Array {
  const here = path.dirname(fileURLToPath(import.meta.url));
  const candidates = [path.join(here, built), path.join(here, '..', '..', source)];
  const found = candidates.find((file) => existsSync(file));
  if (!found)
    throw new UserError(
      'check/not-built',
      `Expected the built file dist/${built} and found none; run \`npm run build\`.`,
    );
  return readFileSync(found);
}
