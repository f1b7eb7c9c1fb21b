// How long the extension takes to activate, measured inside a real VS Code by activation-probe.ts.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import esbuild from 'esbuild';
import { launchChromium } from './chromium.ts';
import { type HostInstallation, startHostServer, workbenchUrl } from './host-server.ts';

const PROBE = fileURLToPath(new URL('activation-probe.ts', import.meta.url));
const PATIENCE = 90_000;

export interface Target {
  readonly extension: string;
  readonly folder: string;
}

/** Milliseconds; `opened` hears the address. */
export async function measureInServer(
  installation: HostInstallation,
  chromium: string,
  { extension, folder }: Target,
  opened: (url: string) => void,
): Promise<number> {
  return withScratch(async (scratch) => {
    const result = resultFile(scratch);
    const server = await startHostServer(installation, { trusted: true, env: { NORMLAB_ACTIVATION: result } });
    const browser = await launchChromium(chromium);
    try {
      opened(workbenchUrl(server, { extension, folder }));
      const page = await browser.newPage();
      await page.exposeFunction('codeAutomationLog', () => {});
      await page.exposeFunction('codeAutomationExit', () => {});
      await page.goto(workbenchUrl(server, { extension, folder, tests: await probe(scratch) }));
      return await answer(result);
    } finally {
      await browser.close();
      await server.stop();
    }
  });
}

/** In a window and a profile of its own. */
export async function measureOnDesktop({ extension, folder }: Target): Promise<number> {
  return withScratch(async (scratch) => {
    const result = resultFile(scratch);
    const args = [
      ...['--new-window', '--disable-workspace-trust', '--skip-welcome', '--disable-updates'],
      ...['--user-data-dir', path.join(scratch, 'profile'), '--extensions-dir', path.join(scratch, 'extensions')],
      ...[`--extensionDevelopmentPath=${extension}`, `--extensionTestsPath=${await probe(scratch)}`, folder],
    ];
    const env = { ...process.env, NORMLAB_ACTIVATION: result };
    spawn('code', args, { stdio: 'ignore', env, shell: process.platform === 'win32' });
    return answer(result);
  });
}

/** The probe as the extension host loads it. */
async function probe(scratch: string): Promise<string> {
  const outfile = path.join(scratch, 'probe.cjs');
  const host = { bundle: true, platform: 'node' as const, format: 'cjs' as const, external: ['vscode'] };
  await esbuild.build({ ...host, entryPoints: [PROBE], outfile });
  return outfile;
}

function resultFile(scratch: string): string {
  return path.join(scratch, 'activation.json');
}

async function withScratch<T>(work: (scratch: string) => Promise<T>): Promise<T> {
  const scratch = await mkdtemp(path.join(tmpdir(), 'normlab-activation-'));
  try {
    return await work(scratch);
  } finally {
    await rm(scratch, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

async function answer(file: string): Promise<number> {
  const end = Date.now() + PATIENCE;
  while (!existsSync(file)) {
    if (Date.now() > end) throw new Error(`The extension did not activate within ${PATIENCE / 1000} s.`);
    await wait(100);
  }
  // The probe writes in one go, but the file is there a moment before its bytes are.
  await wait(50);
  return (JSON.parse(await readFile(file, 'utf8')) as { milliseconds: number }).milliseconds;
}
