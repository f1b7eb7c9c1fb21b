// Compiles the engine's kernels to WebAssembly, twice: with plain SIMD and with fused multiply-adds. The interpreter's dispatch and the codes of the elementwise
// functions are made from the reference kernels' table, so that the two cannot drift apart.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';
import esbuild from 'esbuild';

const root = path.resolve(import.meta.dirname, '..');
const assembly = path.join(root, 'src/engine/kernels/wasm/assembly');
const FEATURES = ['simd', 'bulk-memory', 'sign-extension', 'mutable-globals', 'nontrapping-f2i'];
const OPTIONS = [
  '--runtime',
  'stub',
  '--importMemory',
  '--memoryBase',
  '1024',
  '--maximumMemory',
  '65536',
  '-O3',
  '--noAssert',
  '--converge',
  '--use',
  'abort=',
  '--disableWarning',
  '112',
];

/** What is made, and the features beyond FEATURES that it needs. */
const MODULES = { 'kernels.wasm': [], 'kernels-fused.wasm': ['relaxed-simd'] };

/** Writes the modules to the folder `out`; does nothing when they are current. */
export async function build(out) {
  const folder = path.resolve(root, out);
  const stamp = path.join(folder, 'kernels.wasm.sources');
  const { text, table } = await readTable();
  const sources = readSources();
  const hash = createHash('sha256');
  hash
    .update(asc.version ?? '')
    .update(text)
    .update(readFileSync(fileURLToPath(import.meta.url)));
  for (const [name, source] of Object.entries(sources)) hash.update(name).update(source);
  const key = hash.digest('hex');
  const targets = Object.keys(MODULES).map((name) => path.join(folder, name));
  if ([...targets, stamp].every(existsSync) && readFileSync(stamp, 'utf8') === key) return;
  const files = { ...sources, 'codes.ts': writeCodes(table), 'main.ts': writeMain(table, sources) };
  mkdirSync(folder, { recursive: true });
  for (const [name, features] of Object.entries(MODULES))
    writeFileSync(path.join(folder, name), await compile(files, [...FEATURES, ...features]));
  writeFileSync(stamp, key);
}

/** The reference kernels' names and parameters, by running their module. */
async function readTable() {
  const { outputFiles } = await esbuild.build({
    stdin: {
      contents: `
        export { KERNEL_NAMES, KERNEL_LIST } from './src/engine/kernels/all.ts';
        export { BINARY } from './src/engine/kernels/elementwise.ts';
        export { ACTIVATIONS } from './src/engine/kernels/activation.ts';
        export { fingerprint } from './src/engine/kernels/fingerprint.ts';`,
      resolveDir: root,
      loader: 'ts',
    },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'neutral',
  });
  const text = outputFiles[0].text;
  return { text, table: await import(`data:text/javascript,${encodeURIComponent(text)}`) };
}

function readSources() {
  const names = readdirSync(assembly)
    .filter((name) => name.endsWith('.ts'))
    .sort();
  return Object.fromEntries(names.map((name) => [name, readFileSync(path.join(assembly, name), 'utf8')]));
}

function writeCodes({ BINARY, ACTIVATIONS }) {
  const namespace = (name, keys) => {
    const lines = keys.map((key, i) => `  // @ts-ignore: decorator\n  @inline export const ${key}: i32 = ${i};`);
    return `export namespace ${name} {\n${lines.join('\n')}\n}\n`;
  };
  return namespace('Binary', BINARY) + namespace('Activation', Object.keys(ACTIVATIONS));
}

/** The interpreter: from an instruction to a call of the kernel of that name, where there is one. */
function writeMain({ KERNEL_NAMES, KERNEL_LIST, fingerprint }, sources) {
  const files = new Map();
  for (const [file, source] of Object.entries(sources))
    for (const [, name] of source.matchAll(/^export function (\w+)\(/gm)) files.set(name, file.replace(/\.ts$/, ''));
  const imports = [];
  const cases = [];
  for (const [opcode, name] of KERNEL_NAMES.entries()) {
    const file = files.get(name);
    if (file === undefined) continue;
    imports.push(`import { ${name} } from './${file}';`);
    const types = { int: 'i32', float: 'f32', address: 'usize' };
    const args = Object.entries(KERNEL_LIST[opcode].params).map(([param, kind], i) => {
      const given = `load<${types[kind]}>(p, ${4 * i})`;
      return param === 'scratch' ? `own ? own : ${given}` : given;
    });
    cases.push(`      case ${opcode}: ${name}(${args.join(', ')}); break;`);
  }
  return `import './lane';
${imports.join('\n')}
export { rounding } from './math';
export function fingerprint(): i32 { return ${fingerprint()}; }
let own: usize = 0;
/** Scratch memory of this thread's own, instead of what instructions name; 0 takes theirs. */
export function useScratch(address: usize): void { own = address; }
/** Runs instructions; stops at one without a kernel here and returns its address. */
export function run(start: usize, end: usize): usize {
  let at = start;
  while (at < end) {
    const p = at + 8;
    switch (load<i32>(at)) {
${cases.join('\n')}
      default: return at;
    }
    at = p + (<usize>load<u32>(at, 4) << 2);
  }
  return at;
}
`;
}

async function compile(files, features) {
  const written = new Map();
  const arguments_ = [
    'main.ts',
    '--outFile',
    'kernels.wasm',
    ...OPTIONS,
    ...features.flatMap((one) => ['--enable', one]),
  ];
  const { error, stderr } = await asc.main(arguments_, {
    readFile: (name) => files[name] ?? null,
    writeFile: (name, content) => written.set(name, content),
    listFiles: () => [],
  });
  if (error !== null) throw new Error(`The kernels do not compile.\n${stderr.toString()}`, { cause: error });
  return written.get('kernels.wasm');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build(process.argv[2] ?? 'dist');
