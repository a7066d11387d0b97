#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

// A disk that is only memory, and that knows the difference between written and durable: what a
// file holds is one thing, what would still be there after a power cut another. SQLite works on it
// through fault_vfs.h; tests make it fail, and look at what survives.

namespace pawl::fault {

// Files by their paths.
using Image = std::map<std::string, std::string>;

enum class OperationKind : std::uint8_t {
    create,
    write,
    truncate,
    sync,
    remove,
    sync_folder,  // files that were created or removed are durably so
};

// What changes a disk. Each counts: the n-th can be made to fail, or to be the last.
struct Operation {
    OperationKind kind = OperationKind::write;
    std::string path;
    std::uint64_t offset = 0;  // of a write; of a truncate: the new size
    std::string bytes;         // of a write
};

// What lies on the platter, and what was written since and not synced.
class Medium {
 public:
    explicit Medium(const Image& durable = {});

    void apply(const Operation& operation);
    // A sync of the file failed: the system takes its pages for clean all the same, so that no
    // later sync will write them either.
    void forget_unsynced(const std::string& path);

    // What a power cut now would leave: all that is durable, and of the rest what `seed` says:
    // nothing, everything, some of the writes, or some of their sectors. Writes since the last sync
    // reach the platter in any order.
    Image survivors(std::uint64_t seed) const;
    static constexpr std::uint64_t survivor_kinds = 4;  // seed modulo this chooses among them

 private:
    struct File {
        std::optional<std::string> durable;  // none: it is not there
        std::vector<Operation> unsynced;
    };
    static void sync_name(File& file);

    std::map<std::string, File> files_;
};

enum class Failure : std::uint8_t { io_error, full };

// Memory that connections share (SQLite's wal-index), and who has locked what of it.
struct SharedMemory {
    static constexpr std::size_t lock_count = 8;
    int users = 0;  // without any it is made anew: what it says may be of another log
    std::vector<std::unique_ptr<char[]>> regions;
    std::array<int, lock_count> shared{};
    std::array<bool, lock_count> exclusive{};
};

// A file as programs see it, synced or not.
struct Node {
    std::string path;
    std::string bytes;
    bool is_linked = true;  // by its name; else it is nobody's but its handles'
    int shared = 0;         // SQLite's locks of the file
    const void* reserved = nullptr;
    const void* pending = nullptr;
    const void* exclusive = nullptr;
    std::shared_ptr<SharedMemory> memory = std::make_shared<SharedMemory>();
};

// What the test wanted to know about, and how many operations had been done by then.
struct Note {
    std::size_t operations = 0;
    std::int64_t value = 0;
};

// Any thread. While one exists it is a file layer of SQLite by the name `vfs()`.
class Disk {
 public:
    explicit Disk(const Image& image = {});
    ~Disk();
    Disk(const Disk&) = delete;
    Disk& operator=(const Disk&) = delete;

    const std::string& vfs() const { return vfs_; }

    // Creations, writes, truncations, removals and syncs that were tried since the start.
    std::size_t operations() const;
    std::size_t syncs() const;
    std::uint64_t bytes_written() const;
    // As programs see it.
    Image image() const;

    // From then on: the n-th operation from the start (1: the first one) fails. An io_error takes
    // any; `full` only what needs space. A write that fails has written a part of it.
    void fail_at(std::size_t n, Failure failure, bool lasts = false);
    // From then on: the n-th sync that a thread other than this one asks for fails, as an io_error.
    // Which of all operations that is depends on the threads; whose it is does not.
    void fail_sync_of_others_at(std::size_t n);
    // Syncs that others asked for since.
    std::size_t syncs_of_others() const;
    // Whatever was to fail, or failed, works again.
    void mend();
    // How many operations failed since the last `mend`.
    std::size_t failures() const;

    // The power goes with the n-th operation: it and all later ones fail until `restart`.
    void cut_power_at(std::size_t n);
    bool is_off() const;
    // The power goes now.
    void cut_power();
    // The power is on again: the disk holds what `seed` says.
    void restart(std::uint64_t seed);
    // The process ends and another one begins: what was written is there, synced or not. Whoever
    // has a file open meets only errors.
    void end_process();

    // Keeps every operation from now on, for `history` to be gone through one by one.
    void keep_history();
    std::vector<Operation> history() const;
    // Remembers `value` at this moment of the history: what was promised by then.
    void note(std::int64_t value);
    std::vector<Note> notes() const;

    // What fault_vfs.cpp calls. A number of another life is a handle of a process that is gone.
    // Each answers a result code of SQLite.
    int open(const char* path, int flags, std::shared_ptr<Node>& node);
    int read(const Node& node, std::uint64_t life, char* into, std::size_t count,
             std::uint64_t offset) const;
    int write(Node& node, std::uint64_t life, std::string_view bytes, std::uint64_t offset);
    int truncate(Node& node, std::uint64_t life, std::uint64_t size);
    // The first sync of a new log or journal syncs the folder, too, as SQLite does on Linux.
    int sync(Node& node, std::uint64_t life, bool& syncs_folder);
    int remove(const std::string& path, bool durably);
    bool has(const std::string& path) const;
    std::uint64_t life() const;
    // As errno, of the last operation that failed.
    int system_error() const;
    std::mutex& mutex() const { return mutex_; }
    // Bytes that look random and are the same for every disk.
    void fill_random(char* into, std::size_t count);

 private:
    enum class Fate : std::uint8_t { done, fails, power_cut };

    bool is_dead(std::uint64_t life) const { return is_off_ || life != life_; }
    Fate count(bool needs_space, bool can_fail = true);
    int refuse(bool needs_space, int io_error);
    void record(Operation operation);
    void put_files(const Image& image);
    void begin_life();

    std::string vfs_;
    void* layer_ = nullptr;  // fault_vfs.cpp's

    mutable std::mutex mutex_;  // guards all that follows
    std::map<std::string, std::shared_ptr<Node>> nodes_;
    Medium medium_;
    std::uint64_t life_ = 1;
    std::uint64_t random_ = 1;
    std::size_t operations_ = 0;
    std::size_t syncs_ = 0;
    std::uint64_t bytes_written_ = 0;
    std::size_t failures_ = 0;
    std::size_t fail_at_ = 0;  // 0: never
    std::size_t fail_sync_of_others_at_ = 0;
    std::size_t syncs_of_others_ = 0;
    std::thread::id watcher_;  // who is not one of them
    std::size_t cut_at_ = 0;
    Failure failure_ = Failure::io_error;
    bool lasts_ = false;
    bool is_off_ = false;
    bool keeps_history_ = false;
    std::vector<Operation> history_;
    std::vector<Note> notes_;
};

}  // namespace pawl::fault
