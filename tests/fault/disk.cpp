#include "tests/fault/disk.h"

#include <sqlite3.h>

#include <algorithm>
#include <cerrno>
#include <random>
#include <utility>

#include "tests/fault/fault_vfs.h"

namespace pawl::fault {

namespace {

// What a disk writes whole or not at all.
constexpr std::uint64_t sector_bytes = 512;

void write_at(std::string& bytes, std::uint64_t offset, std::string_view piece) {
    if (bytes.size() < offset + piece.size()) bytes.resize(offset + piece.size(), '\0');
    bytes.replace(offset, piece.size(), piece);
}

void write_some_sectors(std::string& bytes, const Operation& write, std::mt19937_64& random) {
    std::uint64_t at = 0;
    while (at < write.bytes.size()) {
        const std::uint64_t end = std::min<std::uint64_t>(
            write.bytes.size(),
            ((write.offset + at) / sector_bytes + 1) * sector_bytes - write.offset);
        if (random() % 2 == 0)
            write_at(bytes, write.offset + at, std::string_view(write.bytes).substr(at, end - at));
        at = end;
    }
}

// On what a file holds; none: it is not there.
void carry_out(std::optional<std::string>& file, const Operation& operation) {
    switch (operation.kind) {
        case OperationKind::create:
            if (!file) file.emplace();
            break;
        case OperationKind::write:
            if (file) write_at(*file, operation.offset, operation.bytes);
            break;
        case OperationKind::truncate:
            if (file) file->resize(operation.offset, '\0');
            break;
        case OperationKind::remove: file.reset(); break;
        case OperationKind::sync:
        case OperationKind::sync_folder: break;
    }
}

}  // namespace

Medium::Medium(const Image& durable) {
    for (const auto& [path, bytes] : durable) files_[path].durable = bytes;
}

void Medium::apply(const Operation& operation) {
    if (operation.kind == OperationKind::sync_folder) {
        for (auto& [path, file] : files_) sync_name(file);
        return;
    }
    File& file = files_[operation.path];
    if (operation.kind == OperationKind::sync) {
        for (const Operation& each : file.unsynced) carry_out(file.durable, each);
        file.unsynced.clear();
    } else {
        file.unsynced.push_back(operation);
    }
}

void Medium::sync_name(File& file) {
    const auto is_removal = [](const Operation& each) {
        return each.kind == OperationKind::remove;
    };
    const auto last = std::find_if(file.unsynced.rbegin(), file.unsynced.rend(), is_removal);
    if (last != file.unsynced.rend()) {
        file.unsynced.erase(file.unsynced.begin(), last.base());
        file.durable.reset();
    }
    std::erase_if(file.unsynced, [&file](const Operation& each) {
        if (each.kind != OperationKind::create) return false;
        carry_out(file.durable, each);
        return true;
    });
}

void Medium::forget_unsynced(const std::string& path) {
    // That the file is there has reached the folder by other ways.
    File& file = files_[path];
    for (const Operation& each : file.unsynced)
        if (each.kind != OperationKind::write) carry_out(file.durable, each);
    file.unsynced.clear();
}

Image Medium::survivors(std::uint64_t seed) const {
    std::mt19937_64 random(seed);
    enum { nothing, everything, some_writes, some_sectors } kind{};
    switch (seed % survivor_kinds) {
        case 0: kind = nothing; break;
        case 1: kind = everything; break;
        case 2: kind = some_writes; break;
        default: kind = some_sectors; break;
    }
    Image image;
    for (const auto& [path, file] : files_) {
        std::optional<std::string> left = file.durable;
        for (const Operation& each : file.unsynced) {
            const bool is_torn = kind == some_sectors && each.kind == OperationKind::write;
            if (is_torn && left) {
                write_some_sectors(*left, each, random);
            } else if (!is_torn && (kind == everything || (kind != nothing && random() % 2 == 0))) {
                carry_out(left, each);
            }
        }
        if (left) image[path] = std::move(*left);
    }
    return image;
}

Disk::Disk(const Image& image) : medium_(image) {
    put_files(image);
    layer_ = register_layer(*this, vfs_);
}

Disk::~Disk() { unregister_layer(layer_); }

std::size_t Disk::operations() const {
    const std::lock_guard lock(mutex_);
    return operations_;
}

std::size_t Disk::syncs() const {
    const std::lock_guard lock(mutex_);
    return syncs_;
}

std::uint64_t Disk::bytes_written() const {
    const std::lock_guard lock(mutex_);
    return bytes_written_;
}

std::size_t Disk::failures() const {
    const std::lock_guard lock(mutex_);
    return failures_;
}

Image Disk::image() const {
    const std::lock_guard lock(mutex_);
    Image image;
    for (const auto& [path, node] : nodes_) image[path] = node->bytes;
    return image;
}

void Disk::fail_at(std::size_t n, Failure failure, bool lasts) {
    const std::lock_guard lock(mutex_);
    fail_at_ = n;
    failure_ = failure;
    lasts_ = lasts;
    failures_ = 0;
}

void Disk::fail_sync_of_others_at(std::size_t n) {
    const std::lock_guard lock(mutex_);
    fail_sync_of_others_at_ = n;
    syncs_of_others_ = 0;
    watcher_ = std::this_thread::get_id();
    failure_ = Failure::io_error;
    failures_ = 0;
}

std::size_t Disk::syncs_of_others() const {
    const std::lock_guard lock(mutex_);
    return syncs_of_others_;
}

void Disk::mend() {
    const std::lock_guard lock(mutex_);
    fail_at_ = 0;
    fail_sync_of_others_at_ = 0;
    failures_ = 0;
}

void Disk::cut_power_at(std::size_t n) {
    const std::lock_guard lock(mutex_);
    cut_at_ = n;
}

bool Disk::is_off() const {
    const std::lock_guard lock(mutex_);
    return is_off_;
}

void Disk::cut_power() {
    const std::lock_guard lock(mutex_);
    is_off_ = true;
}

void Disk::restart(std::uint64_t seed) {
    const std::lock_guard lock(mutex_);
    const Image image = medium_.survivors(seed);
    medium_ = Medium(image);
    put_files(image);
    begin_life();
}

void Disk::end_process() {
    const std::lock_guard lock(mutex_);
    Image image;
    for (const auto& [path, node] : nodes_) image[path] = node->bytes;
    put_files(image);
    begin_life();
}

// A handle of an old life may still look at its node: a new life gets nodes of its own.
void Disk::put_files(const Image& image) {
    nodes_.clear();
    for (const auto& [path, bytes] : image) {
        auto node = std::make_shared<Node>();
        node->path = path;
        node->bytes = bytes;
        nodes_[path] = std::move(node);
    }
}

void Disk::begin_life() {
    ++life_;
    is_off_ = false;
    cut_at_ = 0;
    fail_at_ = 0;
    fail_sync_of_others_at_ = 0;
    failures_ = 0;
}

void Disk::keep_history() {
    const std::lock_guard lock(mutex_);
    keeps_history_ = true;
}

std::vector<Operation> Disk::history() const {
    const std::lock_guard lock(mutex_);
    return history_;
}

void Disk::note(std::int64_t value) {
    const std::lock_guard lock(mutex_);
    notes_.push_back({history_.size(), value});
}

std::vector<Note> Disk::notes() const {
    const std::lock_guard lock(mutex_);
    return notes_;
}

std::uint64_t Disk::life() const {
    const std::lock_guard lock(mutex_);
    return life_;
}

int Disk::system_error() const {
    const std::lock_guard lock(mutex_);
    return failure_ == Failure::full ? ENOSPC : EIO;
}

bool Disk::has(const std::string& path) const {
    const std::lock_guard lock(mutex_);
    return nodes_.count(path) != 0;
}

void Disk::fill_random(char* into, std::size_t count) {
    const std::lock_guard lock(mutex_);
    std::mt19937_64 random(random_++);
    for (std::size_t i = 0; i < count; ++i) into[i] = static_cast<char>(random() & 0xff);
}

Disk::Fate Disk::count(bool needs_space, bool can_fail) {
    ++operations_;
    if (cut_at_ != 0 && operations_ >= cut_at_) {
        is_off_ = true;
        return Fate::power_cut;
    }
    const bool is_due =
        fail_at_ != 0 && (operations_ == fail_at_ || (lasts_ && operations_ > fail_at_));
    if (!can_fail || !is_due || (failure_ == Failure::full && !needs_space)) return Fate::done;
    ++failures_;
    return Fate::fails;
}

int Disk::refuse(bool needs_space, int io_error) {
    return needs_space && failure_ == Failure::full ? SQLITE_FULL : io_error;
}

void Disk::record(Operation operation) {
    medium_.apply(operation);
    if (keeps_history_) history_.push_back(std::move(operation));
}

int Disk::open(const char* path, int flags, std::shared_ptr<Node>& node) {
    const std::lock_guard lock(mutex_);
    if (is_off_) return SQLITE_IOERR;
    if (path == nullptr) {
        node = std::make_shared<Node>();
        node->is_linked = false;
        return SQLITE_OK;
    }
    const auto found = nodes_.find(path);
    if (found != nodes_.end()) {
        node = found->second;
        return SQLITE_OK;
    }
    if ((flags & SQLITE_OPEN_CREATE) == 0) return SQLITE_CANTOPEN;
    const Fate fate = count(true);
    if (fate == Fate::fails) return SQLITE_CANTOPEN;
    record({OperationKind::create, path, 0, ""});
    if (fate == Fate::power_cut) return SQLITE_IOERR;
    node = std::make_shared<Node>();
    node->path = path;
    nodes_[path] = node;
    return SQLITE_OK;
}

int Disk::read(const Node& node, std::uint64_t life, char* into, std::size_t count,
               std::uint64_t offset) const {
    const std::lock_guard lock(mutex_);
    if (is_dead(life)) return SQLITE_IOERR_READ;
    const std::size_t there =
        offset >= node.bytes.size() ? 0 : std::min<std::size_t>(count, node.bytes.size() - offset);
    std::copy_n(node.bytes.data() + (there == 0 ? 0 : offset), there, into);
    std::fill(into + there, into + count, '\0');
    return there == count ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

int Disk::write(Node& node, std::uint64_t life, std::string_view bytes, std::uint64_t offset) {
    const std::lock_guard lock(mutex_);
    if (is_dead(life)) return SQLITE_IOERR_WRITE;
    if (!node.is_linked) {
        write_at(node.bytes, offset, bytes);
        return SQLITE_OK;
    }
    const Fate fate = count(true);
    if (fate == Fate::fails) bytes = bytes.substr(0, bytes.size() / 2);
    write_at(node.bytes, offset, bytes);
    bytes_written_ += bytes.size();
    record({OperationKind::write, node.path, offset, std::string(bytes)});
    return fate == Fate::done ? SQLITE_OK : refuse(fate == Fate::fails, SQLITE_IOERR_WRITE);
}

int Disk::truncate(Node& node, std::uint64_t life, std::uint64_t size) {
    const std::lock_guard lock(mutex_);
    if (is_dead(life)) return SQLITE_IOERR_TRUNCATE;
    if (!node.is_linked) {
        node.bytes.resize(size, '\0');
        return SQLITE_OK;
    }
    const Fate fate = count(false);
    if (fate == Fate::fails) return SQLITE_IOERR_TRUNCATE;
    node.bytes.resize(size, '\0');
    record({OperationKind::truncate, node.path, size, ""});
    return fate == Fate::done ? SQLITE_OK : SQLITE_IOERR_TRUNCATE;
}

int Disk::sync(Node& node, std::uint64_t life, bool& syncs_folder) {
    const std::lock_guard lock(mutex_);
    if (is_dead(life)) return SQLITE_IOERR_FSYNC;
    if (!node.is_linked) return SQLITE_OK;
    Fate fate = count(false);
    ++syncs_;
    const bool is_others = std::this_thread::get_id() != watcher_;
    if (is_others && ++syncs_of_others_ == fail_sync_of_others_at_ && fate == Fate::done) {
        ++failures_;
        fate = Fate::fails;
    }
    if (fate == Fate::fails) medium_.forget_unsynced(node.path);
    if (fate != Fate::done) return SQLITE_IOERR_FSYNC;
    record({OperationKind::sync, node.path, 0, ""});
    if (!syncs_folder) return SQLITE_OK;
    syncs_folder = false;
    // It cannot fail here: SQLite would not ask.
    const Fate folder = count(false, false);
    if (folder == Fate::done) record({OperationKind::sync_folder, "", 0, ""});
    return folder == Fate::power_cut ? SQLITE_IOERR_DIR_FSYNC : SQLITE_OK;
}

int Disk::remove(const std::string& path, bool durably) {
    const std::lock_guard lock(mutex_);
    if (is_off_) return SQLITE_IOERR_DELETE;
    const auto found = nodes_.find(path);
    if (found == nodes_.end()) return SQLITE_IOERR_DELETE_NOENT;
    const Fate fate = count(false);
    if (fate == Fate::fails) return SQLITE_IOERR_DELETE;
    record({OperationKind::remove, path, 0, ""});
    if (fate == Fate::power_cut) return SQLITE_IOERR_DELETE;
    found->second->is_linked = false;
    nodes_.erase(found);
    if (!durably) return SQLITE_OK;
    const Fate folder = count(false);
    if (folder != Fate::done) return SQLITE_IOERR_DIR_FSYNC;
    record({OperationKind::sync_folder, "", 0, ""});
    return SQLITE_OK;
}

}  // namespace pawl::fault
