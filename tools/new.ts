// `npm run new <kind> <name>`: the skeleton of one thing, where it belongs, and the lists made again. What is
// left to write is marked by a thrown error or an empty heading, so that nothing unfinished passes the tests.

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { generate } from './generate.ts';

interface Name {
  /** As given: `missing-zero-grad`, or a class such as `BatchNorm2d` for a layer's file. */
  readonly kebab: string;
  readonly camel: string;
  readonly title: string;
}

type Kind = (name: Name) => Readonly<Record<string, string>>;

const KINDS: Readonly<Record<string, Kind>> = {
  rule: ({ kebab, title }) => ({
    [`src/analysis/rules/${kebab}.ts`]: `import type { Rule } from '../rule.ts';

export default {
  code: 'NL000',
  name: '${kebab}',
  title: '${title}',
  severity: 'warning',
  summary: '',
  page: 'rules/${kebab}.md',
  check() {
    throw new Error('Not written yet: ask the facts, and report.');
  },
} satisfies Rule;
`,
    [`src/analysis/rules/${kebab}.md`]: `# ${title}

## Flagged

\`\`\`python
# flagged: one comment and one line of carets under each span
\`\`\`

## Fixed

\`\`\`python
\`\`\`

## Not flagged

## When to allow it
`,
  }),

  layer: ({ kebab }) => ({
    [`src/torch/nn/${kebab}.ts`]: `// As torch/nn/modules/${kebab}.py: one exported value a class.

import { layer } from '../layer.ts';

export const NameOfTheClass = layer({
  name: 'torch.nn.NameOfTheClass',
  args: {},
  forward(_ops, { input }) {
    return input;
  },
});
`,
  }),

  op: ({ kebab }) => ({
    [`src/engine/ops/${kebab}.ts`]: `// Forward and backward side by side, and samples that every backend is checked on.

import { family } from './op.ts';

export default family({
  name: '${kebab}',
  ops() {
    throw new Error('Not written yet: emit the forward, and register its backward.');
  },
  samples: [],
});
`,
  }),

  observer: ({ kebab, title }) => ({
    [`src/train/observers/${kebab}.ts`]: `import type { Observer } from '../observer.ts';

export default {
  name: '${kebab}',
  title: '${title}',
  watch() {
    throw new Error('Not written yet: watch the run, and answer with observations.');
  },
} satisfies Observer;
`,
  }),

  verdict: ({ kebab, title }) => ({
    [`src/lab/verdicts/${kebab}.ts`]: `import type { VerdictKind } from '../verdict.ts';

export default {
  name: '${kebab}',
  code: 'NL000',
  title: '${title}',
  observers: [],
  judge() {
    throw new Error('Not written yet: hold what was measured against a ratio, and say both.');
  },
} satisfies VerdictKind;
`,
    [`src/lab/verdicts/${kebab}.md`]: `# ${title}\n\n## Shows it\n\n## Does not show it\n\n## Thresholds\n`,
  }),

  chart: ({ kebab, camel }) => ({
    [`webview-ui/charts/${kebab}.ts`]: `import type { Chart } from './chart.ts';

const ${camel}: Chart<never> = {
  name: '${kebab}',
  config() {
    throw new Error('Not written yet: a drawing, a table and a sentence of the same numbers.');
  },
  table: () => ({ caption: '', columns: [], rows: [] }),
  summary: () => '',
  legend: () => [],
  height: () => 160,
};

export default ${camel};
`,
  }),
};

function nameOf(kebab: string): Name {
  const words = kebab.split('-');
  const camel = words.map((word, i) => (i === 0 ? word : (word[0] ?? '').toUpperCase() + word.slice(1))).join('');
  const sentence = words.join(' ');
  return { kebab, camel, title: (sentence[0] ?? '').toUpperCase() + sentence.slice(1) };
}

/** The files of a new thing, by path; empty where there is no such kind. */
export function skeleton(kind: string, name: string): Readonly<Record<string, string>> {
  return KINDS[kind]?.(nameOf(name)) ?? {};
}

export const kinds = Object.keys(KINDS);

async function main(kind = '', name = ''): Promise<void> {
  const files = skeleton(kind, name);
  if (Object.keys(files).length === 0 || !/^[a-z][a-z0-9_]*(-[a-z0-9]+)*$/.test(name)) {
    console.error(`Expected \`npm run new <kind> <kebab-name>\` with one of ${kinds.join(', ')}.`);
    process.exitCode = 2;
    return;
  }
  const root = path.resolve(import.meta.dirname, '..');
  const taken = Object.keys(files).find((file) => existsSync(path.join(root, file)));
  if (taken) {
    console.error(`${taken} is there already; choose another name.`);
    process.exitCode = 2;
    return;
  }
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
    console.log(`written: ${file}`);
  }
  for (const file of await generate(false)) console.log(`generated: ${file}`);
}

if (process.argv[1] === import.meta.filename) await main(...process.argv.slice(2));
