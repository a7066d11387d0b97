#include "engine/store/turn_mark.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <type_traits>
#include <utility>

#include "engine/store/sqlite_folder.h"

namespace pawl::engine {

namespace {

static_assert(std::is_trivially_copyable_v<TurnMark>);
constexpr std::size_t page_bytes = sizeof(TurnMark);

std::string path_in(const std::string& folder) {
    return (std::filesystem::path(folder) / "pawl.turn").string();
}

}  // namespace

bool TurnMarkFile::is_in(const std::string& folder) {
    std::error_code ignored;
    return std::filesystem::exists(path_in(folder), ignored);
}

Result<TurnMarkFile> TurnMarkFile::open(const std::string& folder) {
    const std::string path = path_in(folder);
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0) return folder_error(folder, errno);
    // Its room on the disk is taken now: a write to a mapped page cannot answer that there is none.
    const int reserved = ::posix_fallocate(descriptor, 0, page_bytes);
    void* page = MAP_FAILED;
    if (reserved == 0)
        page = ::mmap(nullptr, page_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    const int failure = reserved != 0 ? reserved : errno;
    ::close(descriptor);
    if (page == MAP_FAILED) return folder_error(folder, failure);
    TurnMark found;
    std::memcpy(&found, page, sizeof found);
    return TurnMarkFile(page, found);
}

TurnMarkFile::TurnMarkFile(TurnMarkFile&& other) noexcept
    : page_(std::exchange(other.page_, nullptr)), found_(other.found_) {}

TurnMarkFile& TurnMarkFile::operator=(TurnMarkFile&& other) noexcept {
    std::swap(page_, other.page_);
    std::swap(found_, other.found_);
    return *this;
}

TurnMarkFile::~TurnMarkFile() {
    if (page_ != nullptr) ::munmap(page_, page_bytes);
}

// The names last, and first when a turn ends: a mark that is half written names nothing, or what it
// names with its count.
void TurnMarkFile::set(TurnMark mark) {
    auto* place = static_cast<TurnMark*>(page_);
    std::atomic_ref<InputNumber>(place->input).store(0, std::memory_order_release);
    std::atomic_ref<std::uint64_t>(place->due).store(0, std::memory_order_release);
    std::atomic_ref<std::int32_t>(place->stops).store(mark.stops, std::memory_order_release);
    std::atomic_ref<InputNumber>(place->input).store(mark.input, std::memory_order_release);
    std::atomic_ref<std::uint64_t>(place->due).store(mark.due, std::memory_order_release);
}

}  // namespace pawl::engine
