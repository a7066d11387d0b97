#pragma once

#include "engine/ports/store_reader.h"
#include "server/internal/response.h"

namespace pawl::server::internal {

// The reader's look at the store, for as long as this lives.
class Look {
 public:
    explicit Look(engine::StoreReader& reader) : reader_(reader), status_(reader.begin()) {}
    Look(const Look&) = delete;
    Look& operator=(const Look&) = delete;
    ~Look() {
        if (status_) reader_.end();
    }
    const Status& status() const { return status_; }

 private:
    engine::StoreReader& reader_;
    Status status_;
};

inline Response store_failure(const Error& error) {
    if (error.code == "unindexed") return error_response(400, error.code, error.message);
    return error.retry ? retry_response(503, error.code, error.message)
                       : error_response(500, error.code, error.message);
}

}  // namespace pawl::server::internal
