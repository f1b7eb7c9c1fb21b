// `npm test`: everything there is to check, on a bare clone too; `npm run verify`: what every commit needs.
// One table of steps. Closes with `N passed, N failed`: every test counts, and every other step as one.

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, lstatSync, statSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

const root = path.resolve(import.meta.dirname, '..');
const node = process.execPath;
const bin = (name, file) => [node, `node_modules/${name}/${file}`];

/** `tests`: a runner whose own counts are added up. */
const STEPS = [
  { name: 'types', group: 'verify', command: [...bin('typescript', 'bin/tsc'), '-b'] },
  { name: 'style', group: 'verify', command: [...bin('@biomejs/biome', 'bin/biome'), 'check', '.'] },
  { name: 'dead code', group: 'verify', command: [...bin('knip', 'bin/knip.js')] },
  { name: 'build', group: 'verify', command: [node, 'esbuild.mjs'] },
  { name: 'sizes', group: 'verify', command: [...bin('tsx', 'dist/cli.mjs'), 'tools/check-size.ts'] },
  {
    name: 'unit tests',
    group: 'verify',
    tests: true,
    command: [...bin('mocha', 'bin/mocha.js'), 'test/*.test.ts', 'test/!(host|host-server|browser)/**/*.test.ts'],
  },
  { name: 'host tests', group: 'host', tests: true, command: [...bin('tsx', 'dist/cli.mjs'), 'tools/host-tests.ts'] },
  {
    name: 'browser tests',
    group: 'browser',
    tests: true,
    command: [
      ...bin('mocha', 'bin/mocha.js'),
      '--no-config',
      '--ui',
      'tdd',
      '--import=tsx',
      '--timeout',
      '120000',
      'test/browser/**/*.test.ts',
    ],
  },
];

const GROUPS = ['verify', 'host', 'browser'];

function install() {
  // Of a second work tree that links to the packages of the first, none are put in their place.
  if (lstatSync(path.join(root, 'node_modules'), { throwIfNoEntry: false })?.isSymbolicLink()) return;
  const stamp = path.join(root, 'node_modules/.package-lock.json');
  if (existsSync(stamp) && statSync(stamp).mtimeMs >= statSync(path.join(root, 'package-lock.json')).mtimeMs) return;
  console.log('— installing packages');
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) {
    console.error('The packages of package-lock.json could not be installed; npm says why above.');
    console.log('0 passed, 1 failed');
    process.exit(1);
  }
}

function run({ command, tests }) {
  return new Promise((resolve) => {
    const started = Date.now();
    const child = spawn(command[0], command.slice(1), {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, FORCE_COLOR: '0' },
    });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
      process.stdout.write(chunk);
    });
    child.on('close', (code) =>
      resolve({ ...count(output, code ?? 1, tests), seconds: (Date.now() - started) / 1000 }),
    );
  });
}

/** Mocha's own counts; a runner that failed without a count is one failure. */
function count(output, code, tests) {
  if (!tests) return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 };
  const sum = (word) =>
    [...output.matchAll(new RegExp(`^\\s*(\\d+) ${word}\\b`, 'gm'))].reduce(
      (total, match) => total + Number(match[1]),
      0,
    );
  const passed = sum('passing');
  const failed = sum('failing');
  return { passed, failed: failed > 0 ? failed : code === 0 && passed > 0 ? 0 : 1 };
}

const wanted = process.argv.slice(2);
for (const group of wanted) {
  if (!GROUPS.includes(group)) {
    console.error(`Expected one of ${GROUPS.join(', ')}, and got \`${group}\`.`);
    process.exit(2);
  }
}

install();
const total = { passed: 0, failed: 0 };
const summary = [];
for (const step of STEPS.filter(({ group }) => wanted.length === 0 || wanted.includes(group))) {
  console.log(`\n— ${step.name}`);
  const result = await run(step);
  total.passed += result.passed;
  total.failed += result.failed;
  summary.push(
    `${result.failed === 0 ? '✓' : '✗'} ${step.name}: ${result.passed} passed, ${result.failed} failed (${result.seconds.toFixed(1)} s)`,
  );
}
console.log(`\n${summary.join('\n')}\n`);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;
