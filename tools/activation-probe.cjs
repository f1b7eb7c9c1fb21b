// Runs in the extension host, as a test entry: how long the extension takes from being asked for to being there.

const { writeFileSync } = require('node:fs');
const { performance } = require('node:perf_hooks');
const process = require('node:process');
const vscode = require('vscode');

exports.run = async () => {
  const extension = vscode.extensions.getExtension('normlab.normlab');
  if (extension.isActive) throw new Error('The extension was active before anything needed it.');
  const started = performance.now();
  await extension.activate();
  const milliseconds = Math.round((performance.now() - started) * 10) / 10;
  writeFileSync(process.env.NORMLAB_ACTIVATION, JSON.stringify({ milliseconds }));
};
