#include "bench/turns/harness.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include "dsl/compile.h"

namespace pawl::bench {

namespace fs = std::filesystem;

std::string store_path(const std::string& data) { return (fs::path(data) / "pawl.db").string(); }

std::string book_path(const std::string& data) { return (fs::path(data) / "book.pawl").string(); }

std::uint64_t file_bytes(const std::string& file) {
    std::error_code problem;
    const std::uintmax_t bytes = fs::file_size(file, problem);
    return problem ? 0 : bytes;
}

Status prepare_folder(const std::string& data, std::string_view book) {
    std::error_code problem;
    fs::create_directories(data, problem);
    if (fs::exists(store_path(data))) {
        return Error{.code = "exists",
                     .message = data + " holds a store; name a folder that holds none yet"};
    }
    std::ofstream file(book_path(data));
    if (file << book << std::flush) return Done{};
    return Error{.code = "unreadable", .message = data + " cannot be written to"};
}

Result<rules::Program> compile_book(std::string_view book) {
    SourceSet sources;
    sources.add("book.pawl", std::string(book));
    dsl::Compilation compilation = dsl::compile(sources);
    if (compilation.program) return std::move(*compilation.program);
    return Error{.code = "book",
                 .message = "the rulebook of the benchmark has a mistake: " +
                            compilation.diagnostics.front().message};
}

Result<std::unique_ptr<engine::SqliteStore>> open_store(const std::string& data,
                                                        const rules::Program& program) {
    Result<std::unique_ptr<engine::SqliteStore>> store = engine::open_sqlite_store(data);
    if (!store) return store.error();
    if (Status opened = (*store)->open(program); !opened) return opened.error();
    return store;
}

engine::RuntimeOptions runtime_options(RunWatch& watch) {
    engine::RuntimeOptions options;
    options.clock = [] {
        const auto now = std::chrono::system_clock::now().time_since_epoch();
        return Instant{std::chrono::duration_cast<std::chrono::microseconds>(now).count()};
    };
    options.on_happening = [&watch](const std::string&, const engine::Happening& happening) {
        watch.hear(happening);
    };
    options.wants_json = [](const engine::Happening&) { return false; };
    options.on_fatal = [](const Error& error) {
        std::fprintf(stderr, "pawl: %s\n", error.message.c_str());
        std::_Exit(3);
    };
    return options;
}

void checkpoint(engine::Runtime& runtime) {
    runtime.with_store([](engine::SqliteStore& store) { (void)store.checkpoint(); });
}

}  // namespace pawl::bench
