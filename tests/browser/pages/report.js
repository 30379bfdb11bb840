/**
 * Runs the work of a test page and leaves what it returns, or its error, in globalThis.result.
 * @param {() => Promise<object>} work
 */
export async function report(work) {
  try {
    globalThis.result = await work()
  } catch (error) {
    globalThis.result = { error: `${error.stack ?? error}` }
  }
}
