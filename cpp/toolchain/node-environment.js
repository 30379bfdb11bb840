// Joined to the tests that run as WebAssembly under Node, which otherwise would not see the variables of the shell.
Module.preRun = () => {
  if (typeof ENV !== 'undefined') Object.assign(ENV, process.env)
}
