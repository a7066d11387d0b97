#include "engine/store/sqlite_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <vector>

#include "base/text.h"
#include "engine/store/sqlite_parts.h"

namespace pawl::engine {

Error folder_error(const std::string& folder, int system_error) {
    const std::string place = "the data folder " + quote_for_message(folder);
    switch (system_error) {
        case EACCES:
        case EPERM:
        case EROFS:
            return {"read_only", place +
                                     " may not be written; give this user the right to, or "
                                     "name another folder"};
        case ENOSPC:
        case EDQUOT: return {"full", place + " is on a disk that is full", true};
        case ENOTDIR:
        case EEXIST: return {"unreadable", place + " is no folder, or lies in what is none"};
        default:
            return {"unreadable",
                    place + " cannot be used: " + std::generic_category().message(system_error)};
    }
}

// Absolute: SQLite reads a path that begins with `file:` in its own way, and the process may change
// its folder.
std::string database_path(const std::string& folder) {
    std::error_code error;
    const auto path = std::filesystem::absolute(folder, error);
    return ((error ? std::filesystem::path(folder) : path) / "pawl.db").string();
}

namespace {

// A folder is on disk once the one that it lies in is: else a power cut would take it, and what was
// acknowledged with it.
Status make_folder(const std::string& folder) {
    std::error_code error;
    auto path = std::filesystem::absolute(folder, error).lexically_normal();
    if (error) return folder_error(folder, error.value());
    if (!path.has_filename()) path = path.parent_path();
    std::vector<std::filesystem::path> parents;
    for (auto each = path; !std::filesystem::exists(each, error) && each.has_relative_path();
         each = each.parent_path())
        parents.push_back(each.parent_path());
    const bool is_new = std::filesystem::create_directories(path, error);
    if (error) return folder_error(folder, error.value());
    // What people wrote and who they are lies in it: nobody else's to read.
    if (is_new) std::filesystem::permissions(path, std::filesystem::perms::owner_all, error);
    if (error) return folder_error(folder, error.value());
    for (const auto& parent : parents) {
        const int descriptor = ::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        // Who may add to a folder may not always read it, and cannot sync it then.
        if (descriptor < 0 && errno == EACCES) continue;
        const bool is_synced = descriptor >= 0 && ::fsync(descriptor) == 0;
        const int failure = errno;
        if (descriptor >= 0) ::close(descriptor);
        if (!is_synced) return folder_error(folder, failure);
    }
    return Done{};
}

}  // namespace

Result<FolderLock> FolderLock::take(const std::string& folder) {
    const Status made = make_folder(folder);
    if (!made) return made.error();
    const std::string path = (std::filesystem::path(folder) / "pawl.lock").string();
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0) return folder_error(folder, errno);
    FolderLock lock(descriptor);
    if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) return lock;
    if (errno != EWOULDBLOCK) return folder_error(folder, errno);
    return Error{"locked", "another engine works on the data folder " + quote_for_message(folder) +
                               "; stop it first, or name another folder"};
}

// The file stays: who took it away could not know that nobody has just opened it.
FolderLock::~FolderLock() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace pawl::engine
