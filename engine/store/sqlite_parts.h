#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "engine/store/sqlite_entities.h"
#include "engine/store/sqlite_session.h"
#include "engine/store/sqlite_store.h"

// How the parts of SqliteStore meet: sqlite_store.cpp calls what sqlite_reader.cpp and
// sqlite_prune.cpp make.

namespace pawl::engine {

// The file of a data folder's store.
std::string database_path(const std::string& folder);

// What the core's side keeps in memory and must hear of when rows change beside a commit. Called
// on the writer's thread, after the change was committed.
class MemoryOfStore {
 public:
    virtual ~MemoryOfStore() = default;
    virtual void forget(rules::Reference reference) = 0;
    virtual void forget_seen_bucket(std::int64_t bucket) = 0;
    // Keys of events that came up to then are not all kept any more.
    virtual void forget_seen_until(Instant until) = 0;
};

// All of them outlive what is made of them.
struct WriterParts {
    SqliteSession& session;
    const rules::Program& program;
    const EntityLayout& layout;
    Words& words;
    MemoryOfStore& memory;
};

// SqliteStore::prune, in its own transaction. sqlite_prune.cpp
Result<PruneProgress> prune_store(const WriterParts& parts, Instant now, std::size_t rows_max);

// SqliteStore::erase, each step in its own transaction. sqlite_erase.cpp
Status erase_step(const WriterParts& parts, Erasure& erasure, std::size_t rows_max);

// SqliteStore::make_reader: opens a connection of its own. sqlite_reader.cpp
Result<std::unique_ptr<StoreReader>> make_store_reader(const std::string& path,
                                                       const std::string& vfs,
                                                       const rules::Program& program,
                                                       const EntityLayout& layout);

}  // namespace pawl::engine
