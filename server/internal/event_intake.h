#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/runtime.h"
#include "server/internal/connection.h"
#include "server/internal/mailbox.h"

// Events on their way from requests to the engine. What comes in while the loop goes once around is
// submitted together, and answered together: one lock, one wake and one letter for many requests.
// Owned by the loop's thread.

namespace pawl::server::internal {

class EventIntake {
 public:
    struct Doors {
        // The connection, or nothing when it closed meanwhile.
        std::function<std::shared_ptr<Connection>(ConnectionId)> find;
        // Calls `flush` after all that the loop has at hand.
        std::function<void()> flush_soon;
    };

    EventIntake(engine::Runtime& runtime, std::shared_ptr<Mailbox> mailbox, Doors doors);

    // A whole request to /api/events.
    void take(Connection& connection);
    void flush();
    void deliver(BatchId id, const std::vector<engine::Receipt>& receipts);

 private:
    struct Asker {
        ConnectionId connection = 0;
        std::size_t events = 0;
        std::string trouble;  // of its body, behind the events
    };
    struct Batch {
        std::vector<std::string> inputs;
        std::size_t bytes = 0;
        std::vector<Asker> askers;
    };

    void add(Connection& connection, std::vector<std::string> texts, std::string trouble,
             engine::WaitFor wait);
    void submit(Batch& batch, engine::WaitFor wait);
    void refuse(const Batch& batch, engine::Admission admission);

    engine::Runtime& runtime_;
    const std::shared_ptr<Mailbox> mailbox_;
    const Doors doors_;
    Batch open_[2];  // by WaitFor
    bool is_flush_due_ = false;
    std::unordered_map<BatchId, std::vector<Asker>> submitted_;
    BatchId next_batch_ = 1;
    Response results_;  // its body keeps its memory
};

}  // namespace pawl::server::internal
