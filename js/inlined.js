/**
 * A WebAssembly module that travels inside its entry: deflated, as base64 (cpp/toolchain/package-wasm.mjs).
 *
 * @param {string} base64
 * @returns {Promise<WebAssembly.Module>}
 */
export async function compileInlined(base64) {
  const deflated = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
  const inflated = new Blob([deflated]).stream().pipeThrough(new DecompressionStream('deflate-raw'))
  return WebAssembly.compile(await new Response(inflated).arrayBuffer())
}
