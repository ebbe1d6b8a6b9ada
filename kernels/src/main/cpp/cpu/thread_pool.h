// A bounded pool that parks: its threads sleep in the kernel when there is no work. For a moment
// after work they look out for more, since operations of a step follow each other within that
// moment and waking a thread of a virtual machine takes up to 200 microseconds.
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

  // The calling thread of run() is one of the threads, of which there are less than 2048.
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
  // What the gate says: the number of the round and the workers invited to it; 0 is closed.
  using Gate = uint64_t;
  static constexpr int kInvitedBits = 11;
  static int32_t invited(Gate gate) {
    return static_cast<int32_t>(gate & ((1u << kInvitedBits) - 1));
  }

  void work(int32_t worker);
  bool wait_for_round(int32_t worker, Gate seen);
  void join_round(int32_t worker);
  void take_tasks(int32_t worker);
  void wait_until_left();
  void stop();

  std::vector<std::thread> workers_;
  uint64_t round_ = 0;
  // A worker counts itself in and then looks at the gate; the caller closes the gate and then looks
  // at the count. So either sees the other, and nobody waits for a worker that came too late.
  std::atomic<Gate> gate_{0};
  std::atomic<int32_t> inside_{0};
  std::atomic<bool> stopping_{false};
  // For those that sleep. Who changes what they sleep for looks at these afterwards.
  std::mutex mutex_;
  std::condition_variable start_;
  std::condition_variable done_;
  std::atomic<int32_t> sleeping_workers_{0};
  std::atomic<bool> sleeping_caller_{false};
  // Set before the gate opens, read inside.
  Task task_ = nullptr;
  void* job_ = nullptr;
  int64_t tasks_ = 0;
  std::atomic<int64_t> next_{0};
};

}  // namespace xc
