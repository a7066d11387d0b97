#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "engine/runtime.h"
#include "server/internal/response.h"

// What other threads have for the loop's. Many letters are fetched at once: the loop is woken for
// the first, and by the time it looks, the rest of a group's receipts lie there too. It outlives
// the server where the engine still holds one, and then swallows what comes.

namespace pawl::server::internal {

using ConnectionId = std::uint64_t;
using BatchId = std::uint64_t;

struct Letters {
    std::vector<std::pair<BatchId, std::vector<engine::Receipt>>> receipts;
    std::vector<std::pair<ConnectionId, Response>> answers;
    std::vector<ConnectionId> ready_pipes;
};

class Mailbox {
 public:
    // `wake` is called on the sending thread when there are letters where there were none.
    explicit Mailbox(std::function<void()> wake) : wake_(std::move(wake)) {}

    void put_receipts(BatchId batch, std::vector<engine::Receipt> receipts) {
        put([&] { letters_.receipts.emplace_back(batch, std::move(receipts)); });
    }
    void put_answer(ConnectionId connection, Response response) {
        put([&] { letters_.answers.emplace_back(connection, std::move(response)); });
    }
    void put_ready_pipe(ConnectionId connection) {
        put([&] { letters_.ready_pipes.push_back(connection); });
    }

    // Takes all there are; `out` is to be empty and gives its memory.
    void fetch(Letters& out) {
        const std::lock_guard lock(mutex_);
        is_woken_ = false;
        std::swap(out, letters_);
    }

    // From here on letters are thrown away.
    void close() {
        const std::lock_guard lock(mutex_);
        is_closed_ = true;
        letters_ = {};
    }

 private:
    template <class Add>
    void put(Add add) {
        const std::lock_guard lock(mutex_);
        if (is_closed_) return;
        add();
        if (std::exchange(is_woken_, true)) return;
        wake_();  // under the lock, so that nobody is woken after `close`
    }

    const std::function<void()> wake_;
    std::mutex mutex_;  // guards the rest
    Letters letters_;
    bool is_woken_ = false;
    bool is_closed_ = false;
};

}  // namespace pawl::server::internal
