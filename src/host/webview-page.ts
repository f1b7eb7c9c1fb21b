import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';

/** A page that runs one script of dist/ and nothing else: no other origin, no inline script, no eval. */
export function webviewPage(webview: vscode.Webview, dist: vscode.Uri, script: string, title: string): string {
  const nonce = randomBytes(16).toString('base64url');
  const source = webview.asWebviewUri(vscode.Uri.joinPath(dist, script));
  const policy = ["default-src 'none'", `script-src 'nonce-${nonce}'`, "style-src 'none'"].join('; ');
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
</head>
<body>
<div id="root"></div>
<script type="module" nonce="${nonce}" src="${source}"></script>
</body>
</html>`;
}
