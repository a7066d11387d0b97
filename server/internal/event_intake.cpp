#include "server/internal/event_intake.h"

#include <charconv>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/diagnostic.h"
#include "base/json.h"
#include "base/text.h"
#include "server/internal/binary_event.h"
#include "server/internal/split_events.h"

namespace pawl::server::internal {

using engine::Admission;
using engine::Receipt;
using engine::ReceiptStatus;
using engine::WaitFor;

namespace {

// Small enough that the engine's queue takes or refuses a batch as it would each of its requests.
constexpr std::size_t batch_inputs_max = 64;
constexpr std::size_t batch_bytes_max = 256u << 10;

std::string_view status_text(ReceiptStatus status) {
    switch (status) {
        case ReceiptStatus::accepted: return "accepted";
        case ReceiptStatus::duplicate: return "duplicate";
        case ReceiptStatus::conflict: return "conflict";
        case ReceiptStatus::refused: return "refused";
    }
    return "";
}

void append_member(std::string& out, std::string_view name, std::string_view value) {
    if (value.empty()) return;
    out += ",\"";
    out += name;
    out += "\":";
    append_json_string(out, value);
}

void append_result(std::string& out, std::size_t index, const Receipt& receipt) {
    char digits[24];
    const auto written = std::to_chars(digits, digits + sizeof digits, index);
    out += index == 0 ? "{\"index\":" : ",{\"index\":";
    out.append(digits, written.ptr);
    append_member(out, "id", receipt.id);
    out += ",\"status\":\"";
    out += status_text(receipt.status);
    out += '"';
    append_member(out, "code", receipt.code);
    append_member(out, "field", receipt.field);
    append_member(out, "message", receipt.message);
    out += '}';
}

Receipt refusal_of(const std::string& trouble) {
    Receipt receipt;
    receipt.status = ReceiptStatus::refused;
    receipt.code = diagnostic_code_text(DiagnosticCode::event_not_json);
    receipt.message = trouble;
    return receipt;
}

// `wait=processed`, or why not.
std::optional<Response> read_wait(const Parameters& parameters, WaitFor& wait) {
    for (const auto& [name, value] : parameters) {
        if (name != "wait" || value != "processed") {
            return error_response(400, "bad_parameter",
                                  quote_for_message(name + "=" + value) +
                                      " means nothing here; `wait=processed` may be given");
        }
        wait = WaitFor::turn;
    }
    return std::nullopt;
}

Response refusal_of(Admission admission, std::size_t inputs) {
    switch (admission) {
        case Admission::full:
            return retry_response(429, "queue_full",
                                  "the engine's queue is full; try again in a second");
        case Admission::waiting:
            return retry_response(503, "waiting_for_disk",
                                  "the engine waits for its disk, and can keep nothing now");
        case Admission::stopping: return retry_response(503, "stopping", "the engine is stopping");
        case Admission::too_large:
        case Admission::taken: break;
    }
    return error_response(413, "too_large",
                          std::to_string(inputs) +
                              " events at once are more than the engine ever queues; send them in "
                              "parts");
}

}  // namespace

EventIntake::EventIntake(engine::Runtime& runtime, std::shared_ptr<Mailbox> mailbox, Doors doors)
    : runtime_(runtime), mailbox_(std::move(mailbox)), doors_(std::move(doors)) {}

void EventIntake::take(Connection& connection) {
    Request& request = connection.request();
    WaitFor wait = WaitFor::append;
    if (const auto refused = read_wait(connection.target.parameters, wait))
        return connection.answer(*refused);

    std::vector<std::string> texts;
    std::string trouble;
    if (!request.event_attributes.empty()) {
        Result<std::string> event = event_of_binary_mode(request);
        if (!event) {
            return connection.answer(
                error_response(400, event.error().code, event.error().message));
        }
        texts.push_back(std::move(*event));
    } else if (is_blank(request.body)) {
        return connection.answer(
            error_response(400, "empty_body", "the request has no body; an event is due"));
    } else {
        SplitEvents split =
            split_events(request.body, request.is_ndjson ? BodyForm::lines : BodyForm::any);
        trouble = std::move(split.trouble);
        texts.reserve(split.texts.size());
        if (split.texts.size() == 1 && split.texts.front().size() == request.body.size()) {
            texts.push_back(std::move(request.body));
        } else {
            for (const std::string_view text : split.texts) texts.emplace_back(text);
        }
    }
    add(connection, std::move(texts), std::move(trouble), wait);
}

void EventIntake::add(Connection& connection, std::vector<std::string> texts, std::string trouble,
                      WaitFor wait) {
    if (texts.empty()) {  // `[]`, or an array that is broken from the start
        results_.body = "{\"results\":[";
        if (!trouble.empty()) append_result(results_.body, 0, refusal_of(trouble));
        results_.body += "]}";
        return connection.answer(results_);
    }
    std::size_t bytes = 0;
    for (const std::string& text : texts) bytes += text.size();
    Batch& open = open_[static_cast<std::size_t>(wait)];
    if (!open.askers.empty() && (open.inputs.size() + texts.size() > batch_inputs_max ||
                                 open.bytes + bytes > batch_bytes_max)) {
        submit(open, wait);
    }
    open.askers.push_back({connection.id(), texts.size(), std::move(trouble)});
    open.bytes += bytes;
    for (std::string& text : texts) open.inputs.push_back(std::move(text));
    if (!std::exchange(is_flush_due_, true)) doors_.flush_soon();
}

void EventIntake::flush() {
    is_flush_due_ = false;
    submit(open_[0], WaitFor::append);
    submit(open_[1], WaitFor::turn);
}

void EventIntake::submit(Batch& batch, WaitFor wait) {
    if (batch.askers.empty()) return;
    const BatchId id = next_batch_++;
    Batch leaving = std::move(batch);
    batch = {};
    batch.inputs.reserve(leaving.inputs.size());
    const Admission admission = runtime_.submit(
        std::move(leaving.inputs), wait, [mailbox = mailbox_, id](std::vector<Receipt> receipts) {
            mailbox->put_receipts(id, std::move(receipts));
        });
    if (admission == Admission::taken) {
        submitted_.emplace(id, std::move(leaving.askers));
    } else {
        refuse(leaving, admission);
    }
}

void EventIntake::refuse(const Batch& batch, Admission admission) {
    // Together they were too many for a tiny queue; each alone is not.
    if (admission == Admission::too_large && batch.askers.size() > 1) admission = Admission::full;
    for (const Asker& asker : batch.askers) {
        if (const std::shared_ptr<Connection> connection = doors_.find(asker.connection))
            connection->answer(refusal_of(admission, asker.events));
    }
}

void EventIntake::deliver(BatchId id, const std::vector<Receipt>& receipts) {
    const auto found = submitted_.find(id);
    PAWL_CHECK(found != submitted_.end());
    const std::vector<Asker> askers = std::move(found->second);
    submitted_.erase(found);
    std::size_t next = 0;
    for (const Asker& asker : askers) {
        const std::size_t first = next;
        next += asker.events;
        PAWL_CHECK(next <= receipts.size());
        const std::shared_ptr<Connection> connection = doors_.find(asker.connection);
        if (connection == nullptr) continue;
        std::string& out = results_.body;
        out = "{\"results\":[";
        for (std::size_t i = first; i < next; ++i) append_result(out, i - first, receipts[i]);
        if (!asker.trouble.empty()) append_result(out, asker.events, refusal_of(asker.trouble));
        out += "]}";
        connection->answer(results_);
    }
    PAWL_CHECK(next == receipts.size());
}

}  // namespace pawl::server::internal
