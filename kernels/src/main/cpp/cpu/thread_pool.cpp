#include "thread_pool.h"

#include <algorithm>

namespace xc {

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
  {
    std::lock_guard<std::mutex> guard(mutex_);
    task_ = task;
    job_ = job;
    tasks_ = tasks;
    next_.store(0, std::memory_order_relaxed);
    // Few tasks invite few threads: nobody waits for one that has nothing to do.
    invited_ = static_cast<int32_t>(std::min<int64_t>(tasks - 1, workers_.size()));
    busy_ = invited_;
    round_++;
  }
  start_.notify_all();
  take_tasks(0);
  std::unique_lock<std::mutex> lock(mutex_);
  done_.wait(lock, [this] { return busy_ == 0; });
}

void ThreadPool::work(int32_t worker) {
  uint64_t seen = 0;
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    start_.wait(lock, [&] { return stopping_ || (round_ != seen && worker <= invited_); });
    if (stopping_) {
      return;
    }
    seen = round_;
    lock.unlock();
    take_tasks(worker);
    lock.lock();
    if (--busy_ == 0) {
      done_.notify_one();
    }
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
