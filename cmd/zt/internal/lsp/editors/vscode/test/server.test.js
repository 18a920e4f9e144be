// Drives `zt lsp` with the client library of VS Code: a hundred edits, and after each the diagnostics
// equal those of `zt check`. ZT is the command; the default is zt.
'use strict';

const assert = require('node:assert');
const { spawn, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { test } = require('node:test');
const { pathToFileURL } = require('node:url');
const lsp = require('vscode-languageserver-protocol/node');

const zt = process.env.ZT ?? 'zt';

// pieces are what the edits write.
const pieces = [
  'tier web, api by app :80\n', 'tier db { app=db } :5432\n', 'web -> api\n', 'api -> db :5432\n', 'web -> dbb :1\n', 'deny web -> db\n',
  'namespace shop {\n', '}\n', '{', '"', '# é 日本 🔥\n', ' ', '\n', '🔥', 'external bank { 203.0.113.0/24 } :443\n', 'web -> bank\n',
];

// random returns numbers that are the same in each run.
function random(seed) {
  return (below) => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return (seed >>> 8) % below;
  };
}

test('a hundred edits', { timeout: 180_000 }, async () => {
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'zt-')));
  const file = path.join(folder, 'shop.zt');
  const uri = pathToFileURL(file).href;
  const server = spawn(zt, ['lsp'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const connection = lsp.createProtocolConnection(server.stdout, server.stdin);
  let published, arrived = () => {};
  connection.onNotification(lsp.PublishDiagnosticsNotification.type, (p) => {
    if (p.uri === uri) {
      published = p;
      arrived();
    }
  });
  connection.listen();
  const { capabilities } = await connection.sendRequest(lsp.InitializeRequest.type, {
    processId: process.pid, rootUri: pathToFileURL(folder).href, workspaceFolders: null, capabilities: {},
  });
  assert.equal(capabilities.textDocumentSync.change, lsp.TextDocumentSyncKind.Incremental);
  await connection.sendNotification(lsp.InitializedNotification.type, {});

  let text = 'tier web, api by app :80\nweb -> api\n', version = 1;
  await connection.sendNotification(lsp.DidOpenTextDocumentNotification.type, { textDocument: { uri, languageId: 'zt', version, text } });
  const next = random(7);
  // JavaScript counts in UTF-16, as the protocol does.
  const position = (offset) => {
    const before = text.slice(0, offset).split('\n');
    return { line: before.length - 1, character: before.at(-1).length };
  };
  const whole = (offset) => (/[\udc00-\udfff]/.test(text[offset] ?? '') ? offset - 1 : offset);
  for (let i = 0; i < 100; i++) {
    const start = whole(next(text.length + 1));
    const end = Math.max(start, whole(Math.min(text.length, start + next(8))));
    const piece = pieces[next(pieces.length)];
    const range = { start: position(start), end: position(end) };
    text = text.slice(0, start) + piece + text.slice(end);
    version++;
    await connection.sendNotification(lsp.DidChangeTextDocumentNotification.type, { textDocument: { uri, version }, contentChanges: [{ range, text: piece }] });
    fs.writeFileSync(file, text);
    const { stdout } = spawnSync(zt, ['check', '--format', 'json', file], { encoding: 'utf8', cwd: folder });
    const want = JSON.parse(stdout).diagnostics.map((d) => `${d.range ? d.range.start.line : 1} ${d.code} ${d.message.replaceAll(folder + '/', '')}`).sort();
    const got = () => published?.version === version && published.diagnostics.map((d) => `${d.range.start.line + 1} ${d.code} ${d.message.split('\nhelp: ')[0]}`).sort();
    const deadline = Date.now() + 20_000;
    while (JSON.stringify(got()) !== JSON.stringify(want)) {
      assert.ok(Date.now() < deadline, `edit ${i} of ${JSON.stringify(text)}: ${JSON.stringify(got())}, want ${JSON.stringify(want)}`);
      await Promise.race([new Promise((resolve) => { arrived = resolve; }), new Promise((resolve) => setTimeout(resolve, 200))]);
    }
  }

  // Requests of the library, with its types.
  text = 'tier web by app\ntier api by app :80\nweb -> api\n';
  await connection.sendNotification(lsp.DidChangeTextDocumentNotification.type, { textDocument: { uri, version: ++version }, contentChanges: [{ text }] });
  const at = { textDocument: { uri }, position: { line: 2, character: 8 } };
  assert.match((await connection.sendRequest(lsp.HoverRequest.type, at)).contents.value, /default\/web -> default\/api :80\/tcp/);
  assert.equal((await connection.sendRequest(lsp.DefinitionRequest.type, at))[0].range.start.line, 1);
  assert.equal((await connection.sendRequest(lsp.RenameRequest.type, { ...at, newName: 'backend' })).changes[uri].length, 2);
  await assert.rejects(connection.sendRequest(lsp.RenameRequest.type, { ...at, newName: 'web' }), /cannot rename/);
  assert.ok((await connection.sendRequest(lsp.CompletionRequest.type, at)).items.some((i) => i.label === 'api'));
  assert.equal((await connection.sendRequest(lsp.InlayHintRequest.type, { textDocument: { uri }, range: { start: { line: 0, character: 0 }, end: { line: 3, character: 0 } } }))[0].label, ' :80/tcp');

  await connection.sendRequest(lsp.ShutdownRequest.type);
  const ended = new Promise((resolve) => server.on('exit', resolve));
  await connection.sendNotification(lsp.ExitNotification.type);
  assert.equal(await ended, 0);
  connection.dispose();
  fs.rmSync(folder, { recursive: true });
});
