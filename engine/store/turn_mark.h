#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "engine/input.h"

// Whose turn is running, an input's or that of something due, kept in a file that is mapped into
// memory: it outlives the process, however that ends, and costs nothing to write. Whether it
// outlives the machine does not matter: a turn does not take the power away.

namespace pawl::engine {

struct TurnMark {
    InputNumber input = 0;   // 0: no input's turn is running
    std::int32_t stops = 0;  // of the process, in this turn, before this one
    std::uint64_t due = 0;   // Engine::due_name; 0: nothing due has its turn
    friend bool operator==(const TurnMark&, const TurnMark&) = default;
};

class TurnMarkFile {
 public:
    // Makes the file in a folder where there is none, and reads it. Errors of sqlite_folder.h.
    static Result<TurnMarkFile> open(const std::string& folder);
    // Whether the folder has one.
    static bool is_in(const std::string& folder);
    TurnMarkFile(TurnMarkFile&& other) noexcept;
    TurnMarkFile& operator=(TurnMarkFile&& other) noexcept;
    ~TurnMarkFile();

    // As it was found.
    TurnMark found() const { return found_; }
    // For one thread.
    void set(TurnMark mark);

 private:
    TurnMarkFile(void* page, TurnMark found) : page_(page), found_(found) {}
    void* page_ = nullptr;
    TurnMark found_;
};

}  // namespace pawl::engine
