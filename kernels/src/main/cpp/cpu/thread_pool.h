// A bounded pool that parks: its threads sleep in the kernel whenever there is no work.
#pragma once

#include <stdint.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

namespace xc {

class ThreadPool {
 public:
  // One task: index is 0 .. tasks - 1, worker 0 .. threads - 1 names the thread that runs it.
  using Task = void (*)(void* job, int64_t index, int32_t worker);

  // The calling thread of run() is one of the threads.
  explicit ThreadPool(int32_t threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int32_t threads() const { return static_cast<int32_t>(workers_.size()) + 1; }

  // Runs the tasks, in any order, each by the next free thread; returns when all are done. One
  // run at a time. Tasks do not throw.
  void run(int64_t tasks, Task task, void* job);

  // The same for a callable (int64_t index, int32_t worker).
  template <class Body>
  void run(int64_t tasks, Body&& body) {
    run(
        tasks,
        [](void* job, int64_t index, int32_t worker) {
          (*static_cast<typename std::remove_reference<Body>::type*>(job))(index, worker);
        },
        &body);
  }

 private:
  void work(int32_t worker);
  void take_tasks(int32_t worker);
  void stop();

  std::mutex mutex_;
  std::condition_variable start_;
  std::condition_variable done_;
  std::vector<std::thread> workers_;
  // Guarded by mutex_.
  uint64_t round_ = 0;
  int32_t invited_ = 0;
  int32_t busy_ = 0;
  bool stopping_ = false;
  // Set before a round, read in it.
  Task task_ = nullptr;
  void* job_ = nullptr;
  int64_t tasks_ = 0;
  std::atomic<int64_t> next_{0};
};

}  // namespace xc
