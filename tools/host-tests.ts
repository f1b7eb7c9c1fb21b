// The suites of test/host in the extension host of a real VS Code: `npm run test:host [-- suite …]`. In a
// desktop build where VSCODE_EXECUTABLE names one or one can be downloaded, else in the server of host-server.ts
// with Chromium as its window. The same bundled suites run in both and write their results to one file.

import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { downloadAndUnzipVSCode, runTests } from '@vscode/test-electron';
import esbuild from 'esbuild';
import { REPORT } from '../test/support/host-report.ts';
import { findChromium, launchChromium } from './chromium.ts';
import { installHostServer, startHostServer, workbenchUrl } from './host-server.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OUT = path.join(ROOT, 'dist-test');
const DOWNLOAD_PATIENCE = 15_000;
const TOTAL_PATIENCE = 600_000;

/** What test/host/index.ts writes when the suites have ended. */
interface HostResults {
  readonly passed: number;
  readonly failed: number;
}

/** One window: its suites, whether its folder is trusted. */
interface HostWindow {
  readonly name: string;
  readonly trusted: boolean;
}

const WINDOWS: readonly HostWindow[] = [
  { name: 'trusted', trusted: true },
  { name: 'restricted', trusted: false },
];

async function main(): Promise<void> {
  const wanted = process.argv.slice(2);
  await bundleSuites();
  const desktop = await desktopBuild();
  const total = { passed: 0, failed: 0 };
  for (const window of WINDOWS) {
    if (!existsSync(path.join(OUT, window.name))) continue;
    const results = await inWorkspace((folder, resultsFile) => {
      const env = { NORMLAB_TEST_RESULTS: resultsFile, NORMLAB_TEST_ONLY: wanted.join(',') };
      return desktop ? runOnDesktop(desktop, window, folder, env) : runInServer(window, folder, env);
    });
    total.passed += results.passed;
    total.failed += results.failed;
  }
  // In mocha's words first, for who adds up the counts of several runners.
  console.log(`\n  ${total.passed} passing\n  ${total.failed} failing\n`);
  console.log(`${total.passed} passed, ${total.failed} failed`);
  process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
}

/** `test/host/*.test.ts` for the trusted window, `test/host/restricted/*.test.ts` for the other. */
async function bundleSuites(): Promise<void> {
  await rm(OUT, { recursive: true, force: true });
  const sources = path.join(ROOT, 'test/host');
  const entries: Record<string, string> = {};
  for (const [window, folder] of [
    ['trusted', sources],
    ['restricted', path.join(sources, 'restricted')],
  ] as const) {
    const files = existsSync(folder) ? (await readdir(folder)).filter((file) => file.endsWith('.test.ts')) : [];
    if (files.length === 0) continue;
    entries[`${window}/index`] = path.join(sources, 'index.ts');
    for (const file of files) entries[`${window}/${file.replace(/\.ts$/, '')}`] = path.join(folder, file);
  }
  await esbuild.build({
    entryPoints: entries,
    outdir: OUT,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external: ['vscode', 'mocha'],
    sourcemap: 'inline',
    logLevel: 'warning',
  });
}

/** A desktop build's program, or null with one sentence on why there is none. */
async function desktopBuild(): Promise<string | null> {
  const named = process.env['VSCODE_EXECUTABLE'];
  if (named) return named;
  if (process.platform === 'linux' && !process.env['DISPLAY'] && !process.env['WAYLAND_DISPLAY']) {
    console.log(
      'There is no display for a desktop VS Code; the suites run in its server, with Chromium as the window.',
    );
    return null;
  }
  const giveUp = new Promise<null>((resolve) => setTimeout(resolve, DOWNLOAD_PATIENCE, null).unref());
  const download = downloadAndUnzipVSCode({ extractSync: true, timeout: DOWNLOAD_PATIENCE }).catch(() => null);
  const program = await Promise.race([download, giveUp]);
  if (!program) console.log('A desktop VS Code cannot be downloaded here; the suites run in its server instead.');
  return program;
}

/** A fresh copy of examples/ to break at will, and the file the results come back in. */
async function inWorkspace(run: (folder: string, resultsFile: string) => Promise<string>): Promise<HostResults> {
  const scratch = await mkdtemp(path.join(tmpdir(), 'normlab-host-tests-'));
  const folder = path.join(scratch, 'examples');
  const resultsFile = path.join(scratch, 'results.json');
  const examples = path.join(ROOT, 'examples');
  if (existsSync(examples)) await cp(examples, folder, { recursive: true });
  else await mkdir(folder);
  try {
    const log = await run(folder, resultsFile);
    if (existsSync(resultsFile)) return JSON.parse(await readFile(resultsFile, 'utf8')) as HostResults;
    console.error(`The window ended without results. Its last words:\n${log.slice(-8000)}`);
    return { passed: 0, failed: 1 };
  } finally {
    await rm(scratch, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

async function runOnDesktop(
  program: string,
  window: HostWindow,
  folder: string,
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const trust = window.trusted ? ['--disable-workspace-trust'] : [];
  try {
    await runTests({
      vscodeExecutablePath: program,
      extensionDevelopmentPath: ROOT,
      extensionTestsPath: path.join(OUT, window.name, 'index.cjs'),
      launchArgs: [folder, '--disable-extensions', ...trust],
      extensionTestsEnv: env,
    });
    return '';
  } catch (error) {
    return String(error);
  }
}

async function runInServer(window: HostWindow, folder: string, env: Readonly<Record<string, string>>): Promise<string> {
  const chromium = findChromium();
  if (!chromium) throw new Error('The host tests need Chromium as their window: install it, or name it in CHROMIUM.');
  const installation = await installHostServer(console.log);
  const server = await startHostServer(installation, { trusted: window.trusted, env });
  const browser = await launchChromium(chromium);
  const lines: string[] = [];
  try {
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    page.on('console', (message) => lines.push(message.text()));
    await page.exposeFunction('codeAutomationLog', (type: string, args: readonly unknown[]) => {
      const line = String(args[0] ?? '');
      if (line.startsWith(REPORT)) console.log(line.slice(REPORT.length));
      else lines.push(`${type}: ${args.map(String).join(' ')}`);
    });
    const exited = new Promise<void>((resolve, reject) => {
      void page.exposeFunction('codeAutomationExit', () => resolve());
      setTimeout(() => reject(new Error('The host tests did not end in time.')), TOTAL_PATIENCE).unref();
    });
    const tests = path.join(OUT, window.name, 'index.cjs');
    await page.goto(workbenchUrl(server, { folder, extension: ROOT.replace(/\/$/, ''), tests }));
    await exited;
  } catch (error) {
    lines.push(String(error));
  } finally {
    await browser.close();
    await server.stop();
  }
  return [...lines, server.log()].join('\n');
}

await main();
