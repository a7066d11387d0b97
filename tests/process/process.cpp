#include "tests/process/process.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace pawl::process {

namespace {

namespace fs = std::filesystem;

std::string read_whole(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
}

void write_whole(const fs::path& path, std::string_view text) {
    fs::create_directories(path.parent_path());
    std::ofstream out(path, std::ios::binary);
    out << text;
    if (!out.flush()) throw std::runtime_error("cannot write " + path.string());
}

void redirect(const fs::path& path, int flags, int descriptor) {
    const int file = ::open(path.c_str(), flags, 0600);
    if (file < 0 || ::dup2(file, descriptor) < 0) ::_exit(126);
}

}  // namespace

Workplace::Workplace() {
    path_ = (fs::temp_directory_path() / "pawl-process-XXXXXX").string();
    if (::mkdtemp(path_.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = fs::canonical(path_).string();
    fs::create_directories(fs::path(path_) / ".streams" / "bin");
    fs::create_symlink(PAWL_PROGRAM, fs::path(path_) / ".streams" / "bin" / "pawl");
}

Workplace::~Workplace() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

void Workplace::write(const std::string& relative_path, std::string_view text) const {
    write_whole(fs::path(path_) / relative_path, text);
}

std::string Workplace::read(const std::string& relative_path) const {
    return read_whole(fs::path(path_) / relative_path);
}

bool Workplace::has(const std::string& relative_path) const {
    return fs::exists(fs::path(path_) / relative_path);
}

Finished Workplace::run(const std::vector<std::string>& words, std::string_view input) const {
    const fs::path streams = fs::path(path_) / ".streams";
    write_whole(streams / "in", input);
    std::vector<char*> arguments;
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);

    const pid_t child = ::fork();
    if (child < 0) throw std::runtime_error("no process");
    if (child == 0) {
        redirect(streams / "in", O_RDONLY, STDIN_FILENO);
        redirect(streams / "out", O_WRONLY | O_CREAT | O_TRUNC, STDOUT_FILENO);
        redirect(streams / "err", O_WRONLY | O_CREAT | O_TRUNC, STDERR_FILENO);
        if (::chdir(path_.c_str()) != 0) ::_exit(126);
        const char* before = ::getenv("PATH");
        const std::string path =
            (streams / "bin").string() + ":" + (before == nullptr ? "/usr/bin:/bin" : before);
        ::setenv("PATH", path.c_str(), 1);
        ::execvp(arguments[0], arguments.data());
        ::_exit(127);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    Finished finished;
    finished.exit = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    finished.out = read_whole(streams / "out");
    finished.err = read_whole(streams / "err");
    return finished;
}

Finished Workplace::pawl(const std::vector<std::string>& words, std::string_view input) const {
    std::vector<std::string> all = {PAWL_PROGRAM};
    all.insert(all.end(), words.begin(), words.end());
    return run(all, input);
}

Finished Workplace::shell(const std::string& script, std::string_view input) const {
    return run({"/bin/sh", "-c", script}, input);
}

}  // namespace pawl::process
