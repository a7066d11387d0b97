#include <ctime>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/command_options.h"
#include "cli/files.h"
#include "cli/happening_log.h"
#include "cli/listen_address.h"
#include "cli/load_rulebook.h"
#include "cli/moments.h"
#include "cli/stop_signals.h"
#include "engine/runtime.h"
#include "engine/state_zones.h"
#include "engine/store/sqlite_store.h"
#include "server/server.h"
#include "simulation/answers.h"

namespace pawl::cli {

namespace {

constexpr std::size_t state_bytes_max = 256u << 20;
constexpr std::size_t token_bytes_max = 4'096;
constexpr std::size_t token_bytes_min = 8;

Result<std::string> read_token(const ServeOptions& options) {
    std::string token = options.token;
    if (!options.token_file.empty()) {
        PAWL_TRY(const std::string text, read_file(options.token_file, token_bytes_max));
        token = trim(text);
        if (token.empty()) {
            return Error{.code = "usage",
                         .message = quote_for_message(options.token_file, 200) +
                                    " is empty, where a token is due"};
        }
    }
    if (!token.empty() && token.size() < token_bytes_min) {
        return Error{.code = "usage",
                     .message = "the token is too short to be one: at least " +
                                std::to_string(token_bytes_min) + " characters are due"};
    }
    const bool is_sendable = std::all_of(
        token.begin(), token.end(), [](unsigned char each) { return each > ' ' && each < 0x7f; });
    if (is_sendable) return token;
    return Error{.code = "usage",
                 .message = "the token holds a space, a line break or a letter beyond ASCII"};
}

Status begin_log(const ServeOptions& options) {
    log::Options made;
    if (options.log == "json") {
        made.format = log::Format::json;
    } else if (options.log != "text") {
        return wrong_option("--log", options.log, "`text` or `json`");
    }
    const std::optional<log::Level> level = log::find_level(options.log_level);
    if (!level) {
        return wrong_option("--log-level", options.log_level, "`error`, `warn`, `info` or `debug`");
    }
    made.level = *level;
    made.file = options.log_file;
    return log::configure(std::move(made));
}

Result<std::optional<Json>> read_state(const std::string& path) {
    if (path.empty()) return std::optional<Json>();
    PAWL_TRY(const std::string text, read_file(path, state_bytes_max));
    Result<Json> json = parse_json(text, {.bytes_max = state_bytes_max});
    if (json) return std::optional<Json>(std::move(*json));
    return Error{.code = "usage",
                 .message = quote_for_message(path, 200) + ": " + json.error().message};
}

Status read_answers(const ServeOptions& options, simulation::Answers& answers) {
    if (options.answers.empty()) return Done{};
    if (!options.simulate) {
        return Error{.code = "usage",
                     .message = "`--answers` is for `--simulate`: else the services answer"};
    }
    const auto lines = open_stream(options.answers);
    if (!lines) return lines.error();
    if (Status loaded = answers.load(**lines); !loaded) {
        return Error{
            .code = "usage",
            .message = quote_for_message(options.answers, 200) + ": " + loaded.error().message};
    }
    return Done{};
}

// Counts on while the machine sleeps, so that a laptop that is opened in the morning has no clock
// that jumped.
std::int64_t micros_since_boot() {
    ::timespec time{};
    ::clock_gettime(CLOCK_BOOTTIME, &time);
    return time.tv_sec * micros_per_second + time.tv_nsec / 1'000;
}

// The engine cannot go on: whoever runs it starts it again, and it takes up what is on disk.
[[noreturn]] void end_failed(const Error& error, Output& err) {
    log::write(log::Level::error, "the store failed; nothing more is kept",
               {{"code", error.code}, {"reason", error.message}});
    err.write("pawl: the store failed: " + error.message + "\n");
    err.flush();
    std::_Exit(static_cast<int>(Exit::failed));
}

Exit exit_of_store(const Error& error) {
    if (error.code == "schema") return Exit::no;
    if (error.code == "damaged" || error.code == "full") return Exit::failed;
    return Exit::usage;
}

// An engine from its start to its end.
class Service {
 public:
    Service(rules::Program& program, const ServeOptions& options, Terminal& terminal)
        : program_(program), options_(options), terminal_(terminal), answers_(program) {}

    // All that can be wrong with what was asked, before anything is made.
    Status prepare() {
        PAWL_TRY(address_, read_listen_address(options_.listen));
        PAWL_TRY(token_, read_token(options_));
        PAWL_TRY(state_, read_state(options_.state));
        if (Status read = read_answers(options_, answers_); !read) return read;
        const Token token = token_.empty() ? Token::none : Token::asked;
        if (Status free = check_can_listen(address_, token); !free) return free;
        return begin_log(options_);
    }

    Exit run() {
        StopSignals signals;
        auto store = engine::open_sqlite_store(options_.data);
        engine::RuntimeOptions runtime_with = runtime_options();
        Status opened = store ? open(**store, runtime_with) : Status(store.error());
        if (!opened) {
            return refuse(terminal_, exit_of_store(opened.error()), opened.error().message);
        }
        const auto runtime = engine::Runtime::start(program_, **store, std::move(runtime_with));
        const Exit exit = serve_with(*runtime, **store, signals);
        runtime->stop();
        if (exit == Exit::done) log::write(log::Level::info, "stopped");
        return exit;
    }

 private:
    // Runs that wait go on with the text with which they began.
    Status open(engine::SqliteStore& store, engine::RuntimeOptions& runtime_with) {
        PAWL_TRY(engine::FormerTexts former, store.take_former_texts(program_));
        for (const std::string& sentence : former.lost) log::write(log::Level::warn, sentence);
        runtime_with.former = std::move(former.texts);
        return store.open(program_);
    }

    engine::RuntimeOptions runtime_options() {
        engine::RuntimeOptions made;
        made.clock = machine_now;
        made.steady_clock = micros_since_boot;
        if (options_.simulate) {
            made.answer = [this](const engine::OutgoingCall& call, rules::Records& records) {
                return std::optional(answers_.answer(call, records).input);
            };
        }
        made.on_happening = [this](const std::string& json, const engine::Happening& happening) {
            happenings_.tell(json, happening);
        };
        made.wants_json = HappeningLog::is_written;
        made.on_refused = [](const engine::Receipt& receipt) {
            log::write(log::Level::warn, "refused",
                       {{"event", receipt.id},
                        {"code", receipt.code},
                        {"field", receipt.field},
                        {"reason", receipt.message}});
        };
        made.on_fatal = [this](const Error& error) { end_failed(error, terminal_.err); };
        return made;
    }

    Exit serve_with(engine::Runtime& runtime, engine::SqliteStore& store, StopSignals& signals) {
        if (state_) {
            const Status loaded = runtime.load_state(*state_);
            if (!loaded && loaded.error().code == "used") {
                log::write(log::Level::info, "state passed over",
                           {{"file", options_.state}, {"reason", loaded.error().message}});
            } else if (!loaded) {
                return refuse(
                    terminal_, Exit::usage,
                    quote_for_message(options_.state, 200) + ": " + loaded.error().message);
            }
            if (loaded)
                for (const std::string& unknown : engine::unknown_zones(*state_, program_))
                    log::write(log::Level::warn, "time zone",
                               {{"file", options_.state}, {"reason", unknown}});
            state_.reset();  // it is in the store
        }
        const auto server = server::Server::start(program_, runtime, store, server_options());
        if (!server) return refuse(terminal_, Exit::usage, server.error().message);
        const std::string listening = address_.text_with((*server)->port());
        log::write(log::Level::info, "ready",
                   {{"listening", listening},
                    {"rulebook", program_.header.name},
                    {"data", options_.data},
                    {"token", token_.empty() ? "none" : "asked for"},
                    {"effects", options_.simulate ? "simulated" : "waiting"}});
        JsonWriter line;
        line.begin_object();
        line.member("listening", listening);
        line.end_object();
        terminal_.out.write(line.text() + "\n");
        terminal_.out.flush();
        const std::string signal = wait_for_signal(runtime, signals);
        log::write(log::Level::info, "stopping", {{"signal", signal}});
        (*server)->stop();
        return Exit::done;
    }

    // Tells meanwhile when nothing can be kept, and when it can again.
    static std::string wait_for_signal(const engine::Runtime& runtime, StopSignals& signals) {
        bool was_waiting = false;
        for (;;) {
            if (auto signal = signals.wait(std::chrono::seconds(1))) return *signal;
            const bool is_waiting = runtime.stats().is_waiting_for_disk;
            if (is_waiting == was_waiting) continue;
            was_waiting = is_waiting;
            if (is_waiting) {
                log::write(log::Level::error,
                           "the disk takes nothing more; events are answered with 503 until it "
                           "does");
            } else {
                log::write(log::Level::info, "the disk takes what is written again");
            }
        }
    }

    server::ServerOptions server_options() const {
        server::ServerOptions made;
        made.host = address_.host;
        made.port = address_.port;
        made.token = token_;
        return made;
    }

    rules::Program& program_;  // nobody reads it before it is whole
    const ServeOptions& options_;
    Terminal& terminal_;
    simulation::Answers answers_;  // the core's thread's, once the runtime has begun
    HappeningLog happenings_;      // the writer's thread's
    ListenAddress address_;
    std::string token_;
    std::optional<Json> state_;
};

}  // namespace

Exit serve(const ServeOptions& options, Terminal& terminal) {
    Exit exit = Exit::done;
    std::optional<rules::Program> program = load_program(options.book, terminal, exit);
    if (!program) return exit;
    Service service(*program, options, terminal);
    if (const Status prepared = service.prepare(); !prepared) {
        return refuse(terminal, Exit::usage, prepared.error().message);
    }
    return service.run();
}

}  // namespace pawl::cli
