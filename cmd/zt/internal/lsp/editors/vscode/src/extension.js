// The VS Code extension of zt: it starts `zt lsp` and connects the editor to it.
'use strict';

const vscode = require('vscode');
const { LanguageClient } = require('vscode-languageclient/node');

let client;

async function start() {
  const settings = vscode.workspace.getConfiguration('zt');
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
  const run = { command: settings.get('path'), args: ['lsp', ...settings.get('arguments')], options: { cwd: folder } };
  client = new LanguageClient('zt', 'zt', run, {
    documentSelector: [{ language: 'zt' }],
  });
  try {
    await client.start();
  } catch (error) {
    vscode.window.showErrorMessage(`zt: cannot run "${run.command}": ${error.message ?? error}. Install zt, or set "zt.path".`);
  }
}

async function stop() {
  const old = client;
  client = undefined;
  if (old?.isRunning()) {
    await old.stop();
  }
}

exports.activate = async (context) => {
  context.subscriptions.push(
    vscode.workspace.onDidChangeConfiguration(async (event) => {
      if (event.affectsConfiguration('zt')) {
        await stop();
        await start();
      }
    }),
  );
  await start();
};

exports.deactivate = stop;
