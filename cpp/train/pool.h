// Threads that work through a numbered list together. Who does which number is chance; what a number computes must not
// depend on it. Where there are no threads (WebAssembly), the caller does everything.
#pragma once

#include <functional>
#include <memory>

namespace mdn {

class Pool {
 public:
  // threads >= 1, the caller's included.
  explicit Pool(int threads);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  int threads() const { return threads_; }
  // Calls work(0) … work(count − 1), each once; returns when all are done.
  void run(int count, const std::function<void(int)>& work);

 private:
  struct Workers;
  int threads_;
  std::unique_ptr<Workers> workers_;
};

// Of this machine.
int hardware_threads();

}  // namespace mdn
