#include "tests/fault/fault_vfs.h"

#include <sqlite3.h>

#include <atomic>
#include <bit>
#include <cstring>
#include <memory>
#include <mutex>
#include <new>

#include "tests/fault/disk.h"

namespace pawl::fault {

namespace {

struct Layer {
    sqlite3_vfs vfs{};
    std::string name;
    Disk* disk = nullptr;
};

// Behind the pointer that SQLite holds; made in the room that it gives.
struct Handle {
    Disk* disk = nullptr;
    std::uint64_t life = 0;
    std::shared_ptr<Node> node;
    std::shared_ptr<SharedMemory> memory;  // once asked for
    std::array<bool, SharedMemory::lock_count> shared{};
    std::array<bool, SharedMemory::lock_count> exclusive{};
    int level = SQLITE_LOCK_NONE;
    bool is_removed_on_close = false;
    bool syncs_folder = false;  // with the next sync
    bool keeps_log = false;     // SQLITE_FCNTL_PERSIST_WAL
};

struct OpenFile {
    sqlite3_file base;  // first: SQLite sees only this
    Handle handle;
};

Handle& handle_of(sqlite3_file* file) { return reinterpret_cast<OpenFile*>(file)->handle; }

Disk& disk_of(sqlite3_vfs* vfs) { return *static_cast<Layer*>(vfs->pAppData)->disk; }

bool is_dead(const Handle& handle) {
    return handle.disk->is_off() || handle.disk->life() != handle.life;
}

void release_locks(Handle& handle, int level) {
    Node& node = *handle.node;
    if (level < SQLITE_LOCK_RESERVED && node.reserved == &handle) node.reserved = nullptr;
    if (level < SQLITE_LOCK_PENDING && node.pending == &handle) node.pending = nullptr;
    if (level < SQLITE_LOCK_EXCLUSIVE && node.exclusive == &handle) node.exclusive = nullptr;
    if (level == SQLITE_LOCK_NONE && handle.level >= SQLITE_LOCK_SHARED) --node.shared;
    handle.level = level;
}

void release_memory(Handle& handle) {
    if (!handle.memory) return;
    for (std::size_t i = 0; i < SharedMemory::lock_count; ++i) {
        if (handle.shared[i]) --handle.memory->shared[i];
        if (handle.exclusive[i]) handle.memory->exclusive[i] = false;
    }
    handle.shared = {};
    handle.exclusive = {};
    if (--handle.memory->users == 0 && handle.node->memory == handle.memory)
        handle.node->memory = std::make_shared<SharedMemory>();
    handle.memory.reset();
}

int file_close(sqlite3_file* file) {
    Handle& handle = handle_of(file);
    const std::string path = handle.node->path;
    const bool is_removed =
        handle.is_removed_on_close && handle.node->is_linked && !is_dead(handle);
    Disk& disk = *handle.disk;
    {
        const std::lock_guard lock(disk.mutex());
        release_memory(handle);
        release_locks(handle, SQLITE_LOCK_NONE);
    }
    handle.~Handle();
    if (is_removed) disk.remove(path, false);
    return SQLITE_OK;
}

int file_read(sqlite3_file* file, void* into, int count, sqlite3_int64 offset) {
    const Handle& handle = handle_of(file);
    return handle.disk->read(*handle.node, handle.life, static_cast<char*>(into),
                             static_cast<std::size_t>(count), static_cast<std::uint64_t>(offset));
}

int file_write(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 offset) {
    const Handle& handle = handle_of(file);
    return handle.disk->write(
        *handle.node, handle.life,
        std::string_view(static_cast<const char*>(bytes), static_cast<std::size_t>(count)),
        static_cast<std::uint64_t>(offset));
}

int file_truncate(sqlite3_file* file, sqlite3_int64 size) {
    const Handle& handle = handle_of(file);
    return handle.disk->truncate(*handle.node, handle.life, static_cast<std::uint64_t>(size));
}

int file_sync(sqlite3_file* file, int) {
    Handle& handle = handle_of(file);
    return handle.disk->sync(*handle.node, handle.life, handle.syncs_folder);
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
    const Handle& handle = handle_of(file);
    if (is_dead(handle)) return SQLITE_IOERR_FSTAT;
    const std::lock_guard lock(handle.disk->mutex());
    *size = static_cast<sqlite3_int64>(handle.node->bytes.size());
    return SQLITE_OK;
}

// SQLite's locking protocol: any number of `shared`, one `reserved` beside them, a `pending` that
// keeps new ones out, and `exclusive` alone.
int file_lock(sqlite3_file* file, int level) {
    Handle& handle = handle_of(file);
    if (is_dead(handle)) return SQLITE_IOERR_LOCK;
    const std::lock_guard lock(handle.disk->mutex());
    Node& node = *handle.node;
    if (level <= handle.level) return SQLITE_OK;
    const auto is_taken = [&handle](const void* holder) {
        return holder != nullptr && holder != &handle;
    };
    if (level == SQLITE_LOCK_SHARED) {
        if (is_taken(node.pending) || is_taken(node.exclusive)) return SQLITE_BUSY;
        ++node.shared;
    } else if (level == SQLITE_LOCK_RESERVED) {
        if (is_taken(node.reserved) || is_taken(node.pending)) return SQLITE_BUSY;
        node.reserved = &handle;
    } else {
        if (is_taken(node.reserved) || is_taken(node.pending)) return SQLITE_BUSY;
        node.pending = &handle;
        if (node.shared > 1) {
            handle.level = SQLITE_LOCK_PENDING;
            return SQLITE_BUSY;
        }
        node.exclusive = &handle;
    }
    handle.level = level;
    return SQLITE_OK;
}

int file_unlock(sqlite3_file* file, int level) {
    Handle& handle = handle_of(file);
    const std::lock_guard lock(handle.disk->mutex());
    if (level < handle.level) release_locks(handle, level);
    return SQLITE_OK;
}

int file_check_reserved(sqlite3_file* file, int* is_reserved) {
    const Handle& handle = handle_of(file);
    const std::lock_guard lock(handle.disk->mutex());
    const Node& node = *handle.node;
    *is_reserved = node.reserved != nullptr || node.pending != nullptr || node.exclusive != nullptr;
    return SQLITE_OK;
}

int file_control(sqlite3_file* file, int operation, void* argument) {
    Handle& handle = handle_of(file);
    if (operation == SQLITE_FCNTL_PERSIST_WAL) {
        int& wish = *static_cast<int*>(argument);
        if (wish < 0) {
            wish = handle.keeps_log ? 1 : 0;
        } else {
            handle.keeps_log = wish != 0;
        }
        return SQLITE_OK;
    }
    return SQLITE_NOTFOUND;
}

int file_sector_size(sqlite3_file*) { return 4096; }

// As SQLite takes it on Linux: a write harms no byte beside it.
int file_characteristics(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

int memory_map(sqlite3_file* file, int region, int size, int extends, void volatile** out) {
    Handle& handle = handle_of(file);
    *out = nullptr;
    if (is_dead(handle)) return SQLITE_IOERR_SHMMAP;
    const std::lock_guard lock(handle.disk->mutex());
    if (!handle.memory) {
        handle.memory = handle.node->memory;
        ++handle.memory->users;
    }
    auto& regions = handle.memory->regions;
    const auto index = static_cast<std::size_t>(region);
    if (index >= regions.size()) {
        if (extends == 0) return SQLITE_OK;
        while (regions.size() <= index)
            regions.push_back(std::make_unique<char[]>(static_cast<std::size_t>(size)));
    }
    *out = regions[index].get();
    return SQLITE_OK;
}

int memory_unlock(Handle& handle, std::size_t begin, std::size_t end) {
    SharedMemory& memory = *handle.memory;
    for (std::size_t i = begin; i < end; ++i) {
        if (handle.shared[i]) --memory.shared[i];
        if (handle.exclusive[i]) memory.exclusive[i] = false;
        handle.shared[i] = handle.exclusive[i] = false;
    }
    return SQLITE_OK;
}

int memory_lock(sqlite3_file* file, int offset, int count, int flags) {
    Handle& handle = handle_of(file);
    const std::lock_guard lock(handle.disk->mutex());
    if (!handle.memory) return SQLITE_IOERR_SHMLOCK;
    const auto begin = static_cast<std::size_t>(offset);
    const auto end = begin + static_cast<std::size_t>(count);
    SharedMemory& memory = *handle.memory;
    if ((flags & SQLITE_SHM_UNLOCK) != 0) return memory_unlock(handle, begin, end);
    const bool is_shared = (flags & SQLITE_SHM_SHARED) != 0;
    for (std::size_t i = begin; i < end; ++i) {
        if (is_shared && handle.shared[i]) continue;
        if (memory.exclusive[i] && !handle.exclusive[i]) return SQLITE_BUSY;
        if (!is_shared && memory.shared[i] > (handle.shared[i] ? 1 : 0)) return SQLITE_BUSY;
    }
    for (std::size_t i = begin; i < end; ++i) {
        if (is_shared && !handle.shared[i]) {
            ++memory.shared[i];
            handle.shared[i] = true;
        } else if (!is_shared) {
            memory.exclusive[i] = handle.exclusive[i] = true;
        }
    }
    return SQLITE_OK;
}

void memory_barrier(sqlite3_file*) { std::atomic_thread_fence(std::memory_order_seq_cst); }

int memory_unmap(sqlite3_file* file, int) {
    Handle& handle = handle_of(file);
    const std::lock_guard lock(handle.disk->mutex());
    release_memory(handle);
    return SQLITE_OK;
}

constexpr sqlite3_io_methods methods = {2,
                                        file_close,
                                        file_read,
                                        file_write,
                                        file_truncate,
                                        file_sync,
                                        file_size,
                                        file_lock,
                                        file_unlock,
                                        file_check_reserved,
                                        file_control,
                                        file_sector_size,
                                        file_characteristics,
                                        memory_map,
                                        memory_lock,
                                        memory_barrier,
                                        memory_unmap,
                                        nullptr,
                                        nullptr};

int layer_open(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* out_flags) {
    file->pMethods = nullptr;
    Disk& disk = disk_of(vfs);
    std::shared_ptr<Node> node;
    const bool is_new = path != nullptr && !disk.has(path);
    const int result = disk.open(path, flags, node);
    if (result != SQLITE_OK) return result;
    Handle& handle = *new (&handle_of(file)) Handle;
    handle.disk = &disk;
    handle.life = disk.life();
    handle.node = std::move(node);
    handle.is_removed_on_close = (flags & SQLITE_OPEN_DELETEONCLOSE) != 0;
    constexpr int logs = SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL | SQLITE_OPEN_WAL;
    handle.syncs_folder = is_new && (flags & logs) != 0;
    file->pMethods = &methods;
    if (out_flags != nullptr) *out_flags = flags;
    return SQLITE_OK;
}

int layer_remove(sqlite3_vfs* vfs, const char* path, int syncs_folder) {
    return disk_of(vfs).remove(path, syncs_folder != 0);
}

int layer_access(sqlite3_vfs* vfs, const char* path, int, int* answer) {
    Disk& disk = disk_of(vfs);
    if (disk.is_off()) return SQLITE_IOERR_ACCESS;
    *answer = disk.has(path) ? 1 : 0;
    return SQLITE_OK;
}

int layer_full_path(sqlite3_vfs*, const char* path, int room, char* out) {
    const std::size_t bytes = std::strlen(path) + 1;
    if (bytes > static_cast<std::size_t>(room)) return SQLITE_CANTOPEN;
    std::memcpy(out, path, bytes);
    return SQLITE_OK;
}

int layer_random(sqlite3_vfs* vfs, int count, char* out) {
    disk_of(vfs).fill_random(out, static_cast<std::size_t>(count));
    return count;
}

int layer_sleep(sqlite3_vfs*, int microseconds) {
    sqlite3_vfs* system = sqlite3_vfs_find("unix");
    return system->xSleep(system, microseconds);
}

int layer_last_error(sqlite3_vfs* vfs, int, char*) { return disk_of(vfs).system_error(); }

// 2026-03-02 as SQLite counts: in milliseconds of the Julian day.
constexpr sqlite3_int64 a_moment = 212'639'169'600'000;

int layer_time_ms(sqlite3_vfs*, sqlite3_int64* out) {
    *out = a_moment;
    return SQLITE_OK;
}

int layer_time(sqlite3_vfs*, double* out) {
    *out = static_cast<double>(a_moment) / 86'400'000.0;
    return SQLITE_OK;
}

std::atomic<unsigned> layers_made{0};

}  // namespace

void* register_layer(Disk& disk, std::string& name) {
    auto* layer = new Layer;
    layer->name = "fault-" + std::to_string(++layers_made);
    layer->disk = &disk;
    sqlite3_vfs& vfs = layer->vfs;
    vfs.iVersion = 2;
    vfs.szOsFile = sizeof(OpenFile);
    vfs.mxPathname = 1024;
    vfs.zName = layer->name.c_str();
    vfs.pAppData = layer;
    vfs.xOpen = layer_open;
    vfs.xDelete = layer_remove;
    vfs.xAccess = layer_access;
    vfs.xFullPathname = layer_full_path;
    vfs.xRandomness = layer_random;
    vfs.xSleep = layer_sleep;
    vfs.xCurrentTime = layer_time;
    vfs.xGetLastError = layer_last_error;
    vfs.xCurrentTimeInt64 = layer_time_ms;
    sqlite3_vfs_register(&vfs, 0);
    name = layer->name;
    return layer;
}

void unregister_layer(void* layer) {
    auto* known = static_cast<Layer*>(layer);
    sqlite3_vfs_unregister(&known->vfs);
    delete known;
}

}  // namespace pawl::fault
