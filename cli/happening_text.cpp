#include "cli/happening_text.h"

#include "cli/engine_client.h"

namespace pawl::cli {

void append_named(std::string& line, const std::string& name, const std::string& value) {
    line += " " + name + "=";
    if (value.empty() || value.find_first_of(" \"\n") != std::string::npos) {
        append_json_string(line, value);
    } else {
        line += value;
    }
}

namespace {

// What set a run off, {"timer":"call(3)"}, as "timer call(3)".
std::string value_text(const Json& value) {
    const bool is_named_text = value.kind == JsonKind::object && value.members.size() == 1 &&
                               value.members.front().second.kind == JsonKind::string;
    if (!is_named_text) return cell_text(&value);
    return value.members.front().first + " " + value.members.front().second.text;
}

}  // namespace

std::string happening_text(const Json& happening) {
    std::string line = text_member(happening, "kind");
    // Of what is to come `at` says when; else it is the instant of the line itself.
    const std::string_view told_at = happening.find("told_at") != nullptr ? "told_at" : "at";
    for (const auto& [name, value] : happening.members) {
        if (name != "kind" && name != told_at) append_named(line, name, value_text(value));
    }
    return line;
}

}  // namespace pawl::cli
