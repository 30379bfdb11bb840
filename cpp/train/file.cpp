#include "train/file.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace mdn {
namespace {

Status failed(const char* what, const std::string& path) {
  return Status::error(Code::kBadFile, std::string("cannot ") + what + " '" + path + "': " + std::strerror(errno));
}

}  // namespace

Status read_file(std::vector<std::uint8_t>* out, const std::string& path) {
  out->clear();
  std::FILE* file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) return failed("open", path);
  std::uint8_t buffer[1 << 16];
  std::size_t got = 0;
  while ((got = std::fread(buffer, 1, sizeof buffer, file)) > 0) out->insert(out->end(), buffer, buffer + got);
  const bool bad = std::ferror(file) != 0;
  const Status status = bad ? failed("read", path) : Status();
  std::fclose(file);
  return status;
}

Status write_file(const std::string& path, std::span<const std::uint8_t> bytes, const std::string& previous) {
  const std::string part = path + ".part";
  std::FILE* file = std::fopen(part.c_str(), "wb");
  if (file == nullptr) return failed("write", part);
  const bool written = std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size() && std::fflush(file) == 0 &&
                       fsync(fileno(file)) == 0;
  Status status = written ? Status() : failed("write", part);
  if (std::fclose(file) != 0 && status.ok()) status = failed("write", part);
  if (status.ok() && !previous.empty()) std::rename(path.c_str(), previous.c_str());  // there is none the first time
  if (status.ok() && std::rename(part.c_str(), path.c_str()) != 0) status = failed("rename", part);
  if (!status.ok()) std::remove(part.c_str());
  return status;
}

}  // namespace mdn
