#include "server/internal/read_pool.h"

#include <utility>

namespace pawl::server::internal {

namespace {

constexpr std::size_t long_jobs_queued_max = 8;

}  // namespace

Result<std::unique_ptr<ReadPool>> ReadPool::start(engine::SqliteStore& store,
                                                  std::size_t queued_max) {
    Readers readers;
    for (std::unique_ptr<engine::StoreReader>& reader : readers) {
        Result<std::unique_ptr<engine::StoreReader>> made = store.make_reader();
        if (!made) return made.error();
        reader = std::move(made.value());
    }
    return std::unique_ptr<ReadPool>(new ReadPool(std::move(readers), queued_max));
}

ReadPool::ReadPool(Readers readers, std::size_t queued_max)
    : queued_max_(queued_max), readers_(std::move(readers)) {
    for (std::size_t i = 0; i < threads_.size(); ++i)
        threads_[i] = std::thread([this, i] { run(*readers_[i]); });
}

ReadPool::~ReadPool() {
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
        jobs_.clear();
        long_jobs_.clear();
    }
    is_due_.notify_all();
    for (std::thread& thread : threads_) thread.join();
}

bool ReadPool::submit(ReadJob job, JobLength length) {
    {
        const std::lock_guard lock(mutex_);
        std::deque<ReadJob>& jobs = length == JobLength::short_ ? jobs_ : long_jobs_;
        const std::size_t queued_max =
            length == JobLength::short_ ? queued_max_ : long_jobs_queued_max;
        if (is_stopping_ || jobs.size() >= queued_max) return false;
        jobs.push_back(std::move(job));
    }
    is_due_.notify_one();
    return true;
}

std::size_t ReadPool::queued() const {
    const std::lock_guard lock(mutex_);
    return jobs_.size() + long_jobs_.size();
}

void ReadPool::run(engine::StoreReader& reader) {
    std::unique_lock lock(mutex_);
    while (true) {
        is_due_.wait(lock, [&] { return is_stopping_ || !jobs_.empty() || can_begin_long_job(); });
        if (is_stopping_) return;
        const bool is_long = can_begin_long_job();
        std::deque<ReadJob>& jobs = is_long ? long_jobs_ : jobs_;
        const ReadJob job = std::move(jobs.front());
        jobs.pop_front();
        if (is_long) is_long_job_running_ = true;
        lock.unlock();
        job(reader);
        lock.lock();
        if (is_long) is_long_job_running_ = false;
    }
}

}  // namespace pawl::server::internal
