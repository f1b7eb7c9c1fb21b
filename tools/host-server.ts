// A real VS Code without a desktop build: the workbench and extension host of the code-server package, run by
// the Node version that VS Code itself carries. Installed once into a package of its own (test/host-server, or
// the folder NORMLAB_HOST_CACHE names), nothing native is built. Shared by the host tests and `npm start`.

import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const HOST = '127.0.0.1';
const MANIFEST = fileURLToPath(new URL('../test/host-server', import.meta.url));

/** Where the server and its own Node are. */
export interface HostInstallation {
  readonly node: string;
  readonly serverMain: string;
  /** VS Code's version. */
  readonly version: string;
}

export interface HostServerOptions {
  /** False: folders open in Restricted Mode until trusted. */
  readonly trusted: boolean;
  /** User settings the workbench starts with. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Added to the environment of the extension host. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface HostServer {
  readonly port: number;
  readonly url: string;
  /** The server's and extension host's own words so far. */
  log(): string;
  readonly ended: Promise<number | null>;
  stop(): Promise<void>;
}

/** Opens a folder with an extension under development, and a test entry when there is one. */
export interface WorkbenchTarget {
  readonly folder: string;
  readonly extension: string;
  readonly tests?: string;
  /** A file to begin with. */
  readonly open?: string;
}

export async function installHostServer(progress: (line: string) => void): Promise<HostInstallation> {
  const cache = process.env['NORMLAB_HOST_CACHE'] || MANIFEST;
  const ready = path.join(cache, 'node_modules', '.normlab-ready');
  const hash = await manifestHash();
  const installed = existsSync(ready) && (await readFile(ready, 'utf8')) === hash;
  if (!installed) await install(cache, ready, hash, progress);
  const vscode = path.join(cache, 'node_modules/code-server/lib/vscode');
  const { version } = JSON.parse(await readFile(path.join(vscode, 'package.json'), 'utf8')) as { version: string };
  return { node: hostNode(cache), serverMain: path.join(vscode, 'out/server-main.js'), version };
}

export async function startHostServer(installation: HostInstallation, options: HostServerOptions): Promise<HostServer> {
  const data = await mkdtemp(path.join(tmpdir(), 'normlab-vscode-'));
  await mkdir(path.join(data, 'data', 'User'), { recursive: true });
  await writeFile(path.join(data, 'data', 'User', 'settings.json'), JSON.stringify(quiet(options.settings ?? {})));
  const port = await freePort();
  const child = spawn(installation.node, serverArguments(installation, port, data, options.trusted), {
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // Whatever ends this process, an exception too, ends the server.
  const endWithUs = () => child.kill('SIGKILL');
  process.once('exit', endWithUs);
  let log = '';
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => resolve(code));
    child.once('error', () => resolve(null));
  });
  await new Promise<void>((resolve, reject) => {
    const listen = (chunk: Buffer) => {
      log += chunk.toString();
      if (log.includes(`listening on ${port}`)) resolve();
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    child.once('error', reject);
    void ended.then(() => reject(new Error(`The VS Code server ended before it listened:\n${log}`)));
  });
  const stop = async () => {
    await endProcess(child, ended);
    process.off('exit', endWithUs);
    await rm(data, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
  return { port, url: `http://${HOST}:${port}`, log: () => log, ended, stop };
}

export function workbenchUrl(server: Pick<HostServer, 'port' | 'url'>, target: WorkbenchTarget): string {
  const remote = (file: string) => `vscode-remote://${HOST}:${server.port}${file}`;
  const payload: [string, string][] = [['extensionDevelopmentPath', remote(target.extension)]];
  if (target.tests) payload.push(['extensionTestsPath', remote(target.tests)]);
  if (target.open) payload.push(['openFile', remote(target.open)]);
  payload.push(['skipWelcome', 'true']);
  return `${server.url}/?folder=${encodeURIComponent(target.folder)}&payload=${encodeURIComponent(JSON.stringify(payload))}`;
}

async function install(cache: string, ready: string, hash: string, progress: (line: string) => void): Promise<void> {
  await mkdir(cache, { recursive: true });
  for (const name of ['package.json', 'package-lock.json']) {
    if (cache !== MANIFEST) await copyFile(path.join(MANIFEST, name), path.join(cache, name));
  }
  const vscode = path.join(cache, 'node_modules/code-server/lib/vscode');
  // The package's own post-install wants a compiler; nothing it would build is needed here.
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  progress('VS Code 1/3: downloading the workbench (about 400 MB on disk, once) …');
  await npm(['ci', ...flags], cache);
  progress('VS Code 2/3: downloading the libraries of its server …');
  await npm(['install', '--omit=dev', ...flags], vscode);
  progress('VS Code 3/3: downloading the libraries of its extensions …');
  await npm(['install', '--omit=dev', ...flags], path.join(vscode, 'extensions'));
  await writeFile(ready, hash);
}

async function npm(args: readonly string[], cwd: string): Promise<void> {
  const child = spawn('npm', args, { cwd, stdio: ['ignore', 'ignore', 'pipe'], shell: process.platform === 'win32' });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const code = await new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null));
    child.once('exit', resolve);
  });
  if (code !== 0) throw new Error(`\`npm ${args[0]}\` could not install VS Code's server in ${cwd}:\n${errors.trim()}`);
}

async function manifestHash(): Promise<string> {
  const lock = await readFile(path.join(MANIFEST, 'package-lock.json'));
  return createHash('sha256').update(lock).update(process.platform).update(process.arch).digest('hex');
}

/** The extension host's own Node where npm carries one for this machine, else the Node that runs this. */
function hostNode(cache: string): string {
  const names = [`node-${process.platform}-${process.arch}`, `node-bin-${process.platform}-${process.arch}`];
  const carried = names
    .map((name) => path.join(cache, 'node_modules', name, 'bin/node'))
    .find((file) => existsSync(file));
  if (carried) return carried;
  const major = Number(process.versions.node.split('.')[0]);
  if (major >= 22) return process.execPath;
  throw new Error(
    `VS Code's server needs Node 22 or newer on ${process.platform}-${process.arch}; this is ${process.version}.`,
  );
}

function serverArguments(installation: HostInstallation, port: number, data: string, trusted: boolean): string[] {
  return [
    installation.serverMain,
    ...['--host', HOST, '--port', String(port), '--without-connection-token', '--accept-server-license-terms'],
    // Without it a built workbench ignores the payload that names the extension and the tests.
    '--enable-smoke-test-driver',
    ...(trusted ? ['--disable-workspace-trust'] : []),
    ...['--server-data-dir', data, '--disable-telemetry'],
  ];
}

/** What a test or a first look does not need: telemetry, updates, tips and other extensions' offers. */
function quiet(settings: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return {
    'telemetry.telemetryLevel': 'off',
    'workbench.startupEditor': 'none',
    'workbench.tips.enabled': false,
    'workbench.enableExperiments': false,
    'extensions.ignoreRecommendations': true,
    'chat.disableAIFeatures': true,
    'git.openRepositoryInParentFolders': 'never',
    ...settings,
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, HOST, () => {
      const address = probe.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}

async function endProcess(child: ChildProcess, ended: Promise<number | null>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const patience = setTimeout(() => child.kill('SIGKILL'), 3000);
  await ended;
  clearTimeout(patience);
}
