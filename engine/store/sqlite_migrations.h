#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/store/sqlite_session.h"

// The steps by which the store's own tables came to be what they are (schema/NNNN_name.sql).
// Forward only: a step that a release has shipped is never changed, a later one follows it.

namespace pawl::engine {

struct Migration {
    std::int64_t number = 0;  // from 1, without gaps
    std::string name;         // "init"
    std::string sql;
};

// Those of this program, ascending.
std::vector<Migration> own_migrations();

// Single statements, without what stands between them. A semicolon in a text, a name or a comment
// ends nothing. No triggers: their bodies hold semicolons.
std::vector<std::string> split_statements(std::string_view sql);

// Takes the steps that the store has not taken yet, each in one transaction together with its row
// in `schema_version`. Fails with "newer" where the store has taken a step that is not among these,
// and "damaged" where the file is another program's.
Status migrate(SqliteSession& session, std::span<const Migration> migrations);

}  // namespace pawl::engine
