#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/json.h"
#include "base/text.h"
#include "base/zone.h"
#include "cli/book_times.h"
#include "cli/command_options.h"
#include "cli/files.h"
#include "cli/load_rulebook.h"
#include "cli/moments.h"
#include "cli/table.h"
#include "cli/unknown_zones.h"
#include "simulation/forecast.h"

namespace pawl::cli {

namespace {

constexpr std::size_t note_characters_max = 100;
constexpr std::size_t width_max = 200;

Result<simulation::ForecastOptions> read_options(const NextOptions& options, const Zone& zone) {
    simulation::ForecastOptions made;
    made.rule = options.rule;
    made.from = machine_now();
    if (!options.from.empty()) {
        const auto from = parse_moment(options.from, zone);
        if (!from) return wrong_option("--from", options.from, "a time such as 2026-03-02T09:00");
        made.from = *from;
    }
    const std::optional<Duration> length = parse_duration(options.length);
    const auto until = length ? zone.add(made.from, *length) : std::nullopt;
    if (!until || *until < made.from) {
        return wrong_option("--for", options.length, "a length such as 30d or 8mo");
    }
    made.until = *until;
    return made;
}

// As `--from` takes it: "2026-03-02T10:00"
std::string moment_text(Instant at, const Zone& zone) {
    std::string text = zone.format(at);
    text[text.find(' ')] = 'T';
    return text;
}

// "2026-03-02T10:00:00+03:00"
std::string local_json(Instant at, const Zone& zone) {
    const LocalTime local = zone.local(at);
    std::string time = format_time(local.time);
    if (time.size() == 5) time += ":00";
    const std::int64_t offset =
        (local.date.days * micros_per_day + local.time.micros - at.micros) / micros_per_second;
    std::string text = format_date(local.date) + "T" + time + (offset < 0 ? "-" : "+");
    const std::int64_t minutes = std::llabs(offset) / 60;
    const auto two = [](std::int64_t number) {
        return (number < 10 ? "0" : "") + std::to_string(number);
    };
    return text + two(minutes / 60) + ":" + two(minutes % 60);
}

void print_json(const simulation::Forecast& forecast, Output& out) {
    for (const simulation::Firing& firing : forecast.firings) {
        JsonWriter line;
        line.begin_object();
        line.member("at", format_instant(firing.at));
        line.member("local", local_json(firing.at, firing.zone));
        line.member("zone", firing.zone.name());
        line.member("rule", firing.rule);
        line.member("entity", firing.entity);
        line.member("id", firing.id);
        line.member("note", firing.note);
        line.end_object();
        out.write(line.text() + "\n");
    }
}

// Where a clock of another zone tells one of them, each says its own.
void print_table(const simulation::Forecast& forecast, const simulation::ForecastOptions& options,
                 const Zone& zone, Output& out) {
    const bool has_other_zones =
        std::any_of(forecast.firings.begin(), forecast.firings.end(),
                    [&](const auto& firing) { return firing.zone.name() != zone.name(); });
    Table table({"at", "zone", "rule", "of", "note"}, note_characters_max);
    for (const simulation::Firing& firing : forecast.firings) {
        table.add_row({firing.zone.format(firing.at), has_other_zones ? firing.zone.name() : "",
                       firing.rule, firing.entity.empty() ? "" : firing.entity + "/" + firing.id,
                       firing.note});
    }
    table.print(out, width_max);
    const bool is_said_above = !has_other_zones && !forecast.firings.empty();
    if (is_said_above) out.write(zone_line(zone));
    const Instant end = forecast.is_cut ? forecast.firings.back().at : options.until;
    out.write((forecast.is_cut ? "the first " : "") +
              counted(forecast.firings.size(), "firing", "firings") + " until " + zone.format(end) +
              (is_said_above ? "" : ", " + zone.name()) +
              (forecast.is_cut ? "; there are more\n" : "\n"));
}

// Nothing to come is told with what may be missing.
void explain_nothing(const rules::Program& program, const NextOptions& options,
                     Terminal& terminal) {
    const bool has_records = !options.state.empty() || !options.events.empty();
    const bool asks_for_records =
        !program.journeys.empty() ||
        std::any_of(program.rules.begin(), program.rules.end(), [](const rules::Rule& rule) {
            return std::any_of(rule.triggers.begin(), rule.triggers.end(),
                               [](const rules::Trigger& trigger) {
                                   return trigger.kind != rules::TriggerKind::clock;
                               });
        });
    if (!has_records && asks_for_records)
        terminal.complain(
            "no records were given: dates and journeys are those of records, which --state or "
            "--events brings (of a running engine, `pawl export state`)");
}

Result<std::optional<Json>> read_state(const std::string& path) {
    constexpr std::size_t state_bytes_max = 64u << 20;
    if (path.empty()) return std::optional<Json>();
    PAWL_TRY(const std::string text, read_file(path, state_bytes_max));
    Result<Json> json = parse_json(text, {.bytes_max = state_bytes_max});
    if (json) return std::optional<Json>(std::move(*json));
    return Error{.code = diagnostic_code_text(DiagnosticCode::event_not_json),
                 .message = json.error().message};
}

Status run(const rules::Program& program, const NextOptions& options, Terminal& terminal) {
    const Zone zone = Zone::find(program.header.timezone).value_or(Zone::utc());
    PAWL_TRY(const simulation::ForecastOptions made, read_options(options, zone));
    if (!options.rule.empty()) {
        if (Status tells = simulation::check_tells_time(program, options.rule); !tells)
            return tells;
    }
    PAWL_TRY(const std::optional<Json> state, read_state(options.state));
    if (state) tell_unknown_zones(*state, program, terminal);
    std::unique_ptr<std::istream> events;
    if (!options.events.empty()) {
        PAWL_TRY(events, open_stream(options.events));
    }
    PAWL_TRY(const simulation::Forecast forecast,
             simulation::forecast(program, state ? &*state : nullptr, events.get(), made));
    if (options.json) {
        print_json(forecast, terminal.out);
    } else {
        print_table(forecast, made, zone, terminal.out);
    }
    terminal.out.flush();
    if (forecast.refused != 0) {
        terminal.complain(counted(forecast.refused, "line", "lines") +
                          " of the events did not go in; `pawl dry-run` tells why");
    }
    if (forecast.is_cut) {
        terminal.complain("these are the first " + std::to_string(forecast.firings.size()) +
                          "; --from " + moment_text(forecast.firings.back().at, zone) +
                          " shows what comes then, a RULE only what is of that one");
    }
    if (forecast.firings.empty()) explain_nothing(program, options, terminal);
    return Done{};
}

Exit exit_of_forecast(const Error& error) {
    return error.code == "no_time" || error.code == "not_live" ? Exit::no : Exit::usage;
}

}  // namespace

Exit next(const NextOptions& options, Terminal& terminal) {
    const Form form = options.json ? Form::json : Form::text;
    Exit exit = Exit::done;
    const std::optional<rules::Program> program = load_program(options.book, terminal, exit, form);
    if (!program) return exit;
    if (const Status done = run(*program, options, terminal); !done) {
        terminal.out.flush();
        return refuse(terminal, exit_of_forecast(done.error()), done.error(), options.state, form);
    }
    return Exit::done;
}

}  // namespace pawl::cli
