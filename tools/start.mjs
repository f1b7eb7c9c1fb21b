// `npm start`: from a bare clone to VS Code with the extension, examples/ and one of its files open. Plain Node, so
// that it can run before anything is installed. `--check` starts everything, says what was used and how long
// activation took, and ends.

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

const root = path.resolve(import.meta.dirname, '..');
const examples = path.join(root, 'examples');
/** What a newcomer looks at first: it has pitfalls, and a model to observe. */
const first = path.join(examples, 'simple_net.py');
const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const OLDEST_NODE = [20, 19];
const BUDGET = 50;

/** Ends with one sentence: what is missing, and what to do. */
class CannotStart extends Error {}

function say(line) {
  console.log(`norm lab  ${line}`);
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return;
  throw new CannotStart(
    `Node ${OLDEST_NODE.join('.')} or newer is needed and this is ${process.version}; get it from https://nodejs.org.`,
  );
}

/** Runs a long step with its seconds beside it. */
async function step(what, command, args, cwd) {
  const started = Date.now();
  const seconds = () => `${Math.round((Date.now() - started) / 1000)} s`;
  say(`${what} …`);
  const tick = process.stdout.isTTY
    ? setInterval(() => process.stdout.write(`\r          ${seconds()} `), 1000)
    : undefined;
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], shell: process.platform === 'win32' });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      output += chunk;
    });
  const code = await new Promise((resolve) => {
    child.once('error', () => resolve(null));
    child.once('close', resolve);
  });
  clearInterval(tick);
  if (process.stdout.isTTY) process.stdout.write('\r');
  if (code !== 0)
    throw new CannotStart(`${what} did not work; \`${command} ${args.join(' ')}\` says:\n${output.trim()}`);
  say(`  done in ${seconds()}`);
}

async function installPackages() {
  const stamp = path.join(root, 'node_modules/.package-lock.json');
  const current = existsSync(stamp) && newest(stamp) >= newest(path.join(root, 'package-lock.json'));
  if (!current) await step('Installing packages', 'npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], root);
}

async function build() {
  const built = path.join(root, 'dist/meta.json');
  const sources = ['src', 'webview-ui', 'esbuild.mjs', 'package.json'].map((name) => newest(path.join(root, name)));
  const stale = !existsSync(built) || Math.max(...sources) > newest(built);
  if (stale) await step('Building', process.execPath, ['esbuild.mjs'], root);
}

/** The latest change in a file or below a folder. */
function newest(file) {
  const stat = statSync(file);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return readdirSync(file).reduce((latest, name) => Math.max(latest, newest(path.join(file, name))), 0);
}

/** A desktop VS Code on the PATH; null where there is none or no display to show it on. */
function desktopCode() {
  const display = process.env.DISPLAY || process.env.WAYLAND_DISPLAY || process.platform !== 'linux';
  if (!display) return null;
  const probe = spawnSync('code', ['--version'], { encoding: 'utf8', shell: process.platform === 'win32' });
  return probe.status === 0 ? (probe.stdout.split('\n')[0] ?? '').trim() : null;
}

function openDesktop(code) {
  say(`Opening VS Code ${code} with Norm Lab ${version} and examples/.`);
  const args = ['--new-window', `--extensionDevelopmentPath=${root}`, examples, first];
  spawn('code', args, { stdio: 'ignore', detached: true, shell: process.platform === 'win32' }).unref();
}

function openInBrowser(url) {
  const opener = { darwin: 'open', win32: 'explorer' }[process.platform] ?? 'xdg-open';
  const display = process.env.DISPLAY || process.env.WAYLAND_DISPLAY || process.platform !== 'linux';
  if (!display) return;
  const child = spawn(opener, [url], { stdio: 'ignore', detached: true });
  // Without an opener the printed address is all it takes.
  child.once('error', () => {});
  child.unref();
}

/** The TypeScript tools, once packages are there to load them. */
async function tools() {
  const { register } = await import('tsx/esm/api');
  register();
  return {
    ...(await import('./host-server.ts')),
    ...(await import('./chromium.ts')),
    ...(await import('./activation.ts')),
  };
}

async function install() {
  const host = await tools();
  const installation = await host.installHostServer(say).catch((cause) => {
    const otherwise = 'A desktop VS Code with `code` on the PATH works without it.';
    throw new CannotStart(`${cause.message}\n${otherwise}`, { cause });
  });
  return { ...host, installation, editor: `VS Code ${installation.version} in the browser` };
}

async function start() {
  const code = desktopCode();
  if (code) {
    openDesktop(code);
    return;
  }
  say('There is no desktop VS Code on the PATH, so a VS Code in the browser is used.');
  const { installation, editor, startHostServer, workbenchUrl } = await install();
  const server = await startHostServer(installation, { trusted: true });
  const url = workbenchUrl(server, { folder: examples, extension: root, open: first });
  say(`${editor}, Norm Lab ${version}, folder examples/:`);
  console.log(`\n${url}\n`);
  say('Ctrl+C ends it.');
  openInBrowser(url);
  const asked = new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => resolve('asked'));
  });
  const how = await Promise.race([asked, server.ended]);
  if (how !== 'asked') throw new CannotStart(`The VS Code server ended by itself; it says:\n${server.log()}`);
  await server.stop();
  say('Ended.');
}

async function check() {
  const target = { extension: root, folder: examples };
  const code = desktopCode();
  if (code) return report(`VS Code ${code}`, await (await tools()).measureOnDesktop(target));
  const { installation, editor, findChromium, measureInServer, startHostServer } = await install();
  const chromium = findChromium();
  if (chromium) return report(editor, await measureInServer(installation, chromium, target, (url) => console.log(url)));
  const server = await startHostServer(installation, { trusted: true });
  console.log(server.url);
  const { ok } = await fetch(server.url);
  await server.stop();
  say(`${editor}, Norm Lab ${version}: the server ${ok ? 'answers' : 'does not answer'}.`);
  say('Activation was not measured: that needs Chromium; install it, or name it in CHROMIUM.');
  return ok ? 0 : 1;
}

function report(editor, activation) {
  say(`${editor}, Norm Lab ${version}, activated in ${activation} ms (at most ${BUDGET}).`);
  return activation <= BUDGET ? 0 : 1;
}

try {
  checkNode();
  await installPackages();
  await build();
  if (process.argv.includes('--check')) process.exitCode = await check();
  else await start();
} catch (error) {
  console.error(error instanceof CannotStart ? `norm lab  ${error.message}` : error);
  process.exitCode = 1;
}
