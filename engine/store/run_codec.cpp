#include "engine/store/run_codec.h"

#include <charconv>
#include <utility>
#include <vector>

#include "base/json.h"
#include "engine/store/value_key.h"

namespace pawl::engine {

using rules::Value;

namespace {

// The form is an object; what is empty or zero is left out, since runs are many and mostly plain.
class Writer {
 public:
    explicit Writer(const rules::Schema& schema) : schema_(schema) { json_.begin_object(); }

    void number(std::string_view name, std::int64_t value) {
        if (value == 0) return;
        json_.key(name);
        json_.integer(value);
    }
    void text(std::string_view name, const std::string& value) {
        if (!value.empty()) json_.member(name, value);
    }
    void value(std::string_view name, const Value& value) {
        if (!value.is_missing()) json_.member(name, encode_value(value, schema_));
    }
    void values(std::string_view name, const std::vector<Value>& values) {
        if (values.empty()) return;
        json_.key(name);
        json_.begin_array();
        for (const Value& each : values) json_.string(encode_value(each, schema_));
        json_.end_array();
    }
    void frames(const std::vector<rules::Frame>& frames) {
        json_.key("frames");
        json_.begin_array();
        for (const rules::Frame& frame : frames) {
            json_.begin_object();
            number("unit", frame.unit);
            number("instruction", frame.instruction);
            values("locals", frame.locals);
            json_.end_object();
        }
        json_.end_array();
    }
    std::string take() {
        json_.end_object();
        return json_.take();
    }

 private:
    const rules::Schema& schema_;
    JsonWriter json_;
};

// Reads what Writer wrote; anything else makes it fail for good.
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

}  // namespace

std::string encode_run(const StoredRun& run, const rules::Schema& schema) {
    // Names every member, so that one that is added and forgotten here does not compile.
    const auto& [number, rule, firing, intents, depth, frames, row, calling, call, entity, trigger,
                 requester, requester_name, once_key, effect, is_flow] = run;
    Writer out(schema);
    out.number("number", number);
    out.number("rule", rule);
    out.number("firing", firing.micros);
    out.number("intents", intents);
    out.number("depth", depth);
    out.frames(frames);
    out.number("row", row);
    out.number("calling", calling);
    out.number("action", call.action);
    out.values("arguments", call.arguments);
    out.value("idempotency_key", call.idempotency_key);
    out.text("entity", entity);
    out.text("trigger", trigger);
    if (requester) out.value("requester", Value::reference(*requester));
    out.text("requester_name", requester_name);
    out.text("once_key", once_key);
    out.number("effect", effect);
    out.number("is_flow", is_flow ? 1 : 0);
    return out.take();
}

std::optional<StoredRun> decode_run(std::string_view text, const rules::Schema& schema) {
    // Bounded already by what a run may hold.
    const auto json = parse_json(text, {.bytes_max = text.size()});
    if (!json || json->kind != JsonKind::object) return std::nullopt;
    Reader in(schema);
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
    return run;
}

}  // namespace pawl::engine
