#include "engine/internal/state_runs.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "base/diagnostic.h"
#include "base/limits.h"
#include "base/text.h"
#include "engine/internal/journey_rows.h"
#include "engine/internal/waits.h"
#include "engine/store/run_codec.h"
#include "rules/event_reader.h"

namespace pawl::engine {

using rules::Opcode;
using rules::Value;
using rules::WaitKind;

namespace {

constexpr std::string_view digits = "0123456789abcdef";
constexpr std::int64_t number_max = std::int64_t{1} << 60;  // more is nobody's count

Error misshapen(const std::string& place, const std::string& message) {
    return {diagnostic_code_text(DiagnosticCode::state_misshapen), "`" + place + "`: " + message};
}

// A run names its units by bytes that are no text.
std::string to_hex(std::string_view bytes) {
    std::string hex;
    hex.reserve(2 * bytes.size());
    for (const char byte : bytes) {
        const auto value = static_cast<unsigned char>(byte);
        hex += digits[value >> 4];
        hex += digits[value & 15];
    }
    return hex;
}

std::optional<std::string> from_hex(std::string_view hex) {
    if (hex.size() % 2 != 0) return std::nullopt;
    std::string bytes;
    bytes.reserve(hex.size() / 2);
    for (std::size_t i = 0; i < hex.size(); i += 2) {
        const auto high = digits.find(hex[i]), low = digits.find(hex[i + 1]);
        if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
        bytes += static_cast<char>(high << 4 | low);
    }
    return bytes;
}

bool is_secret(const Value& value) {
    if (value.kind() == rules::Kind::secret) return true;
    const auto any = [](const std::vector<Value>& items) {
        return std::any_of(items.begin(), items.end(), is_secret);
    };
    if (value.kind() == rules::Kind::list) return any(value.as_list());
    return value.kind() == rules::Kind::record && any(value.as_record());
}

// ---- What may be taken ------------------------------------------------------------------------

// Whether a frame stands behind an instruction at which a run may stand still.
bool stands(const rules::Frame& frame, const rules::Program& program, auto&& may_stand) {
    const rules::Unit& unit = program.units[frame.unit];
    if (frame.locals.size() > unit.local_count || frame.instruction == 0 ||
        frame.instruction > unit.code.size())
        return false;
    return may_stand(unit, unit.code[frame.instruction - 1]);
}

bool stands_at_its_wait(const StoredRun& run, const rules::Program& program) {
    const rules::Frame& frame = run.frames.back();
    const rules::Unit& unit = program.units[frame.unit];
    // A `try` that is tried again stands before its body.
    if (run.state == RunState::waiting && run.wait.kind == WaitKind::retry)
        return frame.locals.size() <= unit.local_count && frame.instruction < unit.code.size() &&
               unit.code[frame.instruction].op == Opcode::try_begin;
    return stands(frame, program, [&](const rules::Unit& of, const rules::Instruction& at) {
        if (run.state == RunState::calling)
            return at.op == Opcode::call_service && at.b == run.call.action;
        switch (run.wait.kind) {
            case WaitKind::time: return at.op == Opcode::wait || at.op == Opcode::wait_until;
            case WaitKind::event:
                return at.op == Opcode::wait_for && at.b == run.wait.wait_for &&
                       run.wait.wait_for < of.waits.size();
            case WaitKind::answer: return at.op == Opcode::ask;
            case WaitKind::retry: break;
        }
        return false;
    });
}

// The program is verified, and so is every place in it at which a run may go on: one that stands
// elsewhere was not written by an engine with this program.
bool is_sound(const StoredRun& run, const rules::Program& program) {
    if (run.number <= 0 || run.number > number_max || run.row <= 0 || run.row > number_max ||
        run.intents > limits::advance_instructions_max)
        return false;
    if (run.state == RunState::waiting && !run.timer) return false;
    if (run.timer && (run.timer->number <= 0 || run.timer->number > number_max)) return false;
    if (run.is_stale()) return true;
    if (run.frames.empty() || run.frames.size() > limits::cascade_depth_max + 1) return false;
    for (std::size_t i = 0; i + 1 < run.frames.size(); ++i)
        if (!stands(run.frames[i], program, [](const rules::Unit&, const rules::Instruction& at) {
                return at.op == Opcode::run_flow;
            }))
            return false;
    if (!stands_at_its_wait(run, program)) return false;
    if (run.state == RunState::calling)
        return run.call.arguments.size() == program.actions[run.call.action].parameters.size();
    return std::all_of(run.overtaking.begin(), run.overtaking.end(),
                       [&](const OvertakingEvent& each) {
                           return each.fields.kind() == rules::Kind::record &&
                                  each.fields.as_record().size() ==
                                      program.schema.events[each.event].fields.size();
                       });
}

}  // namespace

// ---- Runs -------------------------------------------------------------------------------------

bool holds_secret(const StoredRun& run) {
    const auto any = [](const std::vector<Value>& values) {
        return std::any_of(values.begin(), values.end(), is_secret);
    };
    for (const rules::Frame& frame : run.frames)
        if (any(frame.locals)) return true;
    for (const OvertakingEvent& each : run.overtaking)
        if (is_secret(each.fields)) return true;
    return any(run.call.arguments) || is_secret(run.call.idempotency_key);
}

std::string run_json(const StoredRun& run, const rules::Program& program) {
    JsonWriter json;
    json.begin_object();
    json.member("run", run_name(run.number));
    if (!run.is_stale()) json.member("rule", program.units[run.frames.front().unit].id);
    if (run.timer) json.member("due", format_instant(run.timer->due));
    json.member("state", to_hex(encode_run(run, program)));
    json.end_object();
    return json.take();
}

Status restore_run(Turn& turn, const std::string& place, const Json& json) {
    const Json* state = json.kind == JsonKind::object ? json.find("state") : nullptr;
    if (state == nullptr || state->kind != JsonKind::string)
        return misshapen(place, "an object is due, with a run as `state`");
    Context& context = turn.context();
    const auto bytes = from_hex(state->text);
    auto run = bytes ? decode_run(*bytes, context.program) : std::nullopt;
    if (!run || !is_sound(*run, context.program))
        return misshapen(
            place + ".state",
            "an engine with this rulebook has not written that; export the state again");
    if (turn.layer().run(run->number) != nullptr)
        return misshapen(place + ".state", "there are two runs " + run_name(run->number));
    Counters& counters = context.counters;
    counters.next_run = std::max(counters.next_run, run->number + 1);
    counters.next_key = std::max(counters.next_key, run->row + 1);
    counters.next_timer = std::max(counters.next_timer, run->stands_since);
    if (run->timer) counters.next_timer = std::max(counters.next_timer, run->timer->number + 1);
    Waits(turn).restore(std::move(*run));
    return Done{};
}

// ---- Steps of journeys ------------------------------------------------------------------------

std::string step_json(rules::RecordKey key, const rules::Record& row,
                      const rules::Program& program) {
    // A step names no record by its key.
    class None final : public rules::Records {
     public:
        rules::RecordPointer get(rules::Reference) override { return nullptr; }
        std::unique_ptr<rules::RecordCursor> scan(const rules::ScanRequest&) override {
            return nullptr;
        }
    } none;
    const auto& fields = program.schema.entities[rules::entity_scheduled_step].fields;
    JsonWriter json;
    json.begin_object();
    json.key("key");
    json.integer(key);
    for (std::size_t i = 0; i < fields.size(); ++i) {
        if (row.fields[i].is_missing()) continue;
        json.key(fields[i].name);
        rules::append_value_json(json, row.fields[i], program, none);
    }
    json.end_object();
    return json.take();
}

Status restore_step(Turn& turn, const std::string& place, const Json& json) {
    if (json.kind != JsonKind::object)
        return misshapen(place, "an object is due, a journey's step");
    Context& context = turn.context();
    const auto& fields = context.program.schema.entities[rules::entity_scheduled_step].fields;
    auto row = std::make_shared<rules::Record>();
    row->fields.resize(fields.size());
    LayerLookup lookup(turn.layer());
    std::int64_t key = 0;
    for (const auto& [name, value] : json.members) {
        if (name == "key") {
            const char* end = value.text.data() + value.text.size();
            const auto [at, error] = std::from_chars(value.text.data(), end, key);
            if (value.kind != JsonKind::number || error != std::errc{} || at != end) key = 0;
            continue;
        }
        const auto field = rules::find_field(fields, name);
        if (!field) return misshapen(place, "a step has no " + quote_for_message(name));
        if (const auto refusal =
                rules::value_from_json(value, fields[*field].type, context.program, lookup,
                                       place + "." + name, row->fields[*field]))
            return Error{refusal->code, "`" + refusal->field + "`: " + refusal->message};
    }
    for (std::size_t i = 0; i < fields.size(); ++i)
        if (row->fields[i].is_missing() && !context.program.schema.type(fields[i].type).optional)
            return misshapen(place, "`" + fields[i].name + "` needs a value and has none");
    const rules::Reference reference{rules::entity_scheduled_step, key};
    if (key <= 0 || key > number_max || turn.layer().get(reference) != nullptr)
        return misshapen(place + ".key", "a whole number is due, of no other step");
    context.counters.next_key = std::max(context.counters.next_key, key + 1);
    turn.layer().create(reference, std::move(row));
    return Done{};
}

}  // namespace pawl::engine
