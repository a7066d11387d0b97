#pragma once

#include <cstdint>
#include <exception>
#include <string>

#include "engine/store/sqlite_session.h"
#include "engine/store/statement.h"

namespace pawl::engine {

// Freed bytes are overwritten as long as this lives.
class SecureDelete {
 public:
    explicit SecureDelete(SqliteSession& session) : session_(session) {
        Statement now(session, "pragma secure_delete", "", "i");
        for (Rows rows(now); rows.next();) before_ = now.integer(0);
        session_.execute("pragma secure_delete = on");
    }
    ~SecureDelete() {
        try {
            session_.execute("pragma secure_delete = " + std::to_string(before_));
        } catch (const std::exception&) {
            // It stays on: slower deletes, no harm.
        }
    }
    SecureDelete(const SecureDelete&) = delete;
    SecureDelete& operator=(const SecureDelete&) = delete;

 private:
    SqliteSession& session_;
    std::int64_t before_ = 0;
};

}  // namespace pawl::engine
