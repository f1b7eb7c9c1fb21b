// What ships beside the bundles: the parser's runtime, the grammar, and the pages of rules and verdicts.

import { copyFile, mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
/** A verdict that measures a rule's finding shares its name; the rule's page is the one shown. */
const PAGES = ['src/lab/verdicts', 'src/analysis/rules'];

export async function build(out) {
  await mkdir(path.join(out, 'pages'), { recursive: true });
  const pages = new Map();
  for (const folder of PAGES) {
    for (const file of await readdir(path.join(root, folder))) if (file.endsWith('.md')) pages.set(file, folder);
  }
  const files = [
    ['node_modules/web-tree-sitter/web-tree-sitter.wasm', 'web-tree-sitter.wasm'],
    ['node_modules/tree-sitter-python/tree-sitter-python.wasm', 'tree-sitter-python.wasm'],
    ...[...pages].map(([page, folder]) => [`${folder}/${page}`, `pages/${page}`]),
  ];
  await Promise.all(files.map(([from, to]) => copyFile(path.join(root, from), path.join(out, to))));
}
