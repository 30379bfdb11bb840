// Every head that can be trained: a new one adds its line.
#include "heads/nll_train.h"

namespace mdn {

template <class T>
Status make_nll(std::unique_ptr<Nll<T>>* out, const HeadSpec& spec) {
  constexpr struct {
    const char* type;
    std::unique_ptr<Nll<T>> (*make)(const HeadSpec&);
  } kNlls[] = {
      {"diagonal", make_diagonal_nll<T>},
      {"sketch-rnn", make_sketch_rnn_nll<T>},
  };
  std::unique_ptr<Head> checked;  // make_head judges the sizes and names
  if (Status status = make_head(&checked, spec); !status.ok()) return status;
  for (const auto& nll : kNlls) {
    if (spec.type == nll.type) {
      *out = nll.make(spec);
      return {};
    }
  }
  return Status::error(Code::kUnsupported, "the head '" + spec.type + "' cannot be trained");
}

template Status make_nll(std::unique_ptr<Nll<float>>*, const HeadSpec&);
template Status make_nll(std::unique_ptr<Nll<double>>*, const HeadSpec&);

}  // namespace mdn
