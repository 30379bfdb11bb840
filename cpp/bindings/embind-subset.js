// biome-ignore-all lint/complexity/useArrowFunction: Emscripten 3.1.6 takes functions alone.
// Emscripten registers every type it could ever carry between C++ and JavaScript. The bindings use numbers, booleans,
// std::string and their own classes; the code for the others would be a tenth of the glue.
mergeInto(LibraryManager.library, {
  _embind_register_std_wstring: function () {},
  _embind_register_std_wstring__deps: [],
  _embind_register_memory_view: function () {},
  _embind_register_memory_view__deps: [],
  _embind_register_emval: function () {},
  _embind_register_emval__deps: [],
})
