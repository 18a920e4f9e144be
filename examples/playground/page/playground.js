"use strict";

const byID = (id) => document.getElementById(id);
const program = byID("program"), marks = byID("marks"), problems = byID("problems"), status = byID("status");
const panels = document.querySelectorAll("[role=tabpanel]");

// The compiler runs in a worker. One that takes too long or fails is replaced at the next request.
// How long it takes to load depends on the network, and does not count.
const patience = 20_000;
let worker, loaded, asked = 0;
const waiting = new Map();

function start() {
  worker = new Worker("worker.js");
  worker.onerror = () => end("zt cannot run here");
  loaded = new Promise((resolve) => {
    worker.onmessage = ({ data }) => {
      if (data.ready) return resolve();
      waiting.get(data.id)?.(data.answer);
      waiting.delete(data.id);
    };
  });
}

function end(error) {
  worker.terminate();
  worker = null;
  for (const resolve of waiting.values()) resolve({ error });
  waiting.clear();
}

function ask(request) {
  return new Promise((resolve) => {
    const id = ++asked;
    let timer;
    waiting.set(id, (answer) => { clearTimeout(timer); resolve(answer); });
    if (!worker) start();
    worker.postMessage({ id, request });
    loaded.then(() => {
      if (waiting.has(id)) timer = setTimeout(() => end("zt takes too long for this page: use the command"), patience);
    });
  });
}

// compile shows what zt says of the program. Of several changes, the last one counts.
let latest = 0;
async function compile() {
  const text = program.value, mine = ++latest;
  for (const panel of panels) panel.classList.add("old");
  const answer = await ask({ do: "compile", text });
  if (mine !== latest || text !== program.value) return;
  const found = answer.report?.diagnostics ?? [];
  showProblems(found);
  showMarks(text, found);
  if (answer.policies) {
    byID("policies").textContent = answer.policies;
    byID("connections").textContent = answer.connections;
    draw(answer.picture);
    for (const panel of panels) panel.classList.remove("old");
  }
  const count = answer.report?.summary ?? { errors: 0, warnings: 0 };
  const several = (n, what) => `${n} ${what}${n === 1 ? "" : "s"}`;
  if (answer.error) say(answer.error);
  else if (count.errors) say(`${several(count.errors, "error")}: the result is that of the last program without errors`);
  else if (!answer.policies) say("The program isolates no namespace");
  else say(`Compiled and proven${count.warnings ? `, with ${several(count.warnings, "warning")}` : ""}`);
}

// draw shows an SVG as an image, in which no script runs.
function draw(svg) {
  const image = byID("picture").firstElementChild;
  URL.revokeObjectURL(image.src);
  // It shrinks to the width of the page only as far as one can read it.
  image.onload = () => image.style.setProperty("--natural", `${image.naturalWidth}px`);
  image.src = svg ? URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" })) : "";
}

let timer;
function changed() {
  clearTimeout(timer);
  showMarks(program.value, []);
  timer = setTimeout(compile, 150);
}

function say(text) { status.textContent = text; }

// offset returns where a line and column are in a text. Columns count code points.
function offset(lines, { line, column }) {
  let at = 0;
  for (const before of lines.slice(0, line - 1)) at += before.length + 1;
  return at + [...(lines[line - 1] ?? "")].slice(0, column - 1).join("").length;
}

function showMarks(text, found) {
  const lines = text.split("\n"), parts = [];
  let at = 0;
  const ranges = found.filter((d) => d.range).map((d) => [offset(lines, d.range.start), offset(lines, d.range.end), d.severity]);
  ranges.sort((a, b) => a[0] - b[0]);
  for (let [from, to, severity] of ranges) {
    from = Math.max(from, at);
    if (to <= from) continue;
    const mark = document.createElement("mark");
    mark.className = severity;
    mark.textContent = text.slice(from, to);
    parts.push(text.slice(at, from), mark);
    at = to;
  }
  marks.replaceChildren(...parts, text.slice(at) + "\n");
  scroll();
}

function scroll() {
  marks.scrollTop = program.scrollTop;
  marks.scrollLeft = program.scrollLeft;
}

function showProblems(found) {
  problems.replaceChildren(...found.map((d) => {
    const item = document.createElement("li"), go = document.createElement("button"), code = document.createElement("span");
    item.className = d.severity;
    code.className = "code";
    code.textContent = `${d.range ? `${d.range.start.line}:${d.range.start.column} ` : ""}${d.severity} ${d.code} `;
    go.append(code, d.message);
    go.onclick = () => select(d.range);
    item.append(go);
    if (d.help) {
      const help = document.createElement("div");
      help.className = "help";
      help.textContent = d.help;
      item.append(help);
    }
    for (const fix of d.fixes ?? []) {
      const button = document.createElement("button");
      button.className = "fix";
      button.textContent = `Fix: ${fix.message}`;
      button.onclick = () => apply(fix.edits);
      item.append(button);
    }
    return item;
  }));
}

function select(range) {
  if (!range) return;
  const lines = program.value.split("\n");
  program.focus();
  program.setSelectionRange(offset(lines, range.start), offset(lines, range.end));
}

// apply makes edits from the last one to the first, which leaves the ranges of the others right.
function apply(edits) {
  let text = program.value;
  const lines = text.split("\n");
  const changes = edits.map((e) => [offset(lines, e.range.start), offset(lines, e.range.end), e.replacement]);
  for (const [from, to, by] of changes.sort((a, b) => b[0] - a[0])) text = text.slice(0, from) + by + text.slice(to);
  replace(text);
}

// replace gives the editor another text, in a way that undo takes back.
function replace(text) {
  program.focus();
  program.select();
  // insertText takes seconds for some hundred lines. Browsers without insertHTML here cannot undo.
  document.execCommand("insertHTML", false, text.replace(/[&<]/g, (c) => `&#${c.charCodeAt(0)};`));
  if (program.value !== text) program.value = text;
  program.setSelectionRange(0, 0);
  program.scrollTop = 0;
  changed();
}

// openFiles imports manifests. Their texts go to the worker, and nowhere else.
async function openFiles(files) {
  if (!files.length) return;
  say("Importing…");
  const texts = await Promise.all([...files].map(async (f) => ({ Name: f.name, Text: await f.text() }))).catch(() => null);
  if (!texts) return say("One of them cannot be read as a file; the program is as it was"); // as folders
  const answer = await ask({ do: "import", files: texts });
  if (answer.program) return replace(answer.program);
  const found = answer.report?.diagnostics ?? [];
  // Their ranges are in the files, and not in the editor.
  showProblems(found.map((d) => ({ ...d, range: null, fixes: [], message: d.range ? `${d.range.file}:${d.range.start.line}: ${d.message}` : d.message })));
  say(answer.error ?? "The files cannot be imported; the program is as it was");
}

async function example(name) {
  const response = await fetch(`${name}.zt`);
  if (response.ok) replace(await response.text());
  else say(`There is no example ${name}`);
}

// A link holds the program after the #, which browsers do not send to servers.
const toLink = (text) => btoa(Array.from(new TextEncoder().encode(text), (b) => String.fromCodePoint(b)).join("")).replaceAll("+", "-").replaceAll("/", "_");
const fromLink = (link) => new TextDecoder().decode(Uint8Array.from(atob(link.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.codePointAt(0)));

function fromHash() {
  try {
    return location.hash.length > 1 && fromLink(location.hash.slice(1));
  } catch {
    say("The link has no program that can be read");
  }
}

program.addEventListener("input", changed);
program.addEventListener("scroll", scroll);
byID("open").onclick = () => byID("files").click();
byID("files").onchange = async (e) => { await openFiles(e.target.files); e.target.value = ""; };
byID("examples").onchange = (e) => example(e.target.value);
byID("format").onclick = async () => {
  const answer = await ask({ do: "format", text: program.value });
  if (answer.program) replace(answer.program);
};
byID("link").onclick = async () => {
  location.hash = toLink(program.value);
  await navigator.clipboard?.writeText(location.href).catch(() => {});
  say("The address of this page now has the program");
};
const tabs = [...document.querySelectorAll("[role=tab]")];

// choose shows the panel of a tab, which becomes the only one that the Tab key reaches.
function choose(tab) {
  for (const other of tabs) {
    other.setAttribute("aria-selected", other === tab);
    other.tabIndex = other === tab ? 0 : -1;
    byID(other.getAttribute("aria-controls")).hidden = other !== tab;
  }
}

// Arrow keys go from tab to tab, as https://www.w3.org/WAI/ARIA/apg/patterns/tabs/ says.
const steps = {
  ArrowLeft: (i) => i - 1, ArrowRight: (i) => i + 1, Home: () => 0, End: () => tabs.length - 1,
};
for (const [i, tab] of tabs.entries()) {
  tab.onclick = () => choose(tab);
  tab.onkeydown = (e) => {
    if (!steps[e.key] || e.ctrlKey || e.altKey || e.metaKey || e.shiftKey) return;
    e.preventDefault();
    const next = tabs[(steps[e.key](i) + tabs.length) % tabs.length];
    choose(next);
    next.focus();
  };
}
addEventListener("dragover", (e) => { e.preventDefault(); document.body.classList.add("dropping"); });
addEventListener("dragleave", () => document.body.classList.remove("dropping"));
addEventListener("drop", (e) => {
  e.preventDefault();
  document.body.classList.remove("dropping");
  openFiles(e.dataTransfer.files);
});

const linked = fromHash();
if (linked) replace(linked);
else example("three-tier");
