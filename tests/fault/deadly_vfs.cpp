#include "tests/fault/deadly_vfs.h"

#include <signal.h>
#include <sqlite3.h>
#include <unistd.h>

#include <atomic>

namespace pawl::fault {

namespace {

std::uint64_t deadline = 0;
std::atomic<std::uint64_t> counted{0};
sqlite3_vfs* below = nullptr;
sqlite3_vfs layer;
// A file's methods are those of the system's layer, but for these; the system knows a few kinds.
struct Kind {
    const sqlite3_io_methods* theirs = nullptr;
    sqlite3_io_methods ours{};
};
Kind kinds[4];

// Before the operation: it does not happen any more.
void count() {
    if (++counted == deadline) ::kill(::getpid(), SIGKILL);
}

const sqlite3_io_methods* theirs_of(sqlite3_file* file) {
    for (const Kind& kind : kinds)
        if (file->pMethods == &kind.ours) return kind.theirs;
    return file->pMethods;
}

int file_write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
    count();
    return theirs_of(file)->xWrite(file, bytes, size, offset);
}

int file_truncate(sqlite3_file* file, sqlite3_int64 size) {
    count();
    return theirs_of(file)->xTruncate(file, size);
}

int file_sync(sqlite3_file* file, int flags) {
    count();
    return theirs_of(file)->xSync(file, flags);
}

int layer_open(sqlite3_vfs*, const char* path, sqlite3_file* file, int flags, int* out_flags) {
    if ((flags & SQLITE_OPEN_CREATE) != 0) count();
    const int result = below->xOpen(below, path, file, flags, out_flags);
    if (result != SQLITE_OK || file->pMethods == nullptr) return result;
    for (Kind& kind : kinds) {
        if (kind.theirs == nullptr) {
            kind.theirs = file->pMethods;
            kind.ours = *file->pMethods;
            kind.ours.xWrite = file_write;
            kind.ours.xTruncate = file_truncate;
            kind.ours.xSync = file_sync;
        }
        if (kind.theirs != file->pMethods) continue;
        file->pMethods = &kind.ours;
        break;
    }
    return SQLITE_OK;
}

int layer_remove(sqlite3_vfs*, const char* path, int syncs_folder) {
    count();
    return below->xDelete(below, path, syncs_folder);
}

}  // namespace

void install_deadly_layer(std::uint64_t kill_at) {
    deadline = kill_at;
    below = sqlite3_vfs_find(nullptr);
    layer = *below;
    layer.zName = "deadly";
    layer.pNext = nullptr;
    layer.xOpen = layer_open;
    layer.xDelete = layer_remove;
    sqlite3_vfs_register(&layer, 1);
}

std::uint64_t counted_operations() { return counted; }

}  // namespace pawl::fault
