#include "engine/store/sqlite_words.h"

#include <algorithm>
#include <utility>

namespace pawl::engine {

namespace {

constexpr std::size_t names_max = 10'000;
constexpr std::size_t shapes_max = 2'000;

}  // namespace

WordTable::WordTable(SqliteSession& session, std::string table, std::size_t words_max)
    : session_(session), table_(std::move(table)), words_max_(words_max) {}

void WordTable::load() {
    words_.clear();
    added_.clear();
    removed_.clear();
    next_number_ = 1;
    Statement all(session_, "select number, text from " + table_, "", "it");
    for (Rows rows(all); rows.next();) {
        words_.emplace(all.text(1), Word{all.integer(0), std::to_string(all.integer(0))});
        next_number_ = std::max(next_number_, all.integer(0) + 1);
    }
}

const Word* WordTable::word(std::string_view text) {
    const auto found = words_.find(text);
    if (found != words_.end()) return &found->second;
    if (words_.size() >= words_max_) return nullptr;
    if (!insert_)
        insert_.emplace(session_, "insert into " + table_ + " (number, text) values (?1, ?2)",
                        "it");
    insert_->set_integer(0, next_number_);
    insert_->set_text(1, text);
    insert_->run();
    added_.emplace_back(text);
    const auto added = words_.emplace(text, Word{next_number_, std::to_string(next_number_)}).first;
    ++next_number_;
    return &added->second;
}

void WordTable::remove(const std::string& text) {
    const auto found = words_.find(text);
    if (found == words_.end()) return;
    Statement remove(session_, "delete from " + table_ + " where number = ?1", "i");
    remove.set_integer(0, found->second.number);
    remove.run();
    removed_.push_back(text);
}

void WordTable::keep() {
    for (const std::string& text : removed_) words_.erase(text);
    added_.clear();
    removed_.clear();
}

// A statement that failed may be of no more use to SOCI.
void WordTable::drop() {
    for (const std::string& text : added_) words_.erase(text);
    added_.clear();
    removed_.clear();
    insert_.reset();
}

std::map<std::int64_t, std::string> WordTable::texts() const {
    std::map<std::int64_t, std::string> texts;
    for (const auto& [text, word] : words_) texts.emplace(word.number, text);
    return texts;
}

Words::Words(SqliteSession& session)
    : names(session, "word", names_max), shapes(session, "shape", shapes_max) {}

void Words::load() {
    names.load();
    shapes.load();
}

void Words::keep() {
    names.keep();
    shapes.keep();
}

void Words::drop() {
    names.drop();
    shapes.drop();
}

std::string word_text(std::string_view column) {
    const std::string name(column);
    return "iif(" + name + " < ':', (select text from word where word.number = cast(" + name +
           " as integer)), " + name + ")";
}

}  // namespace pawl::engine
