#include "base/status.h"

namespace mdn {

Status Status::error(Code code, Pieces message) { return Status{code, join(message)}; }

}  // namespace mdn
