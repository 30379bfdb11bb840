// What a function that may refuse its input returns. Errors never cross as exceptions: the core is compiled without
// them.
#pragma once

#include <string>
#include <utility>

#include "base/text.h"

namespace mdn {

// Why something was refused. js/errors.js gives the same list its public names, in this order.
enum class Code : int {
  kOk = 0,
  kBadFile,      // bytes that are not the file they should be
  kBadShape,     // a length or a shape that does not fit
  kBadArgument,  // an option or a name nobody knows
  kBadValue,     // a number outside its range, NaN or infinite where that means nothing
  kUnsupported,  // understood, but not something this build or this model can do
  kTooLarge,     // more memory or more steps than the stated limits
  kMismatch,     // two things that do not belong together; a self-test that failed
};

struct [[nodiscard]] Status {
  Code code = Code::kOk;
  std::string message;  // what was expected, what came, how to fix it; empty when ok

  bool ok() const { return code == Code::kOk; }

  static Status error(Code code, std::string message) { return Status{code, std::move(message)}; }
  // The message in pieces: texts and numbers.
  static Status error(Code code, Pieces message);
};

}  // namespace mdn
