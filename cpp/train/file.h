// Whole files, and writing that leaves either the old file or the new one.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"

namespace mdn {

// kBadFile with the system's own words where the file cannot be read.
Status read_file(std::vector<std::uint8_t>* out, const std::string& path);

// Writes path.part, makes sure that it is on the disk, and renames it to path. kBadFile (with the reason: no space, no
// permission) leaves what was at path. What a success replaces is kept as `previous` unless that is empty.
Status write_file(const std::string& path, std::span<const std::uint8_t> bytes, const std::string& previous = "");

}  // namespace mdn
