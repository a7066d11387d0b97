#include "cli/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <system_error>
#include <utility>

#include "base/limits.h"
#include "base/text.h"

namespace pawl::cli {

namespace {

namespace fs = std::filesystem;

Error unreadable(const std::string& path, const std::string& why) {
    return {.code = "unreadable", .message = quote_for_message(path, 200) + " " + why};
}

std::string reason(int problem) {
    if (problem == ENOENT) return "is not there";
    if (problem == EACCES || problem == EPERM) return "may not be read by you";
    if (problem == EISDIR) return "is a folder";
    return "cannot be read: " + std::string(std::strerror(problem));
}

// A descriptor that closes itself.
class Descriptor {
 public:
    explicit Descriptor(int number) : number_(number) {}
    ~Descriptor() {
        if (number_ > STDERR_FILENO) ::close(number_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int number() const { return number_; }

 private:
    int number_;
};

bool write_all(int descriptor, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

bool has_ending(const std::string& name, const std::vector<std::string_view>& endings) {
    return std::any_of(endings.begin(), endings.end(),
                       [&](std::string_view ending) { return name.ends_with(ending); });
}

bool is_inside(const fs::path& path, const fs::path& folder) {
    const auto [end, rest] = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
    return end == folder.end() || (end != folder.end() && end->empty());
}

// One walk over a folder.
class Walk {
 public:
    Walk(const fs::path& folder, const std::vector<std::string_view>& endings,
         const FolderBounds& bounds)
        : folder_(folder), endings_(endings), bounds_(bounds) {}

    Result<std::vector<FoundFile>> run() {
        std::error_code problem;
        root_ = fs::canonical(folder_, problem);
        if (problem) return unreadable(folder_.string(), reason(problem.value()));
        std::vector<fs::path> to_do = {folder_};
        while (!to_do.empty()) {
            const fs::path next = std::move(to_do.back());
            to_do.pop_back();
            if (Status read = read_folder(next, to_do); !read) return read.error();
        }
        std::sort(found_.begin(), found_.end(), [](const FoundFile& left, const FoundFile& right) {
            return left.relative_path < right.relative_path;
        });
        return std::move(found_);
    }

 private:
    Status read_folder(const fs::path& folder, std::vector<fs::path>& to_do) {
        std::error_code problem;
        fs::directory_iterator entries(folder, problem);
        if (problem) return unreadable(folder.string(), reason(problem.value()));
        for (const auto end = fs::directory_iterator(); entries != end;) {
            if (Status taken = take(*entries, to_do); !taken) return taken;
            entries.increment(problem);
            if (problem) return unreadable(folder.string(), reason(problem.value()));
        }
        return Done{};
    }

    Status take(const fs::directory_entry& entry, std::vector<fs::path>& to_do) {
        if (++entries_ > bounds_.entries) {
            return unreadable(folder_.string(), "holds more than " +
                                                    std::to_string(bounds_.entries) +
                                                    " files and folders: is it a rulebook?");
        }
        const std::string name = entry.path().filename().string();
        if (name.starts_with('.')) return Done{};
        std::error_code problem;
        if (entry.is_symlink(problem)) {
            PAWL_TRY(const bool is_file, take_link(entry.path(), name));
            if (!is_file) return Done{};
        } else if (entry.is_directory(problem)) {
            to_do.push_back(entry.path());
            return Done{};
        } else if (!entry.is_regular_file(problem)) {
            return Done{};
        }
        if (!has_ending(name, endings_)) return Done{};
        if (found_.size() == bounds_.files) {
            return unreadable(folder_.string(), "holds more than " + std::to_string(bounds_.files) +
                                                    " files of a rulebook");
        }
        found_.push_back(
            {entry.path().lexically_relative(folder_).generic_string(), entry.path().string()});
        return Done{};
    }

    // Whether the link is a file to read.
    Result<bool> take_link(const fs::path& link, const std::string& name) const {
        std::error_code problem;
        const fs::path target = fs::canonical(link, problem);
        const bool is_folder = !problem && fs::is_directory(target, problem);
        if (!is_folder && !has_ending(name, endings_)) return false;
        if (problem) return unreadable(link.string(), "is a link that leads nowhere");
        if (!is_inside(target, root_)) {
            return unreadable(link.string(), "is a link that leads out of the folder");
        }
        return !is_folder && fs::is_regular_file(target, problem);
    }

    fs::path folder_;
    fs::path root_;
    const std::vector<std::string_view>& endings_;
    FolderBounds bounds_;
    std::vector<FoundFile> found_;
    std::size_t entries_ = 0;
};

}  // namespace

Result<std::string> read_file(const std::string& path, std::size_t bytes_max) {
    const Descriptor file(path == "-" ? STDIN_FILENO
                                      : ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    if (file.number() < 0) return unreadable(path, reason(errno));
    std::string bytes;
    std::string chunk(64u << 10, '\0');
    for (;;) {
        const ssize_t count = ::read(file.number(), chunk.data(), chunk.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return unreadable(path, reason(errno));
        if (count == 0) return bytes;
        bytes.append(chunk, 0, static_cast<std::size_t>(count));
        if (bytes.size() > bytes_max) {
            return unreadable(path, "has more than " + std::to_string(bytes_max) + " bytes");
        }
    }
}

Result<std::unique_ptr<std::istream>> open_stream(const std::string& path) {
    if (path == "-") return std::make_unique<std::istream>(std::cin.rdbuf());
    // A stream does not tell why it cannot be opened.
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    if (file.number() < 0) return unreadable(path, reason(errno));
    struct ::stat about {};
    if (::fstat(file.number(), &about) != 0) return unreadable(path, reason(errno));
    if (S_ISDIR(about.st_mode)) return unreadable(path, reason(EISDIR));
    return std::unique_ptr<std::istream>(
        std::make_unique<std::ifstream>(path, std::ios::in | std::ios::binary));
}

std::uint64_t size_of(const std::string& path) {
    std::error_code problem;
    const auto bytes = fs::file_size(path, problem);
    return problem ? 0 : bytes;
}

FileWriter::~FileWriter() {
    if (descriptor_ < 0) return;
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
    ::close(descriptor_);
}

Error FileWriter::unwritable() const {
    return {.code = "unwritable",
            .message = quote_for_message(path_, 200) +
                       " cannot be written: " + std::string(std::strerror(errno))};
}

Status FileWriter::open(const std::string& path) {
    path_ = path;
    std::error_code problem;
    fs::path target = fs::canonical(path, problem);
    if (problem) target = path;
    target_ = target.string();
    struct ::stat before {};
    const bool exists = ::stat(target_.c_str(), &before) == 0;
    if (exists && !S_ISREG(before.st_mode)) {
        // A device or a pipe cannot be replaced: it is written into.
        descriptor_ = ::open(target_.c_str(), O_WRONLY | O_CLOEXEC);
        if (descriptor_ < 0) return unwritable();
        return Done{};
    }
    temporary_ = (target.parent_path() / ("." + target.filename().string())).string() + ".XXXXXX";
    descriptor_ = ::mkostemp(temporary_.data(), O_CLOEXEC);
    if (descriptor_ < 0) return unwritable();
    const mode_t mask = ::umask(0);
    ::umask(mask);
    mode_ = exists ? before.st_mode & 07777 : 0666 & ~mask;
    return Done{};
}

Status FileWriter::write(std::string_view bytes) {
    if (!write_all(descriptor_, bytes)) return unwritable();
    return Done{};
}

Status FileWriter::finish() {
    if (!temporary_.empty()) {
        const bool kept = ::fchmod(descriptor_, mode_) == 0 && ::fsync(descriptor_) == 0 &&
                          ::rename(temporary_.c_str(), target_.c_str()) == 0;
        if (!kept) return unwritable();
    }
    ::close(descriptor_);
    descriptor_ = -1;
    return Done{};
}

Status write_file(const std::string& path, std::string_view bytes) {
    FileWriter file;
    if (Status opened = file.open(path); !opened) return opened;
    if (Status written = file.write(bytes); !written) return written;
    return file.finish();
}

Result<std::vector<FoundFile>> find_files(const std::string& folder,
                                          const std::vector<std::string_view>& endings,
                                          const FolderBounds& bounds) {
    return Walk(fs::path(folder), endings, bounds).run();
}

}  // namespace pawl::cli
