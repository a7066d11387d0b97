#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "base/zone.h"
#include "engine/internal/journey_state.h"
#include "engine/store/sqlite_parts.h"
#include "engine/store/statement.h"

namespace pawl::engine {

using rules::EntityIndex;
using rules::RecordKey;

namespace {

constexpr Duration events_kept{0, 90, 0};
constexpr Duration log_kept{12, 0, 0};
constexpr Duration runs_kept{0, 90, 0};

// Rows that stay among those that go (of runs that wait) are looked at, too.
constexpr std::size_t looks_per_row = 4;

Instant kept_from(const rules::Program& program, std::string_view kind, Duration otherwise,
                  Instant now) {
    Duration kept = otherwise;
    for (const auto& [name, duration] : program.header.keep)
        if (name == kind) kept = duration;
    const Zone zone = Zone::find(program.header.timezone).value_or(Zone::utc());
    const auto from = zone.add(now, {-kept.months, -kept.days, -kept.micros});
    return from.value_or(Instant{std::numeric_limits<std::int64_t>::min()});
}

// In the order in which they are taken away: effects know by their run's absence that they may go.
enum class Stage : std::int64_t {
    inputs,
    changes,
    mark_changes,
    seen,
    marks,
    log,
    notifications,
    runs,
    effects,
    steps,
    end
};

class Pruner {
 public:
    Pruner(const WriterParts& parts, Instant now, std::size_t rows_max)
        : parts_(parts),
          session_(parts.session),
          rows_max_(rows_max),
          looks_left_(rows_max * looks_per_row),
          events_(kept_from(parts.program, "events", events_kept, now)),
          log_(kept_from(parts.program, "log", log_kept, now)),
          runs_(kept_from(parts.program, "runs", runs_kept, now)) {}

    PruneProgress run() {
        read_position();
        const auto begun_at = std::pair(stage_, key_);
        while (stage_ != Stage::end && rows_ < rows_max_ && looks_left_ > 0)
            if (run_stage()) next_stage();
        PruneProgress progress;
        progress.rows = rows_;
        progress.is_done = stage_ == Stage::end;
        if (progress.is_done) stage_ = Stage::inputs;
        has_changed_ = rows_ > 0 || begun_at != std::pair(stage_, key_);
        if (has_changed_) write_position();
        return progress;
    }

    bool has_changed() const { return has_changed_; }

    // After the commit.
    void tell_memory() {
        for (const rules::Reference& each : gone_) parts_.memory.forget(each);
        for (const std::int64_t bucket : gone_buckets_) parts_.memory.forget_seen_bucket(bucket);
    }

    void tell_what_is_forgotten() {
        if (seen_gone_until_) parts_.memory.forget_seen_until(*seen_gone_until_);
    }

 private:
    void next_stage() {
        stage_ = static_cast<Stage>(static_cast<std::int64_t>(stage_) + 1);
        key_ = 0;
    }

    std::int64_t rows_left() const { return static_cast<std::int64_t>(rows_max_ - rows_); }

    void read_position() {
        Statement position(session_, "select stage, key from prune_position", "", "ii");
        for (Rows rows(position); rows.next();) {
            stage_ = static_cast<Stage>(position.integer(0));
            key_ = position.integer(1);
        }
    }

    void write_position() {
        Statement position(session_,
                           "insert or replace into prune_position (id, stage, key) "
                           "values (1, :a, :b)",
                           "ii");
        position.set_integer(0, static_cast<std::int64_t>(stage_));
        position.set_integer(1, key_);
        position.run();
    }

    // True: nothing more of this kind is due.
    bool run_stage() {
        switch (stage_) {
            case Stage::inputs: return prune_inputs();
            case Stage::changes: return prune_numbered("change", "events", events_);
            case Stage::mark_changes: return prune_numbered("mark_change", "events", events_);
            case Stage::seen: return prune_seen();
            case Stage::marks: return prune_marks();
            case Stage::log:
                return prune_rows(rules::entity_automation_log, log_, waiting_condition(), "log");
            case Stage::notifications:
                return prune_rows(rules::entity_notification, log_, "1", "log");
            case Stage::runs:
                return prune_rows(rules::entity_run, runs_, ended_condition(), "runs");
            case Stage::effects:
                return prune_rows(rules::entity_effect, runs_, orphan_condition(), "runs");
            case Stage::steps: return prune_steps();
            case Stage::end: break;
        }
        return true;
    }

    void count(std::uint64_t rows, std::string_view kind, Instant until) {
        if (rows == 0) return;
        rows_ += rows;
        Statement told(session_,
                       "insert into pruned (kind, until) values (:a, :b) "
                       "on conflict (kind) do update set until = max(until, excluded.until)",
                       "ti");
        told.set_text(0, kind);
        told.set_integer(1, until.micros);
        told.run();
    }

    std::uint64_t changed_rows() const {
        return static_cast<std::uint64_t>(session_.changed_rows());
    }

    // Tables whose numbers and instants ascend together: the last of the first rows that is due.
    std::optional<std::int64_t> last_due(const std::string& select, Instant until, bool& is_all) {
        std::optional<std::int64_t> last;
        std::int64_t looked_at = 0;
        is_all = false;
        Statement first(session_, select + " limit :a", "i", "ii");
        first.set_integer(0, rows_left());
        for (Rows rows(first); rows.next(); ++looked_at) {
            if (first.integer(1) >= until.micros) {
                is_all = true;
                break;
            }
            last = first.integer(0);
        }
        is_all = is_all || looked_at < rows_left();
        return last;
    }

    std::uint64_t remove_until(const std::string& table, std::int64_t number) {
        Statement remove(session_, "delete from " + table + " where number <= :a", "i");
        remove.set_integer(0, number);
        remove.run();
        return changed_rows();
    }

    // What waits for its turn stays, however old it is.
    bool prune_inputs() {
        bool is_all = false;
        const auto last = last_due(
            "select number, arrival from input where number <= (select position from position) "
            "order by number",
            events_, is_all);
        if (!last) return is_all;
        count(remove_until("input", *last), "events", events_);
        remove_until("parked", *last);
        return is_all;
    }

    bool prune_numbered(const std::string& table, std::string_view kind, Instant until) {
        bool is_all = false;
        const auto last =
            last_due("select number, at from " + table + " order by number", until, is_all);
        if (last) count(remove_until(table, *last), kind, until);
        return is_all;
    }

    // Of the oldest bucket, whose rows are the first.
    bool prune_seen() {
        std::optional<std::int64_t> bucket;
        std::int64_t end = 0;  // the row after its last
        Instant ends;
        Statement oldest(session_,
                         "select number, number + events, ends from seen_bucket where ends < :a "
                         "order by number limit 1",
                         "i", "iii");
        oldest.set_integer(0, events_.micros);
        for (Rows rows(oldest); rows.next();) {
            bucket = oldest.integer(0);
            end = oldest.integer(1);
            ends = Instant{oldest.integer(2)};
        }
        if (!bucket) return true;
        seen_gone_until_ = ends;
        Statement remove(session_,
                         "delete from seen where number in (select number from seen where "
                         "number >= :a and number < :b order by number limit :c)",
                         "iii");
        remove.set_integer(0, *bucket);
        remove.set_integer(1, end);
        remove.set_integer(2, rows_left());
        remove.run();
        count(changed_rows(), "seen", ends);
        if (rows_ >= rows_max_) return false;
        // Empty now: what is looked up there is looked for no more.
        for (const char* table : {"seen_part", "seen_bucket"}) {
            Statement forget(
                session_,
                std::string("delete from ") + table + " where number >= :a and number < :b", "ii");
            forget.set_integer(0, *bucket);
            forget.set_integer(1, end);
            forget.run();
        }
        rows_ += 1;
        gone_buckets_.push_back(*bucket);
        return false;
    }

    // As long as history is kept it tells which marks held, so they stay as long as that.
    bool prune_marks() {
        Statement remove(session_,
                         "delete from mark where name in (select name from mark where "
                         "expires_at is not null and expires_at < :a limit :b)",
                         "ii");
        const std::int64_t due = rows_left();
        remove.set_integer(0, events_.micros);
        remove.set_integer(1, due);
        remove.run();
        rows_ += changed_rows();
        return changed_rows() < static_cast<std::uint64_t>(due);
    }

    // ---- Rows of the engine's own entities -----------------------------------------------------

    const std::string& column(EntityIndex entity, std::string_view field) const {
        const auto index = rules::find_field(parts_.program.schema.entities[entity].fields, field);
        return parts_.layout.tables[entity].columns[index.value()].name;
    }
    const std::string& table(EntityIndex entity) const { return parts_.layout.tables[entity].name; }

    std::string ended_condition() const {
        const std::string ended = column(rules::entity_run, "ended_at");
        return "(" + ended + " is not null and " + ended + " < " + std::to_string(runs_.micros) +
               ")";
    }
    std::string run_condition(EntityIndex entity, std::string_view how,
                              const std::string& which) const {
        return std::string(how) + " (select 1 from " + table(rules::entity_run) +
               " as of_run where of_run.key = row." + column(entity, "run") + which + ")";
    }
    // A run that has not ended keeps its rows.
    std::string waiting_condition() const {
        return run_condition(rules::entity_automation_log, "not exists",
                             " and of_run." + column(rules::entity_run, "ended_at") + " is null");
    }
    std::string orphan_condition() const {
        return run_condition(rules::entity_effect, "not exists", "");
    }

    // In the order of keys, in which instants ascend, too.
    bool prune_rows(EntityIndex entity, Instant until, const std::string& condition,
                    std::string_view kind) {
        struct Row {
            RecordKey key;
            bool is_due;
        };
        std::vector<Row> looked_at;
        const auto looks = static_cast<std::int64_t>(looks_left_);
        bool is_all = false;
        {
            Statement next(session_,
                           "select row.key, row." + column(entity, "created_at") + ", " +
                               condition + " from " + table(entity) +
                               " as row where row.key > :a order by row.key limit :b",
                           "ii", "iii");
            next.set_integer(0, key_);
            next.set_integer(1, looks);
            std::int64_t due = 0;
            Rows rows(next);
            while (due < rows_left()) {
                if (!rows.next()) {
                    is_all = static_cast<std::int64_t>(looked_at.size()) < looks;
                    break;
                }
                is_all = next.integer(1) >= until.micros;
                if (is_all) break;
                looked_at.push_back({next.integer(0), next.integer(2) != 0});
                due += looked_at.back().is_due ? 1 : 0;
            }
        }
        remove_rows(entity, looked_at, kind, until);
        return is_all;
    }

    // Of journeys that have ended: those that may still go on tell by them what was done.
    bool prune_steps() {
        constexpr EntityIndex entity = rules::entity_scheduled_step;
        struct Row {
            RecordKey key;
            bool is_due;
            std::string journey, of;
        };
        std::vector<Row> looked_at;
        const auto looks = std::min(static_cast<std::int64_t>(looks_left_), rows_left());
        bool is_all = false;
        {
            std::string columns;
            for (const std::string_view field :
                 {"created_at", "at", "ran_at", "state", "journey", "of"})
                columns += ", " + column(entity, field);
            Statement next(session_,
                           "select key" + columns + " from " + table(entity) +
                               " where key > :a order by key limit :b",
                           "ii", "iiiittt");
            next.set_integer(0, key_);
            next.set_integer(1, looks);
            Rows rows(next);
            while (!is_all && rows.next()) {
                is_all = next.integer(1) >= runs_.micros;
                if (is_all) break;
                const std::string& state = next.text(4);
                const bool is_ahead = state == "planned" || state == "moved";
                const std::int64_t last = std::max(next.integer(2), next.integer(3));
                looked_at.push_back({next.integer(0), !is_ahead && last < runs_.micros,
                                     next.text(5), next.text(6)});
            }
            is_all = is_all || static_cast<std::int64_t>(looked_at.size()) < looks;
        }
        std::pair<std::string, std::string> asked;
        bool has_ended = false;
        for (Row& row : looked_at) {
            if (!row.is_due) continue;
            if (asked != std::pair(row.journey, row.of)) {
                asked = {row.journey, row.of};
                has_ended = has_journey_ended(row.journey, row.of);
            }
            row.is_due = has_ended;
        }
        remove_rows(entity, looked_at, "runs", runs_);
        return is_all;
    }

    // `of`: "client/c1". Of a record, or a journey, that is not there any more it has.
    bool has_journey_ended(const std::string& journey, const std::string& of) {
        const auto& journeys = parts_.program.journeys;
        const bool is_written =
            std::any_of(journeys.begin(), journeys.end(), [&journey](const rules::Journey& each) {
                return each.name == journey || each.renamed_from == journey;
            });
        const std::size_t slash = of.find('/');
        const auto entity = parts_.program.schema.find_entity(of.substr(0, slash));
        if (!is_written || !entity || slash == std::string::npos) return true;
        std::optional<RecordKey> record;
        Statement find(
            session_,
            "select key from " + table(*entity) + " where " + column(*entity, "id") + " = :a", "t",
            "i");
        find.set_text(0, of.substr(slash + 1));
        for (Rows rows(find); rows.next();) record = find.integer(0);
        if (!record) return true;
        std::optional<JourneyRecord> state;
        Statement mark(session_, "select value from mark where name = :a", "t", "t");
        mark.set_text(0, "journey/" + journey + "/" + std::to_string(*record));
        for (Rows rows(mark); rows.next();)
            state = read_journey(mark.text(0), parts_.program.schema);
        return !state || state->is_stopped || state->is_completed;
    }

    template <class LookedAt>
    void remove_rows(EntityIndex entity, const LookedAt& looked_at, std::string_view kind,
                     Instant until) {
        Statement remove(session_, "delete from " + table(entity) + " where key = :a", "i");
        std::uint64_t removed = 0;
        for (const auto& row : looked_at) {
            key_ = row.key;
            if (!row.is_due) continue;
            remove.set_integer(0, row.key);
            remove.run();
            ++removed;
            gone_.push_back({entity, row.key});
        }
        looks_left_ -= std::min(looks_left_, looked_at.size());
        count(removed, kind, until);
    }

    const WriterParts& parts_;
    SqliteSession& session_;
    std::size_t rows_max_, looks_left_;
    Instant events_, log_, runs_;  // what is older goes
    Stage stage_ = Stage::inputs;
    RecordKey key_ = 0;
    std::uint64_t rows_ = 0;
    bool has_changed_ = false;
    std::vector<rules::Reference> gone_;
    std::vector<std::int64_t> gone_buckets_;
    std::optional<Instant> seen_gone_until_;
};

}  // namespace

Result<PruneProgress> prune_store(const WriterParts& parts, Instant now, std::size_t rows_max) {
    return parts.session.attempt("take away what is not kept", [&]() -> Result<PruneProgress> {
        Pruner pruner(parts, now, std::max<std::size_t>(rows_max, 1));
        WriteTransaction transaction(parts.session);
        const PruneProgress progress = pruner.run();
        if (!pruner.has_changed()) return progress;
        // Before the keys are gone: none may be looked for and missed in between.
        pruner.tell_what_is_forgotten();
        transaction.commit();
        pruner.tell_memory();
        return progress;
    });
}

}  // namespace pawl::engine
