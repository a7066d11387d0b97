#pragma once

#include <array>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "base/result.h"
#include "engine/ports/store_reader.h"
#include "engine/store/sqlite_store.h"

// Two threads that look into the store, each with a reader of its own, and the bounded queue before
// them.

namespace pawl::server::internal {

using ReadJob = std::function<void(engine::StoreReader&)>;

enum class JobLength : std::uint8_t {
    short_,  // a page
    long_,   // an export: they run one at a time, so that pages are read meanwhile
};

class ReadPool {
 public:
    static Result<std::unique_ptr<ReadPool>> start(engine::SqliteStore& store,
                                                   std::size_t queued_max);
    // What runs is finished, what waits is thrown away.
    ~ReadPool();

    // Answers whether it was taken. Any thread.
    bool submit(ReadJob job, JobLength length);
    std::size_t queued() const;

 private:
    using Readers = std::array<std::unique_ptr<engine::StoreReader>, 2>;

    ReadPool(Readers readers, std::size_t queued_max);
    bool can_begin_long_job() const { return !long_jobs_.empty() && !is_long_job_running_; }
    void run(engine::StoreReader& reader);

    const std::size_t queued_max_;
    const Readers readers_;
    mutable std::mutex mutex_;  // guards the rest but the threads
    std::condition_variable is_due_;
    std::deque<ReadJob> jobs_, long_jobs_;
    bool is_long_job_running_ = false;
    bool is_stopping_ = false;
    std::array<std::thread, 2> threads_;
};

}  // namespace pawl::server::internal
