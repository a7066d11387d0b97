#include "engine/store/sqlite_migrations.h"

#include <cctype>
#include <charconv>

#include "base/check.h"
#include "base/hash.h"
#include "embedded/schema.h"
#include "engine/store/statement.h"

namespace pawl::engine {

namespace {

// "engine/store/schema/0001_init.sql"
Migration migration_of(const EmbeddedFile& file) {
    Migration migration;
    std::string_view name = file.path.substr(file.path.rfind('/') + 1);
    name.remove_suffix(std::string_view(".sql").size());
    const std::size_t line = name.find('_');
    PAWL_CHECK(line != std::string_view::npos);
    const auto end = name.data() + line;
    PAWL_CHECK(std::from_chars(name.data(), end, migration.number).ptr == end);
    migration.name = name.substr(line + 1);
    migration.sql = file.text;
    return migration;
}

// Where what begins at `at` ends, if that is a text, a name in quotes or a comment; else `at`.
std::size_t skip_quoted(std::string_view sql, std::size_t at) {
    const auto after = [sql](std::size_t found, std::size_t size) {
        return found == std::string_view::npos ? sql.size() : found + size;
    };
    const char c = sql[at];
    // A doubled quote reads as the end of one text and the beginning of the next.
    if (c == '\'' || c == '"') return after(sql.find(c, at + 1), 1);
    if (sql.substr(at, 2) == "--") return after(sql.find('\n', at), 1);
    if (sql.substr(at, 2) == "/*") return after(sql.find("*/", at + 2), 2);
    return at;
}

bool is_comment(std::string_view sql, std::size_t at) {
    return sql.substr(at, 2) == "--" || sql.substr(at, 2) == "/*";
}

struct Taken {
    std::int64_t number = 0;
    std::string checksum;
};

std::string checksum_of(const Migration& migration) { return hash_bytes(migration.sql).hex(); }

bool has_table(SqliteSession& session, const std::string& condition) {
    Statement tables(session, "select 1 from sqlite_master where " + condition + " limit 1", "",
                     "i");
    const bool found = tables.first();
    tables.finish();
    return found;
}

std::vector<Taken> taken_steps(SqliteSession& session) {
    std::vector<Taken> taken;
    Statement steps(session, "select id, checksum from schema_version order by id", "", "it");
    for (Rows rows(steps); rows.next();) taken.push_back({steps.integer(0), steps.text(1)});
    return taken;
}

void take(SqliteSession& session, const Migration& migration) {
    WriteTransaction transaction(session);
    for (const std::string& statement : split_statements(migration.sql)) session.execute(statement);
    Statement row(session,
                  "insert into schema_version (id, name, checksum, applied_at) "
                  "values (:a, :b, :c, cast(strftime('%s', 'now') as integer) * 1000000)",
                  "itt");
    row.set_integer(0, migration.number);
    row.set_text(1, migration.name);
    row.set_text(2, checksum_of(migration));
    row.run();
    transaction.commit();
}

}  // namespace

std::vector<Migration> own_migrations() {
    std::vector<Migration> migrations;
    for (const EmbeddedFile& file : embedded_schema()) {
        migrations.push_back(migration_of(file));
        PAWL_CHECK(migrations.back().number == static_cast<std::int64_t>(migrations.size()));
    }
    return migrations;
}

std::vector<std::string> split_statements(std::string_view sql) {
    std::vector<std::string> statements;
    std::string current;
    const auto end_statement = [&] {
        const std::size_t last = current.find_last_not_of(" \t\r\n");
        if (last != std::string::npos) statements.push_back(current.substr(0, last + 1));
        current.clear();
    };
    for (std::size_t at = 0; at < sql.size();) {
        const std::size_t end = skip_quoted(sql, at);
        if (end != at) {
            if (!is_comment(sql, at)) current += sql.substr(at, end - at);
            at = end;
            continue;
        }
        const char c = sql[at++];
        if (c == ';')
            end_statement();
        else if (!current.empty() || std::isspace(static_cast<unsigned char>(c)) == 0)
            current.push_back(c);
    }
    end_statement();
    return statements;
}

Status migrate(SqliteSession& session, std::span<const Migration> migrations) {
    return session.attempt("be brought up to date", [&]() -> Status {
        if (!has_table(session, "name = 'schema_version'")) {
            if (has_table(session, "1"))
                return Error{"damaged",
                             "the store's file is a database of another program; move it away, or "
                             "use another folder"};
            session.execute(
                "create table if not exists schema_version (id INTEGER PRIMARY KEY, "
                "name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at BIGINT NOT NULL)");
        }
        const std::vector<Taken> taken = taken_steps(session);
        for (std::size_t i = 0; i < taken.size(); ++i) {
            const bool is_known = i < migrations.size() &&
                                  taken[i].number == migrations[i].number &&
                                  taken[i].checksum == checksum_of(migrations[i]);
            if (!is_known)
                return Error{"newer",
                             "the store was written by a later release of Pawl, or by "
                             "another make of it (step " +
                                 std::to_string(taken[i].number) +
                                 " of its tables is not known here); use that one"};
        }
        for (std::size_t i = taken.size(); i < migrations.size(); ++i) take(session, migrations[i]);
        return Done{};
    });
}

}  // namespace pawl::engine
