#include "base/zone_names.h"

#include <algorithm>
#include <filesystem>
#include <mutex>
#include <optional>
#include <system_error>
#include <vector>

#include "base/limits.h"
#include "base/suggest.h"
#include "base/text.h"

namespace pawl {

namespace {

namespace fs = std::filesystem;

// Folders and tables of the database that are no zones begin with a small letter or have a dot.
bool is_zone_part(const std::string& name) {
    return !name.empty() && name.front() >= 'A' && name.front() <= 'Z' &&
           name.find('.') == std::string::npos;
}

void read_names(const fs::path& folder, const std::string& before, int depth,
                std::vector<std::string>& names) {
    constexpr int depth_max = 3;  // America/Argentina/Ushuaia
    std::error_code error;
    fs::directory_iterator entries(folder, error);
    for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
        const std::string name = entries->path().filename().string();
        std::error_code unreadable;
        if (!is_zone_part(name)) continue;
        if (entries->is_directory(unreadable)) {
            if (depth < depth_max)
                read_names(entries->path(), before + name + "/", depth + 1, names);
        } else {
            names.push_back(before + name);
        }
    }
}

struct Names {
    std::mutex mutex;  // of what follows
    std::optional<std::string> folder;
    std::vector<std::string> whole;
    std::vector<std::string> cities;  // their last parts, in the same order
};

std::string last_part(std::string_view name) {
    return std::string(name.substr(name.rfind('/') + 1));
}

// In one case, and as the database joins words.
std::string folded(std::string_view text) {
    std::string result = fold_case(text);
    std::replace(result.begin(), result.end(), ' ', '_');
    return result;
}

// The name whose key is the wanted one but for its case; empty where none is.
std::string same(const std::string& wanted, const std::vector<std::string>& keys,
                 const std::vector<std::string>& names) {
    for (std::size_t i = 0; i < keys.size(); ++i)
        if (folded(keys[i]) == wanted) return names[i];
    return {};
}

// The name whose key is the wanted one but for a slip.
std::string nearest(const std::string& wanted, const std::vector<std::string>& keys,
                    const std::vector<std::string>& names) {
    const auto near = suggest(wanted, keys, 1);
    if (near.empty()) return {};
    const auto found = std::find(keys.begin(), keys.end(), near.front());
    return names[static_cast<std::size_t>(found - keys.begin())];
}

}  // namespace

std::string closest_zone(std::string_view written) {
    if (written.empty() || written.size() > limits::name_bytes_max) return {};
    static Names all;
    const std::lock_guard lock(all.mutex);
    if (const std::string folder = zone_folder(); all.folder != folder) {
        all.folder = folder;
        all.whole.clear();
        all.cities.clear();
        read_names(folder, "", 1, all.whole);
        std::sort(all.whole.begin(), all.whole.end());
        for (const std::string& name : all.whole) all.cities.push_back(last_part(name));
    }
    const std::string wanted = folded(written);
    const std::string city = last_part(wanted);
    std::string found = same(wanted, all.whole, all.whole);
    if (found.empty()) found = same(city, all.cities, all.whole);
    if (found.empty() && city != wanted) found = nearest(wanted, all.whole, all.whole);
    return found.empty() ? nearest(city, all.cities, all.whole) : found;
}

}  // namespace pawl
