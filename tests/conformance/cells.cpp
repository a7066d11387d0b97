#include "cells.h"

#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string_view>

#include "scenario.h"

namespace pawl::conformance {

namespace {

namespace fs = std::filesystem;

struct Column {
    std::string name, title, explanation;
};

struct Row {
    std::string name, title, group;
    std::map<std::string, std::string> reasons;  // column, why it has no answer
};

std::string read_file(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

std::string in_cell(const std::string& text) {
    std::string escaped;
    for (const char c : text) {
        if (c == '|') escaped += '\\';
        escaped += c;
    }
    return escaped;
}

class Table {
 public:
    Table(fs::path folder, std::string links)
        : folder_(std::move(folder)), links_(std::move(links)) {}

    TablePage page() {
        read_structure();
        page_.markdown = read_file(folder_ / "head.md");
        if (page_.markdown.empty()) problem("`head.md` is missing");
        write_questions();
        std::string group;
        for (const Row& row : rows_) {
            if (row.group != group) page_.markdown += "\n## " + row.group + "\n";
            group = row.group;
            write_row(row);
        }
        find_strays();
        return std::move(page_);
    }

 private:
    void problem(std::string text) { page_.problems.push_back(std::move(text)); }

    void read_structure() {
        std::istringstream in(read_file(folder_ / "table.txt"));
        std::string line, group;
        for (int number = 1; std::getline(in, line); ++number) {
            if (line.empty() || line[0] == '#') continue;
            if (!read_line(line, group))
                problem("table.txt:" + std::to_string(number) +
                        ": this line cannot be read: " + line);
        }
        if (columns_.empty() || rows_.empty()) problem("`table.txt` has no columns or no rows");
    }

    bool read_line(const std::string& line, std::string& group) {
        std::istringstream words(line);
        std::string kind, name, rest;
        words >> kind;
        if (line[0] == ' ') {
            std::getline(words >> std::ws, rest);
            const bool is_known = is_column(kind) && !rows_.empty() && !rest.empty();
            return is_known && rows_.back().reasons.emplace(kind, rest).second;
        }
        if (kind == "group") {
            std::getline(words >> std::ws, group);
            return !group.empty();
        }
        words >> name;
        std::getline(words >> std::ws, rest);
        if (name.empty() || rest.empty()) return false;
        if (kind == "row") {
            for (const Row& row : rows_)
                if (row.name == name) return false;
            rows_.push_back({name, rest, group, {}});
            return !group.empty();
        }
        const std::size_t bar = rest.find(" | ");
        if (kind != "column" || bar == std::string::npos || is_column(name)) return false;
        columns_.push_back({name, rest.substr(0, bar), rest.substr(bar + 3)});
        return true;
    }

    bool is_column(std::string_view name) const {
        for (const Column& column : columns_)
            if (column.name == name) return true;
        return false;
    }

    void write_questions() {
        page_.markdown += "\n| question | what is asked |\n| --- | --- |\n";
        for (const Column& column : columns_)
            page_.markdown += "| " + column.title + " | " + in_cell(column.explanation) + " |\n";
    }

    void write_row(const Row& row) {
        page_.markdown += "\n### " + row.title + "\n\n| question | answer |\n| --- | --- |\n";
        for (const Column& column : columns_) {
            const std::string file = row.name + "/" + column.name + ".scenario";
            const auto reason = row.reasons.find(column.name);
            const bool has_scenario = fs::exists(folder_ / file);
            if (has_scenario) answered_.insert(file);
            if (has_scenario == (reason != row.reasons.end())) {
                problem(file + (has_scenario ? ": the cell has a scenario and a reason for none"
                                             : ": the cell has neither a scenario nor a reason"));
                continue;
            }
            page_.markdown += "| ";
            if (has_scenario)
                page_.markdown += "[" + column.title + "](" + links_ + "/" + file + ") | " +
                                  in_cell(answer(file)) + " |\n";
            else
                page_.markdown += column.title + " | *" + in_cell(reason->second) + "* |\n";
        }
    }

    std::string answer(const std::string& file) {
        const Scenario scenario = parse_scenario(read_file(folder_ / file));
        if (!scenario.problem.empty()) problem(file + ": " + scenario.problem);
        return scenario.title;
    }

    // Every other file of the folder is a test that nobody reads of.
    void find_strays() {
        std::set<std::string> strays;
        std::error_code error;
        for (const auto& entry : fs::recursive_directory_iterator(folder_, error)) {
            if (!entry.is_regular_file()) continue;
            const std::string name = fs::relative(entry.path(), folder_).generic_string();
            if (name != "head.md" && name != "table.txt" && answered_.count(name) == 0)
                strays.insert(name);
        }
        for (const std::string& name : strays) problem(name + ": it is no cell of the table");
    }

    fs::path folder_;
    std::string links_;
    std::vector<Column> columns_;
    std::vector<Row> rows_;
    std::set<std::string> answered_;
    TablePage page_;
};

}  // namespace

TablePage read_table(const fs::path& folder, const std::string& links) {
    return Table(folder, links).page();
}

}  // namespace pawl::conformance
