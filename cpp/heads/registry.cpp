// Every head there is: a new one adds its include and its line.
#include <array>
#include <iterator>

#include "heads/diagonal.h"
#include "heads/head.h"
#include "heads/sketch_rnn.h"

namespace mdn {
namespace {

constexpr struct {
  const char* type;
  Status (*make)(std::unique_ptr<Head>*, const HeadSpec&);
} kHeads[] = {
    {"diagonal", make_diagonal},
    {"sketch-rnn", make_sketch_rnn},
};

constexpr auto kTypes = [] {
  std::array<const char*, std::size(kHeads)> types{};
  for (std::size_t i = 0; i < types.size(); ++i) types[i] = kHeads[i].type;
  return types;
}();

}  // namespace

Status make_head(std::unique_ptr<Head>* out, const HeadSpec& spec) {
  for (const auto& head : kHeads) {
    if (spec.type == head.type) return head.make(out, spec);
  }
  std::string message = "no head is called '" + spec.type.substr(0, 64) + "'; there are";
  for (const auto& head : kHeads) message += std::string(&head == kHeads ? " " : ", ") + head.type;
  return Status::error(Code::kUnsupported, message);
}

std::span<const char* const> head_types() { return kTypes; }

}  // namespace mdn
