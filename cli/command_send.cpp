#include <algorithm>
#include <cstdint>
#include <istream>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "cli/command_options.h"
#include "cli/engine_client.h"
#include "cli/files.h"
#include "cli/load_rulebook.h"
#include "cli/progress.h"
#include "engine/input_reader.h"
#include "simulation/line_reader.h"

namespace pawl::cli {

namespace {

// Small enough to be taken in one go beside others, large enough that a round trip costs little.
constexpr std::size_t batch_lines_max = 500;
constexpr std::size_t batch_bytes_max = 1'000'000;

// What an item of `results` is, for the sums at the end.
enum class Fate : std::uint8_t { accepted, duplicate, refused };

std::optional<Fate> fate_of(const std::string& status) {
    if (status == "accepted") return Fate::accepted;
    if (status == "duplicate") return Fate::duplicate;
    if (status == "conflict" || status == "refused") return Fate::refused;
    return std::nullopt;
}

// A result with the line that it is of in the place of its index.
Json with_line(const Json& result, std::uint64_t line) {
    Json told;
    told.kind = JsonKind::object;
    Json number;
    number.kind = JsonKind::number;
    number.text = std::to_string(line);
    told.members.emplace_back("line", std::move(number));
    for (const JsonMember& member : result.members) {
        if (member.first != "index") told.members.push_back(member);
    }
    return told;
}

// "line 12: refused cb-6: `data.amount` is …"
std::string readable(const Json& result, std::uint64_t line) {
    std::string text = "line " + std::to_string(line) + ": " + text_member(result, "status");
    const std::string id = text_member(result, "id");
    if (!id.empty()) text += " " + quote_for_message(id);
    const std::string code = text_member(result, "code");
    if (!code.empty()) text += " " + code;
    const std::string message = text_member(result, "message");
    if (!message.empty()) text += ": " + message;
    return text;
}

Error no_results(const HttpClient& client) {
    return {.code = "no_pawl",
            .message = "what answers at " + client.url() +
                       " is no Pawl: its answer does not say what became of each event"};
}

// Sends a file batch by batch and tells of each line.
class Sender {
 public:
    Sender(const HttpClient& client, const SendOptions& options, Terminal& terminal)
        : client_(client), options_(options), terminal_(terminal) {}

    Status run(std::istream& events, Progress& progress) {
        simulation::LineReader lines(events, limits::event_bytes_max);
        while (std::optional<simulation::Line> line = lines.next()) {
            if (line->is_too_long) {
                if (Status sent = send(); !sent) return sent;
                tell_too_long(*line);
                continue;
            }
            const bool is_full = lines_.size() == batch_lines_max ||
                                 body_.size() + line->text.size() + 1 > batch_bytes_max;
            if (is_full) {
                if (Status sent = send(); !sent) return sent;
                if (events.good()) {
                    progress.show(
                        static_cast<std::uint64_t>(std::max<std::streamoff>(0, events.tellg())));
                }
            }
            lines_.push_back(line->number);
            body_ += line->text;
            body_ += '\n';
        }
        if (Status sent = send(); !sent) return sent;
        if (!lines.has_failed()) return Done{};
        return Error{.code = "unreadable",
                     .message = quote_for_message(options_.events, 200) + " cannot be read on"};
    }

    // How many of each; the last line.
    void sum_up() {
        if (!options_.json) {
            terminal_.out.write(std::to_string(accepted_) + " accepted, " +
                                counted(duplicates_, "duplicate", "duplicates") + ", " +
                                std::to_string(refused_) + " refused\n");
            return;
        }
        JsonWriter json;
        json.begin_object();
        for (const auto& [name, count] :
             {std::pair("accepted", accepted_), std::pair("duplicates", duplicates_),
              std::pair("refused", refused_)}) {
            json.key(name);
            json.integer(static_cast<std::int64_t>(count));
        }
        json.end_object();
        terminal_.out.write(json.text() + "\n");
    }

    bool has_refused() const { return refused_ != 0; }
    // The first line of which nothing is known.
    std::optional<std::uint64_t> open_line() const {
        return lines_.empty() ? std::nullopt : std::optional(lines_.front());
    }

 private:
    Status send() {
        if (lines_.empty()) return Done{};
        const std::string target =
            options_.wait.empty() ? "/api/events" : "/api/events?wait=" + options_.wait;
        const HttpRequest request{.method = "POST",
                                  .target = target,
                                  .body = body_,
                                  .content_type = "application/x-ndjson"};
        PAWL_TRY(const Json answer, ask_patiently(client_, request, pause, terminal_));
        const Json* results = answer.find("results");
        const bool fits = results != nullptr && results->kind == JsonKind::array &&
                          results->items.size() == lines_.size();
        if (!fits) return no_results(client_);
        for (std::size_t index = 0; index < lines_.size(); ++index) {
            if (!tell(results->items[index], lines_[index])) return no_results(client_);
        }
        lines_.clear();
        body_.clear();
        return Done{};
    }

    bool tell(const Json& result, std::uint64_t line) {
        const std::optional<Fate> fate = fate_of(text_member(result, "status"));
        if (!fate) return false;
        if (*fate == Fate::accepted) ++accepted_;
        if (*fate == Fate::duplicate) ++duplicates_;
        if (*fate == Fate::refused) ++refused_;
        if (options_.json) {
            terminal_.out.write(write_json(with_line(result, line)) + "\n");
        } else if (*fate == Fate::refused) {
            terminal_.out.write(readable(result, line) + "\n");
        }
        return true;
    }

    // It would be refused by the engine in the same words; a megabyte need not travel for it.
    void tell_too_long(const simulation::Line& line) {
        const engine::ReadInput read = engine::InputReader::too_large(line.bytes);
        const auto& refused = std::get<engine::Refused>(read.form);
        JsonWriter json;
        json.begin_object();
        json.member("status", "refused");
        json.member("code", refused.code);
        json.member("message", refused.message);
        json.end_object();
        tell(*parse_json(json.text()), line.number);
    }

    const HttpClient& client_;
    const SendOptions& options_;
    Terminal& terminal_;
    std::vector<std::uint64_t> lines_;  // of the batch that is being filled
    std::string body_;
    std::uint64_t accepted_ = 0, duplicates_ = 0, refused_ = 0;
};

}  // namespace

Exit send(const SendOptions& options, Terminal& terminal) {
    if (!options.wait.empty() && options.wait != "processed") {
        return refuse(
            terminal, Exit::usage,
            "`--wait` is " + quote_for_message(options.wait) + ", where `processed` is due");
    }
    const Result<HttpClient> client = HttpClient::make(options.engine);
    if (!client) return refuse(terminal, exit_of(client.error()), client.error().message);
    const auto events = open_stream(options.events);
    if (!events) return refuse(terminal, Exit::usage, events.error().message);
    Progress progress(terminal, size_of(options.events));
    Sender sender(*client, options, terminal);
    const Status done = sender.run(**events, progress);
    if (done || sender.open_line() != std::optional<std::uint64_t>(1)) sender.sum_up();
    if (done) return sender.has_refused() ? Exit::no : Exit::done;
    terminal.out.flush();
    std::string message = done.error().message;
    if (const auto line = sender.open_line()) {
        message +=
            "; from line " + std::to_string(*line) +
            " on nothing is known: what is sent again is told as a duplicate where it went in";
    }
    return refuse(terminal, exit_of(done.error()), message);
}

}  // namespace pawl::cli
