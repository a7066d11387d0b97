#include "engine/store/run_codec_first.h"

#include <charconv>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "engine/store/value_key.h"

namespace pawl::engine {

using rules::Value;

namespace {

// Anything that is not as it was written makes it fail for good.
class Reader {
 public:
    explicit Reader(const rules::Schema& schema) : schema_(schema) {}

    template <class Number>
    void number(const Json& object, std::string_view name, Number& out) {
        const Json* found = object.find(name);
        if (found == nullptr) return;
        const char* end = found->text.data() + found->text.size();
        const auto [at, error] = std::from_chars(found->text.data(), end, out);
        if (found->kind != JsonKind::number || error != std::errc{} || at != end) is_good = false;
    }
    void text(const Json& object, std::string_view name, std::string& out) {
        const Json* found = object.find(name);
        if (found == nullptr) return;
        if (found->kind != JsonKind::string) is_good = false;
        out = found->text;
    }
    void value(const Json& object, std::string_view name, Value& out) {
        if (const Json* found = object.find(name)) out = decoded(*found);
    }
    void values(const Json& object, std::string_view name, std::vector<Value>& out) {
        const Json* found = object.find(name);
        if (found == nullptr) return;
        if (found->kind != JsonKind::array) is_good = false;
        for (const Json& item : found->items) out.push_back(decoded(item));
    }
    void frames(const Json& object, std::vector<rules::Frame>& out) {
        const Json* found = object.find("frames");
        if (found == nullptr || found->kind != JsonKind::array) {
            is_good = false;
            return;
        }
        for (const Json& item : found->items) {
            rules::Frame& frame = out.emplace_back();
            number(item, "unit", frame.unit);
            number(item, "instruction", frame.instruction);
            values(item, "locals", frame.locals);
        }
    }

    bool is_good = true;

 private:
    Value decoded(const Json& json) {
        auto value = json.kind == JsonKind::string ? decode_value(json.text, schema_)
                                                   : std::optional<Value>();
        if (value) return std::move(*value);
        is_good = false;
        return Value();
    }

    const rules::Schema& schema_;
};

void find_places(StoredRun& run, const rules::Program& program) {
    for (rules::Frame& frame : run.frames) {
        if (frame.unit < program.units.size() &&
            frame.instruction <= program.units[frame.unit].code.size())
            continue;
        run.stale_unit = "unit " + std::to_string(frame.unit);
        frame.unit = 0;
    }
    if (run.rule >= program.rules.size()) run.rule = 0;  // a flow's says nothing
    if (run.calling == 0 || run.call.action < program.actions.size()) return;
    run.stale_unit = "action " + std::to_string(run.call.action);
    run.call.action = 0;
}

}  // namespace

std::optional<StoredRun> decode_run_of_first_release(std::string_view text,
                                                     const rules::Program& program) {
    // Bounded already by what a run may hold.
    const auto json = parse_json(text, {.bytes_max = text.size()});
    if (!json || json->kind != JsonKind::object) return std::nullopt;
    Reader in(program.schema);
    StoredRun run;
    Value requester;
    int is_flow = 0;
    in.number(*json, "number", run.number);
    in.number(*json, "rule", run.rule);
    in.number(*json, "firing", run.firing.micros);
    in.number(*json, "intents", run.intents);
    in.number(*json, "depth", run.depth);
    in.frames(*json, run.frames);
    in.number(*json, "row", run.row);
    in.number(*json, "calling", run.calling);
    in.number(*json, "action", run.call.action);
    in.values(*json, "arguments", run.call.arguments);
    in.value(*json, "idempotency_key", run.call.idempotency_key);
    in.text(*json, "entity", run.entity);
    in.text(*json, "trigger", run.trigger);
    in.value(*json, "requester", requester);
    in.text(*json, "requester_name", run.requester_name);
    in.text(*json, "once_key", run.once_key);
    in.number(*json, "effect", run.effect);
    in.number(*json, "is_flow", is_flow);
    run.is_flow = is_flow != 0;
    if (requester.kind() == rules::Kind::reference)
        run.requester = requester.as_reference();
    else if (!requester.is_missing())
        return std::nullopt;
    if (!in.is_good) return std::nullopt;
    find_places(run, program);
    return run;
}

}  // namespace pawl::engine
