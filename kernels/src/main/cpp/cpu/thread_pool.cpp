#include "thread_pool.h"

#include <algorithm>
#include <chrono>

namespace xc {
namespace {

using Clock = std::chrono::steady_clock;

// How long a thread looks out before it sleeps: more than lies between two operations of a step.
constexpr auto kLookOut = std::chrono::microseconds(60);
// Looks between two looks at the clock.
constexpr int kLooks = 32;

void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Looks until the condition holds or the time is up; whether it holds.
template <class Condition>
bool look_out(Condition condition) {
  const Clock::time_point end = Clock::now() + kLookOut;
  do {
    for (int look = 0; look < kLooks; look++) {
      if (condition()) {
        return true;
      }
      pause();
    }
  } while (Clock::now() < end);
  return false;
}

}  // namespace

ThreadPool::ThreadPool(int32_t threads) {
  try {
    workers_.reserve(static_cast<size_t>(threads) - 1);
    for (int32_t worker = 1; worker < threads; worker++) {
      workers_.emplace_back([this, worker] { work(worker); });
    }
  } catch (...) {
    stop();
    throw;
  }
}

ThreadPool::~ThreadPool() { stop(); }

void ThreadPool::stop() {
  {
    std::lock_guard<std::mutex> guard(mutex_);
    stopping_ = true;
  }
  start_.notify_all();
  for (std::thread& worker : workers_) {
    worker.join();
  }
}

void ThreadPool::run(int64_t tasks, Task task, void* job) {
  if (workers_.empty() || tasks <= 1) {
    for (int64_t index = 0; index < tasks; index++) {
      task(job, index, 0);
    }
    return;
  }
  task_ = task;
  job_ = job;
  tasks_ = tasks;
  next_.store(0, std::memory_order_relaxed);
  // Few tasks invite few threads.
  const Gate guests = std::min<int64_t>(tasks - 1, static_cast<int64_t>(workers_.size()));
  gate_ = ++round_ << kInvitedBits | guests;
  if (sleeping_workers_ > 0) {
    // With the lock held by nobody, each sleeper has seen the gate or hears this.
    { std::lock_guard<std::mutex> guard(mutex_); }
    start_.notify_all();
  }
  take_tasks(0);
  gate_ = 0;
  wait_until_left();
}

void ThreadPool::wait_until_left() {
  const auto left = [this] { return inside_ == 0; };
  if (look_out(left)) {
    return;
  }
  std::unique_lock<std::mutex> lock(mutex_);
  sleeping_caller_ = true;
  done_.wait(lock, left);
  sleeping_caller_ = false;
}

void ThreadPool::work(int32_t worker) {
  Gate seen = 0;
  while (wait_for_round(worker, seen)) {
    seen = gate_;
    join_round(worker);
  }
}

// Until there is a round that the worker is invited to and has not seen; false when there will be
// no more.
bool ThreadPool::wait_for_round(int32_t worker, Gate seen) {
  const auto wanted = [&] {
    const Gate gate = gate_;
    return stopping_ || (gate != seen && worker <= invited(gate));
  };
  if (!look_out(wanted)) {
    std::unique_lock<std::mutex> lock(mutex_);
    sleeping_workers_++;
    start_.wait(lock, wanted);
    sleeping_workers_--;
  }
  return !stopping_;
}

void ThreadPool::join_round(int32_t worker) {
  inside_++;
  if (worker <= invited(gate_)) {
    take_tasks(worker);
  }
  if (--inside_ == 0 && sleeping_caller_) {
    { std::lock_guard<std::mutex> guard(mutex_); }
    done_.notify_one();
  }
}

void ThreadPool::take_tasks(int32_t worker) {
  for (;;) {
    int64_t index = next_.fetch_add(1, std::memory_order_relaxed);
    if (index >= tasks_) {
      return;
    }
    task_(job_, index, worker);
  }
}

}  // namespace xc
