#include "engine/store/run_codec.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/check.h"
#include "engine/store/record_names.h"
#include "engine/store/run_codec_first.h"
#include "engine/store/sized_text.h"
#include "engine/store/value_key.h"

// The form: `2`, then members, a letter each: a number is decimal and ends with `;`, the rest has
// its size before it, `17:…`. What is empty or zero is left out, since runs are many and mostly
// plain. Lists and members of members are texts inside.

namespace pawl::engine {

using rules::Value;

namespace {

constexpr char form = '2';

class Writer {
 public:
    explicit Writer(const rules::Program& program) : program_(program) { out_.push_back(form); }

    void number(char letter, std::int64_t value) {
        if (value == 0) return;
        out_.push_back(letter);
        append_decimal(out_, value);
        out_.push_back(';');
    }
    void text(char letter, std::string_view value) {
        nested(letter, [&] { out_ += value; });
    }
    void value(char letter, const Value& value) {
        if (!value.is_missing())
            nested(letter, [&] { append_value(out_, value, program_.schema); });
    }
    void reference(char letter, const std::optional<rules::Reference>& reference) {
        if (reference) value(letter, Value::reference(*reference));
    }
    void values(char letter, const std::vector<Value>& values) {
        nested(letter, [&] {
            for (const Value& each : values)
                item([&] {
                    if (!each.is_missing()) append_value(out_, each, program_.schema);
                });
        });
    }
    void texts(char letter, const std::vector<std::string>& texts) {
        nested(letter, [&] {
            for (const std::string& each : texts) item([&] { out_ += each; });
        });
    }
    // A member that holds what `inside` writes; left out where that is nothing.
    template <class Inside>
    void nested(char letter, Inside inside) {
        const std::size_t begin = out_.size();
        out_.push_back(letter);
        append_sized(out_, inside);
        if (std::string_view(out_).substr(begin + 1) == "0:") out_.resize(begin);
    }
    // Of a list: its place tells which one it is.
    template <class Inside>
    void item(Inside inside) {
        append_sized(out_, inside);
    }
    std::string take() { return std::move(out_); }

 private:
    const rules::Program& program_;
    std::string out_;
};

// Takes apart what Writer wrote; anything else makes it fail for good, and end.
class Reader {
 public:
    Reader(std::string_view text, const rules::Schema& schema) : rest_(text), schema_(schema) {}

    bool is_good = true;

    // The next member's letter; 0: there is none.
    char letter() {
        if (!is_good || rest_.empty()) return 0;
        const char letter = rest_.front();
        rest_.remove_prefix(1);
        return letter;
    }
    template <class Number>
    void number(Number& out) {
        const std::int64_t found = take_number(';');
        if (!std::in_range<Number>(found)) return fail();
        out = static_cast<Number>(found);
    }
    std::string_view text() {
        const std::int64_t size = take_number(':');
        if (size < 0 || static_cast<std::size_t>(size) > rest_.size()) fail();
        if (!is_good) return {};
        const std::string_view text = rest_.substr(0, static_cast<std::size_t>(size));
        rest_.remove_prefix(text.size());
        return text;
    }
    void text(std::string& out) { out = text(); }
    Value value() {
        const std::string_view durable = text();
        if (durable.empty()) return Value();
        auto value = decode_value(durable, schema_);
        if (!value) fail();
        return value ? std::move(*value) : Value();
    }
    void reference(std::optional<rules::Reference>& out) {
        const Value found = value();
        if (found.kind() == rules::Kind::reference)
            out = found.as_reference();
        else
            fail();
    }
    // What is inside the next text; `inside` reads it to its end.
    template <class Inside>
    void nested(Inside inside) {
        Reader in(text(), schema_);
        while (in.is_good && !in.rest_.empty()) inside(in);
        if (!in.is_good) fail();
    }
    void values(std::vector<Value>& out) {
        nested([&](Reader& in) { out.push_back(in.value()); });
    }
    // Passes over a member: a number ends with `;`, the rest has its size before it.
    void skip() {
        const std::size_t end = rest_.find_first_of(";:");
        if (end == std::string_view::npos) return fail();
        if (rest_[end] == ':')
            text();
        else
            rest_.remove_prefix(end + 1);
    }
    void fail() {
        is_good = false;
        rest_ = {};
    }

 private:
    std::int64_t take_number(char end) {
        std::int64_t number = 0;
        const char* last = rest_.data() + rest_.size();
        const auto [at, error] = std::from_chars(rest_.data(), last, number);
        if (error != std::errc{} || at == last || *at != end) {
            fail();
            return 0;
        }
        rest_.remove_prefix(static_cast<std::size_t>(at - rest_.data()) + 1);
        return number;
    }

    std::string_view rest_;
    const rules::Schema& schema_;
};

// By which a unit's kind is written; a later kind gets a letter that is free.
char kind_letter(rules::UnitKind kind) {
    switch (kind) {
        case rules::UnitKind::rule: return 'r';
        case rules::UnitKind::flow: return 'f';
        case rules::UnitKind::define: return 'd';
        case rules::UnitKind::action: return 'a';
        case rules::UnitKind::template_: return 't';
        case rules::UnitKind::notification: return 'n';
        case rules::UnitKind::journey: return 'j';
        case rules::UnitKind::test: return 'x';
    }
    PAWL_CHECK(!"a unit of no kind");
    return 'x';
}

std::string_view kind_word(char letter) {
    switch (letter) {
        case 'r': return "rule";
        case 'f': return "flow";
        case 'd': return "define";
        case 'a': return "action";
        case 't': return "template";
        case 'n': return "notification";
        case 'j': return "journey";
        default: return "unit";
    }
}

std::string_view bytes_of(const Hash& hash) {
    return {reinterpret_cast<const char*>(hash.bytes.data()), hash.bytes.size()};
}

// Whether a text of names belongs to a variable's value.
bool has_places(const Value& value) {
    return value.kind() == rules::Kind::record || value.kind() == rules::Kind::list;
}

void write_frame(Writer& out, const rules::Frame& frame, bool is_stale,
                 const rules::Program& program) {
    PAWL_CHECK(is_stale || frame.unit < program.units.size());
    if (!is_stale) {
        const rules::Unit& unit = program.units[frame.unit];
        const char letter = kind_letter(unit.kind);
        out.text('k', {&letter, 1});
        out.text('u', unit.id);
        out.text('h', bytes_of(unit.hash));
    }
    out.number('n', frame.unit);
    out.number('i', frame.instruction);
    out.values('l', frame.locals);
    if (is_stale) return;
    const auto& types = program.units[frame.unit].local_types;
    std::vector<std::string> names;
    for (std::size_t i = 0; i < frame.locals.size() && i < types.size(); ++i)
        if (has_places(frame.locals[i]))
            names.push_back(
                names_of(frame.locals[i], program.schema.type(types[i]), program.schema));
    out.texts('r', names);
}

void write_frames(Writer& out, const StoredRun& run, const rules::Program& program) {
    out.nested('F', [&] {
        for (const rules::Frame& frame : run.frames)
            out.item([&] { write_frame(out, frame, run.is_stale(), program); });
    });
}

void write_wait(Writer& out, const rules::Wait& of) {
    const auto& [kind, until, wait_for, recipient, question, attempt, error] = of;
    out.number('k', static_cast<std::int64_t>(kind));
    out.number('u', until.micros);
    out.number('f', wait_for);
    out.value('r', recipient);
    out.text('q', question);
    out.number('a', attempt);
    out.text('e', error);
}

void write_call(Writer& out, const StoredRun& run, const rules::Program& program) {
    const auto& [action, arguments, idempotency_key, retry] = run.call;
    if (run.calling != 0 && action < program.actions.size()) {
        const rules::ServiceAction& called = program.actions[action];
        out.text('A', called.integration + "." + called.name);
    }
    out.values('G', arguments);
    out.value('y', idempotency_key);
    if (!retry) return;
    out.values('z', {Value::integer(retry->times), Value::duration(retry->first),
                     Value::duration(retry->limit)});
}

void write_lists(Writer& out, const StoredRun& run, const rules::Program& program) {
    std::vector<std::string> waits_for;
    for (const auto& [event, key] : run.waits_for) {
        waits_for.push_back(event);
        waits_for.push_back(key);
    }
    out.texts('v', waits_for);
    std::vector<std::string> overtaking, names;
    for (const OvertakingEvent& each : run.overtaking) {
        overtaking.push_back(program.schema.events[each.event].name);
        overtaking.push_back(encode_value(each.fields, program.schema));
        names.push_back(names_of(each.fields, type_of_event(each.event), program.schema));
    }
    out.texts('R', names);  // before what they are of
    out.texts('o', overtaking);
    out.texts('K', run.running_keys);
}

}  // namespace

std::string encode_run(const StoredRun& run, const rules::Program& program) {
    // Names every member, so that one that is added and forgotten here does not compile.
    const auto& [number, rule, firing, intents, depth, state, frames, row, wait, timer, attempts,
                 waits_for, overtaking, stands_since, subject, running_keys, step, calling, call,
                 entity, trigger, requester, requester_name, once_key, effect, is_flow,
                 stale_unit] = run;
    Writer out(program);
    out.number('n', number);
    // `rule` follows from the first frame.
    static_cast<void>(rule);
    out.number('f', firing.micros);
    out.number('i', intents);
    out.number('d', depth);
    out.number('s', static_cast<std::int64_t>(state));
    write_frames(out, run, program);
    out.number('w', row);
    out.nested('W', [&out, &run] { write_wait(out, run.wait); });
    if (timer) {
        if (timer->due != wait.until) out.number('t', timer->due.micros);
        out.number('T', timer->number);
    }
    out.number('a', attempts);
    write_lists(out, run, program);
    out.number('N', stands_since);
    out.reference('S', subject);
    out.text('p', step);
    out.number('c', calling);
    write_call(out, run, program);
    out.text('e', entity);
    out.text('g', trigger);
    out.reference('q', requester);
    out.text('Q', requester_name);
    out.text('O', once_key);
    out.number('E', effect);
    out.number('L', is_flow ? 1 : 0);
    out.text('X', stale_unit);
    return out.take();
}

namespace {

// What a run's text says besides the run.
struct WrittenFrame {
    UnitOfRun unit;
    std::vector<std::string> names;  // of what its records have, in their order
};
struct Written {
    std::vector<WrittenFrame> frames;
    std::vector<std::string> overtaking;  // names of what each event has
    std::string action;
};

void read_texts(Reader& in, std::vector<std::string>& texts) {
    in.nested([&](Reader& list) { texts.emplace_back(list.text()); });
}

// Frames as they were written, and the units that they name.
void read_frames(Reader& in, StoredRun& run, std::vector<WrittenFrame>& written) {
    in.nested([&](Reader& list) {
        rules::Frame& frame = run.frames.emplace_back();
        auto& [of, names] = written.emplace_back();
        list.nested([&, &of = of, &names = names](Reader& one) {
            switch (one.letter()) {
                case 'k': {
                    const std::string_view kind = one.text();
                    if (kind.size() == 1)
                        of.kind = kind[0];
                    else
                        one.fail();
                    return;
                }
                case 'u': return one.text(of.id);
                case 'h': return one.text(of.hash);
                case 'n': return one.number(frame.unit);
                case 'i': return one.number(frame.instruction);
                case 'l': return one.values(frame.locals);
                case 'r': return read_texts(one, names);
                default: return one.fail();
            }
        });
    });
}

void read_wait(Reader& in, rules::Wait& wait) {
    in.nested([&](Reader& one) {
        switch (one.letter()) {
            case 'k': {
                int kind = 0;
                one.number(kind);
                if (kind < 0 || kind > static_cast<int>(rules::WaitKind::retry)) return one.fail();
                wait.kind = static_cast<rules::WaitKind>(kind);
                return;
            }
            case 'u': return one.number(wait.until.micros);
            case 'f': return one.number(wait.wait_for);
            case 'r': wait.recipient = one.value(); return;
            case 'q': return one.text(wait.question);
            case 'a': return one.number(wait.attempt);
            case 'e': return one.text(wait.error);
            default: return one.fail();
        }
    });
}

void read_retry(Reader& in, std::optional<rules::RetryPlan>& retry) {
    std::vector<Value> parts;
    in.values(parts);
    if (parts.size() != 3 || parts[0].kind() != rules::Kind::integer ||
        parts[1].kind() != rules::Kind::duration || parts[2].kind() != rules::Kind::duration)
        return in.fail();
    retry = rules::RetryPlan{static_cast<std::uint32_t>(parts[0].as_integer()),
                             parts[1].as_duration(), parts[2].as_duration()};
}

void read_overtaking(Reader& in, StoredRun& run, const std::vector<std::string>& names,
                     const rules::Schema& schema) {
    std::size_t place = 0;
    in.nested([&](Reader& list) {
        const auto event = schema.find_event(list.text());
        Value fields = list.value();
        const std::size_t i = place++;
        if (!event) return;  // the rulebook has it no more: nothing waits for it
        const rules::Type type = type_of_event(*event);
        if (i < names.size()) fields = with_places(fields, names[i], type, schema);
        run.overtaking.push_back({*event, with_record_types(fields, type, schema)});
    });
}

void read_waits_for(Reader& in, StoredRun& run) {
    in.nested([&](Reader& list) {
        auto& [event, key] = run.waits_for.emplace_back();
        list.text(event);
        list.text(key);
    });
}

void read_member(Reader& in, char letter, StoredRun& run, Written& written,
                 const rules::Schema& schema) {
    int small = 0;
    const auto timer = [&]() -> TimerKey& {
        if (!run.timer) run.timer.emplace();
        return *run.timer;
    };
    switch (letter) {
        case 'n': return in.number(run.number);
        case 'f': return in.number(run.firing.micros);
        case 'i': return in.number(run.intents);
        case 'd': return in.number(run.depth);
        case 's':
            in.number(small);
            if (small != 0 && small != static_cast<int>(RunState::waiting)) return in.fail();
            run.state = static_cast<RunState>(small);
            return;
        case 'F': return read_frames(in, run, written.frames);
        case 'w': return in.number(run.row);
        case 'W': return read_wait(in, run.wait);
        case 't': return in.number(timer().due.micros);
        case 'T': return in.number(timer().number);
        case 'a': return in.number(run.attempts);
        case 'v': return read_waits_for(in, run);
        case 'R': return read_texts(in, written.overtaking);
        case 'o': return read_overtaking(in, run, written.overtaking, schema);
        case 'K': return read_texts(in, run.running_keys);
        case 'N': return in.number(run.stands_since);
        case 'S': return in.reference(run.subject);
        case 'p': return in.text(run.step);
        case 'c': return in.number(run.calling);
        case 'A': return in.text(written.action);
        case 'G': return in.values(run.call.arguments);
        case 'y': run.call.idempotency_key = in.value(); return;
        case 'z': return read_retry(in, run.call.retry);
        case 'e': return in.text(run.entity);
        case 'g': return in.text(run.trigger);
        case 'q': return in.reference(run.requester);
        case 'Q': return in.text(run.requester_name);
        case 'O': return in.text(run.once_key);
        case 'E': return in.number(run.effect);
        case 'L':
            in.number(small);
            run.is_flow = small != 0;
            return;
        case 'X': return in.text(run.stale_unit);
        default: return in.fail();
    }
}

// The unit of that kind and name. With its meaning as it was, where it is there; else any of the
// name, and the run is stale.
void find_unit(rules::Frame& frame, const UnitOfRun& written, StoredRun& run,
               const rules::Program& program) {
    const auto has_name = [&](const rules::Unit& unit) {
        return kind_letter(unit.kind) == written.kind && unit.id == written.id;
    };
    const auto& units = program.units;
    if (frame.unit < units.size() && is_unit_of_run(units[frame.unit], written)) return;
    frame.unit = 0;
    for (std::size_t i = 0; i < units.size(); ++i) {
        if (!has_name(units[i])) continue;
        frame.unit = static_cast<rules::UnitIndex>(i);
        if (is_unit_of_run(units[i], written)) return;
    }
    if (run.stale_unit.empty()) run.stale_unit = name_of(written);
}

// The rule of a run, by its name now. One that was taken out of the rulebook has none: its run
// finishes as that of a flow, which nothing but its text concerns.
void find_rule(StoredRun& run, const std::string& id, const rules::Program& program) {
    const auto& rules = program.rules;
    if (const auto found = program.find_rule(id)) {
        run.rule = *found;
        return;
    }
    const auto renamed = std::find_if(rules.begin(), rules.end(), [&](const rules::Rule& rule) {
        return rule.renamed_from == id;
    });
    run.rule = 0;
    if (renamed == rules.end())
        run.is_flow = true;
    else
        run.rule = static_cast<rules::RuleIndex>(renamed - rules.begin());
}

void place_records(rules::Frame& frame, const std::vector<std::string>& names,
                   const rules::Program& program) {
    const auto& types = program.units[frame.unit].local_types;
    std::size_t record = 0;
    for (std::size_t i = 0; i < frame.locals.size() && i < types.size(); ++i) {
        Value& local = frame.locals[i];
        if (!has_places(local) || record == names.size()) continue;
        local = with_places(local, names[record++], program.schema.type(types[i]), program.schema);
    }
}

void find_places(StoredRun& run, const Written& written, const rules::Program& program) {
    const rules::Schema& schema = program.schema;
    const auto adapt = [&](std::vector<Value>& values, std::size_t count, auto type_of) {
        for (std::size_t i = 0; i < values.size() && i < count; ++i)
            values[i] = with_record_types(values[i], schema.type(type_of(i)), schema);
    };
    const bool was_stale = run.is_stale();
    for (std::size_t i = 0; i < run.frames.size(); ++i) {
        rules::Frame& frame = run.frames[i];
        if (was_stale)
            frame.unit = 0;
        else
            find_unit(frame, written.frames[i].unit, run, program);
        if (run.is_stale()) continue;
        place_records(frame, written.frames[i].names, program);
        const auto& types = program.units[frame.unit].local_types;
        adapt(frame.locals, types.size(), [&](std::size_t local) { return types[local]; });
    }
    if (!written.frames.empty() && written.frames[0].unit.kind == 'r')
        find_rule(run, written.frames[0].unit.id, program);
    if (written.action.empty()) return;
    const auto is_it = [&](const rules::ServiceAction& action) {
        return written.action == action.integration + "." + action.name;
    };
    const auto action = std::find_if(program.actions.begin(), program.actions.end(), is_it);
    if (action == program.actions.end()) {
        if (!run.is_stale()) run.stale_unit = "action " + written.action;
        return;
    }
    run.call.action = static_cast<std::uint32_t>(action - program.actions.begin());
    adapt(run.call.arguments, action->parameters.size(),
          [&](std::size_t parameter) { return action->parameters[parameter].type; });
}

}  // namespace

std::optional<StoredRun> decode_run(std::string_view text, const rules::Program& program) {
    if (text.starts_with('{')) return decode_run_of_first_release(text, program);
    if (!text.starts_with(form)) return std::nullopt;
    Reader in(text.substr(1), program.schema);
    StoredRun run;
    Written written;
    while (const char letter = in.letter()) read_member(in, letter, run, written, program.schema);
    if (!in.is_good) return std::nullopt;
    // Most timers are due when the wait ends, and are written without a moment of their own.
    if (run.timer && run.timer->due == Instant{}) run.timer->due = run.wait.until;
    find_places(run, written, program);
    return run;
}

std::vector<UnitOfRun> units_of_run(std::string_view text) {
    std::vector<UnitOfRun> units;
    if (!text.starts_with(form)) return units;
    const rules::Schema none;
    Reader in(text.substr(1), none);
    while (const char letter = in.letter()) {
        if (letter == 'F') {
            in.nested([&](Reader& list) {
                UnitOfRun& unit = units.emplace_back();
                list.nested([&](Reader& one) {
                    switch (one.letter()) {
                        case 'k': {
                            const std::string_view kind = one.text();
                            if (!kind.empty()) unit.kind = kind.front();
                            return;
                        }
                        case 'u': return one.text(unit.id);
                        case 'h': return one.text(unit.hash);
                        default: return one.skip();
                    }
                });
            });
            return units;
        }
        in.skip();
    }
    return units;
}

bool is_unit_of_run(const rules::Unit& unit, const UnitOfRun& of) {
    return of.hash == bytes_of(unit.hash) && kind_letter(unit.kind) == of.kind && unit.id == of.id;
}

std::string name_of(const UnitOfRun& unit) {
    return std::string(kind_word(unit.kind)) + " " + unit.id;
}

}  // namespace pawl::engine
