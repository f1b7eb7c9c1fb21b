// What a person sees in a terminal: the commands as they are typed in a fresh checkout, in a real pseudo-terminal
// where the system has one, drawn by a browser.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { findChromium, launchChromium } from '../../tools/chromium.ts';

const root = path.resolve(import.meta.dirname, '../..');
const folder = process.env['UPDATE_SCREENSHOTS']
  ? path.join(root, 'docs/screenshots')
  : path.join(tmpdir(), 'normlab-screenshots');

/** What the command leaves on the screen, control sequences included, and its exit code. */
function typed(command: string): { readonly screen: string; readonly status: number | null } {
  const env = { ...process.env, COLUMNS: '110', npm_config_loglevel: 'error', npm_config_progress: 'false' };
  const pty = spawnSync('script', ['-qec', `stty cols 110; ${command}`, '/dev/null'], {
    cwd: root,
    env,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  const { stdout, stderr, status } = pty.error
    ? spawnSync(command, { cwd: root, env, shell: true, encoding: 'utf8' })
    : pty;
  return { screen: stdout + stderr, status };
}

const COLORS: Readonly<Record<string, string>> = {
  31: '#f85149',
  32: '#56d364',
  33: '#e3b341',
  34: '#6ca4f8',
  36: '#56d4dd',
  90: '#9198a1',
};

/** The screen's lines as HTML: a carriage return begins a line again, and colors become spans. */
function asHtml(screen: string): string {
  const lines = screen
    .replaceAll('\r\n', '\n')
    .split('\n')
    .map((line) => line.slice(line.lastIndexOf('\r') + 1));
  const escaped = lines.join('\n').replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  let open = 0;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: The control character is what is looked for.
  const html = escaped.replace(/\x1b\[([\d;]*)([A-Za-z])/g, (_, code: string, kind: string) => {
    if (kind !== 'm') return '';
    const style = code === '1' ? 'font-weight:bold' : COLORS[code] ? `color:${COLORS[code]}` : null;
    if (style !== null) {
      open++;
      return `<span style="${style}">`;
    }
    const closing = '</span>'.repeat(open);
    open = 0;
    return closing;
  });
  return html + '</span>'.repeat(open);
}

async function picture(name: string, text: string): Promise<void> {
  const chromium = findChromium();
  assert.ok(chromium, 'The browser tests need Chromium: install it, or name it in CHROMIUM.');
  await mkdir(folder, { recursive: true });
  const browser = await launchChromium(chromium);
  try {
    const page = await browser.newPage({ viewport: { width: 980, height: 200 } });
    await page.setContent(
      `<body style="margin:0;background:#0d1117;color:#e6edf3"><pre style="margin:0;padding:16px;font:13px/1.35 'DejaVu Sans Mono',monospace;white-space:pre-wrap">${text}</pre></body>`,
    );
    await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: true });
  } finally {
    await browser.close();
  }
}

suite('the terminal', function () {
  this.timeout(180_000);

  test('npx normlab check examples: exactly the planted faults, exit 1', async () => {
    const { screen, status } = typed('npx normlab check examples');
    assert.equal(status, 1, screen);
    assert.deepEqual([...screen.matchAll(/\bNL\d{3}\b/g)].map(([code]) => code).sort(), ['NL101', 'NL201', 'NL504']);
    assert.doesNotMatch(screen, /simple_net_fixed/);
    await picture('terminal-check', asHtml(`$ npx normlab check examples\n${screen}`));
  });

  test('npx normlab observe examples/simple_net.py: the faults with numbers, exit 1', async () => {
    const { screen, status } = typed('npx normlab observe examples/simple_net.py');
    assert.equal(status, 1, screen);
    for (const code of ['NL101', 'NL201', 'NL504']) assert.match(screen, new RegExp(`simple_net\\.py:\\d+.*${code}`));
    await picture('terminal-observe', asHtml(`$ npx normlab observe examples/simple_net.py\n${screen}`));
  });

  test('npx normlab run examples/batch-size.normlab.md --check: every expectation holds, exit 0', async () => {
    const { screen, status } = typed('npx normlab run examples/batch-size.normlab.md --check');
    assert.equal(status, 0, screen);
    assert.match(screen, /✓/);
    assert.doesNotMatch(screen, /✗/);
    await picture('terminal-run', asHtml(`$ npx normlab run examples/batch-size.normlab.md --check\n${screen}`));
  });
});
