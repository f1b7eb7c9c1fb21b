// Who may import whom. One table; an arrow that is not here does not exist.

/** Area → areas whose values it may import. Types may come from more; see TYPES. */
const VALUES = {
  base: [],
  torch: ['base'],
  python: ['base'],
  facts: ['base', 'torch', 'python'],
  analysis: ['base', 'torch', 'python', 'facts', 'graph'],
  graph: ['base', 'torch'],
  reader: ['base', 'torch', 'graph'],
  engine: ['base', 'torch', 'graph'],
  lab: ['base', 'torch', 'graph'],
  train: ['base', 'torch', 'graph', 'engine'],
  protocol: ['base'],
  worker: ['base', 'protocol', 'train', 'reader', 'engine'],
  host: ['base', 'protocol', 'torch', 'python', 'facts', 'analysis', 'graph', 'lab'],
  cli: ['base', 'protocol', 'torch', 'python', 'facts', 'analysis', 'graph', 'lab', 'train'],
};

/** Further areas whose types may be named. */
const TYPES = {
  train: ['lab'],
  protocol: ['torch', 'python', 'facts', 'analysis', 'graph', 'lab', 'train', 'engine', 'reader'],
  worker: ['lab', 'graph', 'torch'],
};

const CORES = 'base|torch|python|facts|analysis|graph|reader|engine|lab|train|protocol';
const list = (areas) => `^src/(${areas.join('|')})/`;

const areaRules = Object.entries(VALUES).flatMap(([area, values]) => {
  const all = [area, ...values, ...(TYPES[area] ?? [])];
  // The shells talk to threads through one port, which stands with the workers.
  const port = area === 'host' || area === 'cli' ? ['^src/worker/thread-port\\.ts$'] : [];
  const rules = [
    {
      name: `${area}-imports`,
      severity: 'error',
      comment: `${area}/ may import ${values.join(', ') || 'nothing'}.`,
      from: { path: `^src/${area}/` },
      to: { path: '^src/', pathNot: [list(all), '^src/platform\\.d\\.ts$', ...port] },
    },
  ];
  if (TYPES[area])
    rules.push({
      name: `${area}-types-only`,
      severity: 'error',
      comment: `${area}/ may name types of ${TYPES[area].join(', ')}, and call nothing of them.`,
      from: { path: `^src/${area}/` },
      to: { path: list(TYPES[area].filter((other) => !values.includes(other))), dependencyTypesNot: ['type-only'] },
    });
  return rules;
});

module.exports = {
  forbidden: [
    ...areaRules,
    {
      name: 'vscode-in-the-host-only',
      severity: 'error',
      from: { pathNot: ['^src/host/', '^src/extension\\.ts$', '^test/host/'] },
      to: { path: '^vscode$' },
    },
    {
      name: 'cores-are-pure',
      severity: 'error',
      comment: 'A core takes values and returns values; it reads no file and no clock.',
      from: { path: `^src/(${CORES})/`, pathNot: '^src/reader/interpreter\\.ts$' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'the-editor-never-trains',
      severity: 'error',
      from: { path: '^src/(host|analysis)/' },
      to: { path: '^src/engine/', reachable: true },
    },
    {
      name: 'the-trainer-never-parses',
      severity: 'error',
      from: { path: '^src/(train|engine)/' },
      to: { path: '^src/(python|facts|reader)/', reachable: true },
    },
    {
      name: 'tree-sitter-in-the-parser-only',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/python/parser\\.ts$' },
      to: { path: 'web-tree-sitter' },
    },
    {
      name: 'pyodide-in-the-interpreter-only',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/reader/interpreter\\.ts$' },
      to: { path: 'node_modules/pyodide' },
    },
    {
      name: 'browser-code-knows-the-protocol',
      severity: 'error',
      from: { path: '^webview-ui/' },
      to: { path: '^src/', pathNot: '^src/(protocol|base)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-tests-in-the-product',
      severity: 'error',
      from: { path: '^(src|webview-ui)/' },
      to: { path: '^(test|tools)/' },
    },
    {
      name: 'no-unresolved',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: ['^vscode$', '\\.md$', '\\.css$'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|out|node_modules|src/engine/kernels/wasm/assembly)' },
    tsPreCompilationDeps: 'specify',
    tsConfig: { fileName: `${__dirname}/tsconfig.base.json` },
    enhancedResolveOptions: {
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.d.ts'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
