#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/hash.h"
#include "engine/store/statement.h"

// Texts that rows say again and again, each kept once in a table of its own; rows hold its number.
// There are never many: what is one too many is written out in its row.

namespace pawl::engine {

struct Word {
    std::int64_t number = 0;
    std::string digits;  // the number, for columns of text
};

// The writer's: of whoever commits. All of its words are in memory.
class WordTable {
 public:
    // `table` has the columns `number` and `text`. The session outlives it.
    WordTable(SqliteSession& session, std::string table, std::size_t words_max);

    // Reads what is kept. Throws.
    void load();

    // The word, in the transaction that is open made a row where it is new; none where there are
    // too many. It stays where it is until `drop` or `remove`. Throws.
    const Word* word(std::string_view text);
    // Takes one away of which no row has the number any more. Throws.
    void remove(const std::string& text);
    // What was done is kept with the transaction, or dropped with it.
    void keep();
    void drop();

    // The texts of all of them, by number.
    std::map<std::int64_t, std::string> texts() const;

 private:
    struct TextHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return quick_hash(text); }
    };

    SqliteSession& session_;
    const std::string table_;
    const std::size_t words_max_;
    std::unordered_map<std::string, Word, TextHash, std::equal_to<>> words_;
    std::vector<std::string> added_, removed_;
    std::int64_t next_number_ = 1;
    std::optional<Statement> insert_;
};

// Both tables (schema/0006_words.sql).
struct Words {
    explicit Words(SqliteSession& session);

    WordTable names, shapes;

    void load();
    void keep();
    void drop();
};

// The SQL for the text of a column that may hold a word's number.
std::string word_text(std::string_view column);

}  // namespace pawl::engine
