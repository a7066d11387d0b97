#pragma once

#include <string>
#include <utility>

#include "base/result.h"

// A data folder: which files lie there, and who may write them.

namespace pawl::engine {

// What the system answered to who would use a data folder: "read_only", "full", "unreadable".
Error folder_error(const std::string& folder, int system_error);

// The right to be the one engine of a folder. It ends with the object, and with the process however
// that ends.
class FolderLock {
 public:
    // Makes the folder where there is none. Errors: "locked", "read_only", "full", "unreadable".
    static Result<FolderLock> take(const std::string& folder);
    FolderLock(FolderLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    FolderLock& operator=(FolderLock&& other) noexcept {
        std::swap(descriptor_, other.descriptor_);
        return *this;
    }
    ~FolderLock();

 private:
    explicit FolderLock(int descriptor) : descriptor_(descriptor) {}
    int descriptor_ = -1;
};

}  // namespace pawl::engine
