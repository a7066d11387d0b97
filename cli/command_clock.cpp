#include <cstdlib>
#include <string>

#include "base/json.h"
#include "base/time.h"
#include "cli/book_times.h"
#include "cli/command_options.h"
#include "cli/engine_client.h"

namespace pawl::cli {

namespace {

// "26h14min"
std::string length_text(const std::string& seconds) {
    const long long length = std::llabs(std::atoll(seconds.c_str()));
    const std::int64_t minutes = length / 60;
    return format_duration({0, 0, minutes * 60 * micros_per_second});
}

// On the clock of the rulebook's zone; as it was told where it is none of the calendar.
std::string local_text(const std::string& instant, const Zone& zone) {
    const auto at = parse_instant(instant);
    return at ? zone.format(*at) : instant;
}

std::string clock_text(const Json& clock, const Zone& zone) {
    const std::string now = local_text(text_member(clock, "now"), zone) + " (" + zone.name() + ")";
    const Json* jump = clock.find("jump_seconds");
    if (jump == nullptr) return "the engine goes by the machine's clock: " + now + "\n";
    const bool is_behind = jump->text.starts_with('-');
    const std::string machine = text_member(clock, "machine");
    return "the engine goes by " + now + "\nthe machine's clock " +
           (machine.empty() ? "is" : "says " + local_text(machine, zone) + ",") + " " +
           length_text(jump->text) + (is_behind ? " behind" : " ahead") +
           ": it is not believed until `pawl clock accept`\n";
}

Status run(const ClockOptions& options, Terminal& terminal) {
    PAWL_TRY(const HttpClient client, HttpClient::make(options.engine));
    const HttpRequest request = options.accept
                                    ? HttpRequest{.method = "POST", .target = "/api/clock/accept"}
                                    : HttpRequest{.target = "/api/clock"};
    PAWL_TRY(const Json clock, ask_engine(client, request));
    if (options.json) {
        terminal.out.write(write_json(clock) + "\n");
        return Done{};
    }
    PAWL_TRY(const BookTimes times, BookTimes::ask(client));
    const Json* accepted = clock.find("accepted");
    if (accepted != nullptr) {
        terminal.out.write(accepted->boolean ? "the machine's clock is accepted\n"
                                             : "the machine's clock was believed already\n");
    }
    terminal.out.write(clock_text(clock, times.zone()));
    return Done{};
}

}  // namespace

Exit clock(const ClockOptions& options, Terminal& terminal) {
    const Status done = run(options, terminal);
    if (done) return Exit::done;
    terminal.out.flush();
    return refuse(terminal, exit_of(done.error()), done.error().message);
}

}  // namespace pawl::cli
