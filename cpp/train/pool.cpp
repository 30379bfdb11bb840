#include "train/pool.h"

#include <algorithm>

#if !defined(__EMSCRIPTEN__)
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>
#endif

namespace mdn {

#if defined(__EMSCRIPTEN__)

struct Pool::Workers {};
Pool::Pool(int) : threads_(1) {}
Pool::~Pool() = default;
void Pool::run(int count, const std::function<void(int)>& work) {
  for (int i = 0; i < count; ++i) work(i);
}
int hardware_threads() { return 1; }

#else

struct Pool::Workers {
  std::mutex mutex;
  std::condition_variable started, finished;
  const std::function<void(int)>* work = nullptr;
  int next = 0, count = 0, busy = 0;
  bool closing = false;
  std::vector<std::thread> threads;

  // Takes numbers until none are left; holds the lock at either end.
  void help(std::unique_lock<std::mutex>& lock) {
    while (next < count) {
      const int mine = next++;
      ++busy;
      lock.unlock();
      (*work)(mine);
      lock.lock();
      --busy;
    }
    if (busy == 0) finished.notify_all();
  }

  void serve() {
    std::unique_lock lock(mutex);
    while (!closing) {
      started.wait(lock, [&] { return closing || next < count; });
      help(lock);
    }
  }
};

Pool::Pool(int threads) : threads_(std::max(1, threads)), workers_(std::make_unique<Workers>()) {
  for (int i = 1; i < threads_; ++i) workers_->threads.emplace_back([this] { workers_->serve(); });
}

Pool::~Pool() {
  {
    const std::lock_guard lock(workers_->mutex);
    workers_->closing = true;
  }
  workers_->started.notify_all();
  for (std::thread& thread : workers_->threads) thread.join();
}

void Pool::run(int count, const std::function<void(int)>& work) {
  Workers& w = *workers_;
  std::unique_lock lock(w.mutex);
  w.work = &work;
  w.next = 0;
  w.count = count;
  w.started.notify_all();
  w.help(lock);
  w.finished.wait(lock, [&] { return w.busy == 0 && w.next >= w.count; });
  w.count = 0;
}

int hardware_threads() { return std::max(1, static_cast<int>(std::thread::hardware_concurrency())); }

#endif

}  // namespace mdn
