#include <limits>
#include <optional>
#include <utility>

#include "engine/store/erasure_step.h"
#include "engine/store/run_codec.h"
#include "engine/store/value_key.h"

namespace pawl::engine {

using rules::Value;

namespace {

class WaitingEraser final : private ErasureStep {
 public:
    using ErasureStep::ErasureStep;

    void run() {
        if (erasure_.stage == Erasure::Stage::marks) return erase_marks();
        if (erasure_.stage == Erasure::Stage::runs) return erase_runs();
        if (erasure_.stage == Erasure::Stage::timers) return erase_timers();
    }

 private:
    // ---- Marks --------------------------------------------------------------------------------

    // "once/rule/VALUE": what is only kept to be compared with what will not come again.
    bool is_mark_of(const std::string& name, const std::string& value) const {
        const std::size_t rule = name.find('/');
        const std::size_t end = rule == std::string::npos ? rule : name.find('/', rule + 1);
        const auto says = [this](std::string_view durable) {
            const auto decoded = decode_value(durable, schema_);
            return (decoded && values_.are_in(*decoded)) || values_.are_in(durable);
        };
        return (end != std::string::npos && says(std::string_view(name).substr(end + 1))) ||
               says(value);
    }

    void erase_marks() {
        std::vector<std::string> names;
        std::size_t looked_at = 0;
        {
            Statement next(session_,
                           "select name, value from mark where name > :a order by name limit :b",
                           "ti", "tt");
            next.set_text(0, erasure_.after_name);
            next.set_integer(1, rows_max_);
            for (Rows rows(next); rows.next(); ++looked_at) {
                erasure_.after_name = next.text(0);
                if (is_mark_of(next.text(0), next.text(1))) names.push_back(next.text(0));
            }
        }
        Statement remove(session_, "delete from mark where name = :a", "t");
        for (const std::string& name : names) {
            remove.set_text(0, name);
            remove.run();
            ++erasure_.rows["mark"];
        }
        if (!is_last(looked_at)) return;
        const std::vector<Row> changes = read_rows("name, before", "mark_change");
        Statement forget(session_, "delete from mark_change where number = :a", "i");
        for (const Row& change : changes) {
            if (!is_mark_of(change.text, change.more)) continue;
            forget.set_integer(0, change.number);
            forget.run();
            ++erasure_.rows["mark_change"];
        }
        if (is_last(changes.size())) next_stage();
    }

    // ---- Runs that wait -----------------------------------------------------------------------

    bool erase_in(std::vector<Value>& values) const {
        bool is_changed = false;
        for (Value& value : values) {
            auto rest = values_.without(value, PersonValues::Extent::text);
            if (!rest) continue;
            value = std::move(*rest);
            is_changed = true;
        }
        return is_changed;
    }

    bool erase_in(std::string& text) const {
        const auto rest = values_.without(Value::text(text), PersonValues::Extent::text);
        if (rest) text = rest->as_text();
        return rest.has_value();
    }

    // What it waits for, and what came meanwhile. Of an event that is hers nobody will tell it.
    bool erase_in_wait(StoredRun& run) {
        bool is_changed = erase_in(run.wait.question);
        is_changed = erase_in(run.wait.error) || is_changed;
        for (OvertakingEvent& each : run.overtaking) {
            auto rest = values_.without(each.fields, PersonValues::Extent::text);
            if (!rest) continue;
            each.fields = std::move(*rest);
            is_changed = true;
        }
        const auto marks = std::erase_if(
            run.running_keys, [this](const std::string& key) { return is_mark_of(key, {}); });
        Statement forget(session_, "delete from waiter where event = :a and key = :b and run = :c",
                         "tti");
        const auto waits = std::erase_if(run.waits_for, [&](const auto& each) {
            if (!values_.are_in(each.second)) return false;
            forget.set_text(0, each.first);
            forget.set_text(1, each.second);
            forget.set_integer(2, run.number);
            forget.run();
            ++erasure_.rows["waiter"];
            return true;
        });
        return is_changed || marks + waits != 0;
    }

    void erase_runs() {
        const std::vector<Row> runs = read_rows("state, null", "waiting_run");
        Statement write(session_, "update waiting_run set state = :a where number = :b", "ti");
        for (const Row& each : runs) {
            auto run = decode_run(each.text, parts_.program);
            if (!run) continue;
            bool is_changed = erase_in(run->call.arguments);
            for (rules::Frame& frame : run->frames)
                is_changed = erase_in(frame.locals) || is_changed;
            is_changed = erase_in_wait(*run) || is_changed;
            if (is_mark_of(run->once_key, {})) {
                run->once_key.clear();
                is_changed = true;
            }
            if (!is_changed) continue;
            write.set_text(0, encode_run(*run, parts_.program));
            write.set_integer(1, each.number);
            write.run();
            ++erasure_.rows["waiting_run"];
        }
        if (is_last(runs.size())) next_stage();
    }

    // Timers name the mark that they wake, in both tables; those of runs name nobody.
    void erase_timers() {
        const std::string table = erasure_.is_later ? "timer_later" : "timer";
        const std::string first = erasure_.is_later ? "start" : "due";
        if (erasure_.after == 0) erasure_.after = std::numeric_limits<std::int64_t>::min();
        std::vector<std::pair<std::int64_t, std::int64_t>> hers;
        std::size_t looked_at = 0;
        {
            Statement next(session_,
                           "select " + first + ", number, kind, target from " + table + " where (" +
                               first + ", number) > (:a, :b) order by " + first +
                               ", number limit :c",
                           "iii", "iiit");
            next.set_integer(0, erasure_.after);
            next.set_integer(1, erasure_.after_number);
            next.set_integer(2, rows_max_);
            for (Rows rows(next); rows.next(); ++looked_at) {
                erasure_.after = next.integer(0);
                erasure_.after_number = next.integer(1);
                const bool is_run = next.integer(2) == static_cast<std::int64_t>(TimerKind::run);
                if (!is_run && is_mark_of(next.text(3), {}))
                    hers.emplace_back(next.integer(0), next.integer(1));
            }
        }
        Statement remove(
            session_, "delete from " + table + " where " + first + " = :a and number = :b", "ii");
        for (const auto& [place, number] : hers) {
            remove.set_integer(0, place);
            remove.set_integer(1, number);
            remove.run();
            ++erasure_.rows["timer"];
        }
        if (!is_last(looked_at)) return;
        erasure_.after = erasure_.after_number = 0;
        if (erasure_.is_later) next_stage();
        erasure_.is_later = true;
    }
};

}  // namespace

void erase_waiting(const WriterParts& parts, Erasure& erasure, std::int64_t rows_max) {
    WaitingEraser(parts, erasure, rows_max).run();
}

}  // namespace pawl::engine
