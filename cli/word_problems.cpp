#include "cli/word_problems.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <string_view>
#include <vector>

#include "base/suggest.h"
#include "base/text.h"

namespace pawl::cli {

namespace {

// Commands of the contract that a later version brings. Named, so that somebody who read about
// them learns why they are not here.
constexpr std::array<std::string_view, 5> later_commands = {"what-if", "why", "why-not", "plan",
                                                            "apply"};
// The message of a validator, behind which the name of its option is put.
constexpr std::string_view is_instead = "is ";

bool names_option(std::string_view word) {
    const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    // "-14d" is a value.
    return word.starts_with("--") ? word.size() > 2
                                  : word.size() > 1 && word[0] == '-' && is_letter(word[1]);
}

// "--limit" of "--limit=5", "-o" of "-ofile".
std::string option_name(const std::string& word) {
    if (!word.starts_with("--")) return word.substr(0, 2);
    return word.substr(0, word.find('='));
}

bool has_value_in_word(const std::string& word) {
    return word.starts_with("--") ? word.find('=') != std::string::npos : word.size() > 2;
}

std::string closest(const std::string& wanted, const std::vector<std::string>& names,
                    std::string_view owner = "it has") {
    const std::vector<std::string> near = suggest(wanted, names, 1);
    if (!near.empty()) return "; did you mean `" + near.front() + "`?";
    return names.empty() ? "" : "; " + std::string(owner) + " " + list_names(names, names.size());
}

// One command with the words behind it.
class Words {
 public:
    Words(CLI::App& app, std::string path, std::span<const std::string> words)
        : app_(app), path_(std::move(path)), words_(words) {}

    std::optional<std::string> problem() {
        for (std::size_t i = 0; i < words_.size(); ++i) {
            if (words_[i] == "--") {
                only_operands_ = true;
            } else if (!only_operands_ && names_option(words_[i])) {
                if (auto found = problem_of_option(i)) return found;
            } else if (CLI::App* named = only_operands_ ? nullptr : subcommand(words_[i])) {
                return Words(*named, path_ + " " + named->get_name(), words_.subspan(i + 1))
                    .problem();
            } else if (auto found = problem_of_operand(words_[i])) {
                return found;
            }
        }
        if (app_.get_require_subcommand_min() > 0)
            return told() + " needs a word behind it: " +
                   list_names(subcommand_names(), subcommand_names().size());
        return missing();
    }

 private:
    // The option at `i`; goes on to its value.
    std::optional<std::string> problem_of_option(std::size_t& i) {
        const std::string name = option_name(words_[i]);
        const CLI::Option* option = app_.get_option_no_throw(name);
        if (option == nullptr)
            return told() + " has no option " + quote_for_message(name) +
                   closest(name, option_names()) + more();
        given_.insert(option);
        if (option->get_expected_min() == 0 || has_value_in_word(words_[i])) return std::nullopt;
        if (i + 1 < words_.size() && !words_[i + 1].starts_with("--")) {
            ++i;
            return std::nullopt;
        }
        return "`" + name + "` needs a value behind it: " + option->get_type_name() + more();
    }

    std::optional<std::string> problem_of_operand(const std::string& word) {
        std::vector<const CLI::Option*> operands;
        bool has_room = false;
        for (const CLI::Option* option : app_.get_options()) {
            if (!option->get_positional()) continue;
            operands.push_back(option);
            has_room = has_room || option->get_expected_max() > 1;
        }
        if (operand_count_ < operands.size()) given_.insert(operands[operand_count_]);
        if (operand_count_++ < operands.size() || has_room) return std::nullopt;
        const std::vector<std::string> names = subcommand_names();
        if (!names.empty()) {
            if (path_.empty())
                return "there is no command " + quote_for_message(word) +
                       closest(word, names, "the commands are");
            return told() + " has no " + quote_for_message(word) + closest(word, names);
        }
        return told() + " takes " + (operands.empty() ? "no word" : "no further word") + ": " +
               quote_for_message(word) + " is one too many" + more();
    }

    std::optional<std::string> missing() const {
        for (const CLI::Option* option : app_.get_options()) {
            if (!option->get_required() || given_.contains(option)) continue;
            return told() + " needs `" + option->get_name() + "` (" + option->get_description() +
                   ")" + more();
        }
        return std::nullopt;
    }

    CLI::App* subcommand(const std::string& word) const {
        for (CLI::App* each : app_.get_subcommands({}))
            if (each->get_name() == word) return each;
        return nullptr;
    }
    std::vector<std::string> subcommand_names() const {
        std::vector<std::string> names;
        for (const CLI::App* each : app_.get_subcommands({})) names.push_back(each->get_name());
        return names;
    }
    std::vector<std::string> option_names() const {
        std::vector<std::string> names;
        for (const CLI::Option* option : app_.get_options()) {
            if (option->get_group().empty()) continue;  // not shown by --help either
            for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
            if (option->get_lnames().empty())
                for (const std::string& name : option->get_snames()) names.push_back("-" + name);
        }
        return names;
    }
    std::string told() const { return "`pawl" + path_ + "`"; }
    std::string more() const { return " (`pawl" + path_ + " --help` tells more)"; }

    CLI::App& app_;
    std::string path_;  // " journey show"
    std::span<const std::string> words_;
    std::set<const CLI::Option*> given_;
    std::size_t operand_count_ = 0;
    bool only_operands_ = false;  // behind "--"
};

}  // namespace

std::optional<std::string> problem_of_words(CLI::App& app, std::span<const std::string> words) {
    for (const std::string& word : words)
        if (word == "-h" || word == "--help" || word == "--version") return std::nullopt;
    if (!words.empty() &&
        std::find(later_commands.begin(), later_commands.end(), words[0]) != later_commands.end())
        return "`" + words[0] + "` is not in this version yet";
    return Words(app, "", words).problem();
}

std::string value_problem(const CLI::ParseError& problem) {
    std::string text = problem.what();
    if (const std::size_t cut = text.find(": "); cut != std::string::npos) {
        const std::string rest = text.substr(cut + 2);
        if (rest.starts_with(is_instead)) return "`" + text.substr(0, cut) + "` " + rest;
        // "Could not convert: --runs = abc"
        const std::size_t equals = rest.find(" = ");
        if (rest.starts_with("--") && equals != std::string::npos)
            return "`" + rest.substr(0, equals) + "` is " +
                   quote_for_message(rest.substr(equals + 3)) + ", where a number is due";
    }
    return text;
}

CLI::Validator whole_number(std::size_t from, std::size_t to) {
    return {[from, to](std::string& text) -> std::string {
                std::size_t number = 0;
                const char* end = text.data() + text.size();
                const auto read = std::from_chars(text.data(), end, number);
                const bool is_one = read.ec == std::errc() && read.ptr == end;
                if (is_one && number >= from && number <= to) return {};
                return std::string(is_instead) + quote_for_message(text) +
                       ", where a whole number from " + std::to_string(from) + " to " +
                       std::to_string(to) + " is due";
            },
            ""};
}

}  // namespace pawl::cli
