#pragma once

#include <array>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include "base/json.h"
#include "bench/turns/ready.h"
#include "bench/turns/turns.h"

// What the commands that measure an engine over its store have in common.

namespace pawl::cli {

// The folder that was named, or one of our own that is gone with the object.
class DataFolder {
 public:
    explicit DataFolder(const std::string& named);
    ~DataFolder();
    DataFolder(const DataFolder&) = delete;
    DataFolder& operator=(const DataFolder&) = delete;

    const std::string& path() const { return path_; }  // empty: none can be made

 private:
    std::string path_;
    bool is_ours_ = false;
};

// The file of the program that runs.
std::string own_program();

template <class... Values>
std::string line(const char* format, Values... values) {
    std::array<char, 240> buffer{};
    std::snprintf(buffer.data(), buffer.size(), format, values...);
    return buffer.data();
}

std::string ready_text(const bench::Ready& ready);

// Members of a JSON object.
void percentiles(JsonWriter& out, std::string_view name, const bench::Percentiles& percentiles);
void number(JsonWriter& out, std::string_view name, double value);
void integer(JsonWriter& out, std::string_view name, std::uint64_t value);
void ready_members(JsonWriter& out, const bench::Ready& ready);

}  // namespace pawl::cli
