#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "bench/turns/run_watch.h"
#include "engine/runtime.h"
#include "engine/store/sqlite_store.h"
#include "rules/program.h"

// The engine as a benchmark starts it: the production runtime over SQLite, on the wall clock.

namespace pawl::bench {

// "pawl.db" and "book.pawl" of a data folder.
std::string store_path(const std::string& data);
std::string book_path(const std::string& data);

// 0 where there is none.
std::uint64_t file_bytes(const std::string& file);

// Makes the folder and writes the rulebook into it, so that `pawl serve` can be started on it.
// Errors: "exists" (it holds a store), "unreadable".
Status prepare_folder(const std::string& data, std::string_view book);

// Errors: "book" (the benchmark's own rulebook has a mistake).
Result<rules::Program> compile_book(std::string_view book);

// Opened with the program, which outlives it.
Result<std::unique_ptr<engine::SqliteStore>> open_store(const std::string& data,
                                                        const rules::Program& program);

// The watch outlives the runtime. A store that cannot go on ends the process with exit code 3:
// nobody would ever be answered.
engine::RuntimeOptions runtime_options(RunWatch& watch);

// Empties the log into the file, while the engine does nothing else.
void checkpoint(engine::Runtime& runtime);

}  // namespace pawl::bench
