#pragma once

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "engine/store/sqlite_store.h"

// A data folder of a test, gone with it.

namespace pawl::engine {

class StoreFolder {
 public:
    StoreFolder() {
        path_ = (std::filesystem::temp_directory_path() / "pawl-store-XXXXXX").string();
        REQUIRE(::mkdtemp(path_.data()) != nullptr);
    }
    ~StoreFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    StoreFolder(const StoreFolder&) = delete;
    StoreFolder& operator=(const StoreFolder&) = delete;

    const std::string& path() const { return path_; }
    std::string file() const { return path_ + "/pawl.db"; }

    // A store that is open, with the program.
    std::unique_ptr<SqliteStore> open(const rules::Program& program,
                                      SqliteStoreOptions options = {}) const {
        auto store = open_sqlite_store(path_, options);
        INFO((store ? "" : store.error().message));
        REQUIRE(store);
        const Status opened = (*store)->open(program);
        INFO((opened ? "" : opened.error().message));
        REQUIRE(opened);
        return std::move(*store);
    }

 private:
    std::string path_;
};

}  // namespace pawl::engine
