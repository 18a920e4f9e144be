// Runs zt beside the page, so that typing never waits for the compiler.
importScripts("wasm_exec.js");

const ready = (async () => {
  const go = new Go();
  const { instance } = await WebAssembly.instantiateStreaming(fetch("zt.wasm"), go.importObject);
  go.run(instance); // sets zt
  postMessage({ ready: true });
})();

onmessage = async ({ data }) => {
  try {
    await ready;
    postMessage({ id: data.id, answer: JSON.parse(zt(JSON.stringify(data.request))) });
  } catch (error) {
    postMessage({ id: data.id, answer: { error: `zt cannot run here: ${error.message}` } });
  }
};
