#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <optional>

#include "base/limits.h"
#include "compiled_book.h"
#include "engine/engine.h"
#include "engine/happening_json.h"
#include "engine/internal/journey_rows.h"
#include "store_folder.h"

// An engine with a journey, over a store that outlives it.

namespace pawl::engine {

inline Instant day(int number, int minutes = 0) {
    return {parse_instant("2026-03-02T06:00:00Z")->micros + number * micros_per_day +
            minutes * 60 * micros_per_second};
}

enum class Kept : std::uint8_t { memory, sqlite };

// An engine over a store that outlives it.
class Desk {
 public:
    explicit Desk(const rules::Program& program, Kept kept = Kept::memory)
        : program_(&program), kept_(kept) {
        open();
        begin(day(0));
    }

    std::vector<std::string> lines;  // happening_json.h
    std::optional<Refused> refused;  // of the last input

    void load(const std::string& state) {
        REQUIRE(engine_->load_state(parse_json(state).value(), day(0)));
    }

    enum class Before : std::uint8_t { what_is_due, nothing };
    Desk& take(Instant at, InputForm form, Before before = Before::what_is_due) {
        if (before == Before::what_is_due) advance(at);
        turn(engine_->process({at, std::move(form)}));
        return *this;
    }
    Desk& create(Instant at, const std::string& entity, const std::string& values) {
        return take(at, CreateCommand{entity, parse_json(values).value(), ""});
    }
    Desk& set(Instant at, const std::string& id, const std::string& values) {
        return take(at, ChangeCommand{"client", id, parse_json(values).value(), "", ""});
    }
    Desk& event(Instant at, const std::string& type, const std::string& data) {
        return take(at,
                    EventInput{R"({"specversion":"1.0","id":"e)" + std::to_string(++events_) +
                               R"(","source":"/t","type":")" + type + R"(","data":)" + data + "}"});
    }
    // "shift program c1", with what the verb takes.
    Desk& steer(Instant at, const JourneyCommand& command) { return take(at, command); }

    void advance(Instant until) {
        for (;;) {
            const auto due = engine_->next_due();
            if (!due || *due > until) break;
            if (const auto result = engine_->process_due(*due)) turn(*result);
        }
        now_ = std::max(now_, until);
    }

    // What is due first stopped the process so often that it alone is taken away.
    void set_aside(Instant now) {
        const auto result = engine_->park_due(now, 4, true);
        REQUIRE(result);
        turn(*result);
    }

    // The engine stops, and one with that rulebook goes on.
    void restart(const rules::Program& program) {
        program_ = &program;
        engine_.reset();
        if (kept_ == Kept::sqlite) store_.reset();
        open();
        begin(now_);
    }

    std::size_t count(const std::string& part) const {
        return static_cast<std::size_t>(std::count_if(
            lines.begin(), lines.end(),
            [&](const std::string& line) { return line.find(part) != std::string::npos; }));
    }
    bool has_told(const std::string& part) const { return count(part) > 0; }

    // "client/c1 call(2) moved (reason)", by record, then by key.
    std::vector<std::string> steps(const std::string& journey) {
        std::vector<std::string> found;
        each(rules::entity_scheduled_step, [&](const rules::Record& row) {
            if (row.fields[step_field::journey].as_text() != journey) return;
            const rules::Value& reason = row.fields[step_field::reason];
            found.push_back(
                std::string(row.fields[step_field::of].as_text()) + " " +
                std::string(row.fields[step_field::name].as_text()) + " " +
                std::string(row.fields[step_field::state].as_text()) + " " +
                format_instant(row.fields[step_field::at].as_datetime()).substr(5, 11) +
                (reason.is_missing() ? "" : " (" + std::string(reason.as_text()) + ")"));
        });
        std::stable_sort(found.begin(), found.end(), [](const auto& left, const auto& right) {
            return left.substr(0, left.find(' ')) < right.substr(0, right.find(' '));
        });
        return found;
    }
    std::size_t in_state(std::string_view state) {
        std::size_t count = 0;
        each(rules::entity_scheduled_step, [&](const rules::Record& row) {
            count += row.fields[step_field::state].as_text() == state ? 1 : 0;
        });
        return count;
    }
    // What the log says of journeys.
    std::vector<std::string> log() {
        std::vector<std::string> found;
        each(rules::entity_automation_log, [&](const rules::Record& row) {
            if (row.fields[rules::system_field_count + 2].as_text() == "journey")
                found.emplace_back(row.fields[rules::system_field_count + 4].as_text());
        });
        return found;
    }

    engine::Store& store() { return *store_; }
    SqliteStore& sqlite() { return dynamic_cast<SqliteStore&>(*store_); }

 private:
    template <class Take>
    void each(rules::EntityIndex entity, const Take& take) {
        rules::ScanRequest request;
        request.entity = entity;
        const auto cursor = engine_->records().scan(request);
        while (const auto key = cursor->next()) take(*engine_->records().get({entity, *key}));
    }

    void open() {
        if (kept_ == Kept::sqlite) {
            store_ = folder_.open(*program_);
        } else if (store_ == nullptr) {
            store_ = make_memory_store();
            REQUIRE(store_->open(*program_));
        }
        engine_ = std::make_unique<Engine>(*program_, *store_);
    }

    void begin(Instant now) { REQUIRE(engine_->begin(now)); }

    void turn(const TurnResult& result) {
        REQUIRE_FALSE(result.store_failure);
        now_ = std::max(now_, engine_->now());
        refused.reset();
        for (const Happening& each : result.happenings) {
            if (const auto* one = std::get_if<Refused>(&each.form)) refused = *one;
            lines.push_back(happening_json(each, *program_, engine_->records()));
        }
    }

    const rules::Program* program_;
    Kept kept_;
    StoreFolder folder_;
    std::unique_ptr<engine::Store> store_;
    std::unique_ptr<Engine> engine_;
    Instant now_;
    int events_ = 0;
};

inline JourneyCommand verb(rules::JourneyVerb verb, const std::string& id,
                           const std::string& journey = "program") {
    JourneyCommand command;
    command.verb = verb;
    command.journey = journey;
    command.id = id;
    return command;
}

inline JourneyCommand shift(const std::string& id, const std::string& length,
                            const std::string& journey = "program") {
    JourneyCommand command = verb(rules::JourneyVerb::shift, id, journey);
    command.by_duration = parse_duration(length);
    return command;
}

inline JourneyCommand step(rules::JourneyVerb of, const std::string& id, const std::string& name,
                           const std::string& journey = "program") {
    JourneyCommand command = verb(of, id, journey);
    command.step = name;
    return command;
}

inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
        text.replace(at, from.size(), to);
    return text;
}

inline std::string program_book(const std::string& name, const std::string& renamed = "") {
    return R"(
entity client
  starts_at datetime ?
  on_hold   bool = false
end

journey )" +
           name + " of client" + renamed + R"(
  starts client.starts_at
  pauses while client.on_hold

  for each n in 1..5 do
    step call(n) "Call {{n}}" at start + 2d * n
      wait 1d
      log "{{client.id}} call {{n}}"
    end
  end
end
)";
}

}  // namespace pawl::engine
