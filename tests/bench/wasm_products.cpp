// The products in WebAssembly, for `npm run bench -- train`: the same source and options as in the shipped module.
#include <emscripten/emscripten.h>

#include "products.h"

extern "C" EMSCRIPTEN_KEEPALIVE void products() {
  static mdn::bench::Products all;
  all.run();
}
