#include "base/limits.h"
#include "rules/event_reader.h"
#include "rules/internal/builtins.h"
#include "rules/internal/evaluate_convert.h"
#include "rules/internal/evaluate_machine.h"

// The machine's instructions that make values out of values.

namespace pawl::rules::internal {

Machine::Step Machine::give(const Instruction& now, OperatorError error, Value out) {
    if (error == OperatorError::none) {
        push(std::move(out));
        return Step::next;
    }
    if (error == OperatorError::kinds) {
        push({});
        return Step::next;
    }
    return fail_operator(now, error);
}

Machine::Step Machine::binary(const Instruction& now, Binary operation) {
    const Value right = pop();
    const Value left = pop();
    Value out;
    const OperatorError error = operation(left, right, out);
    if (error == OperatorError::currencies) return fail_currencies(now, left, right);
    return give(now, error, std::move(out));
}

Machine::Step Machine::zoned_binary(const Instruction& now, ZonedBinary operation) {
    const Value right = pop();
    const Value left = pop();
    Value out;
    const OperatorError error = operation(left, right, around_.zone, out);
    if (error == OperatorError::currencies) return fail_currencies(now, left, right);
    return give(now, error, std::move(out));
}

Machine::Step Machine::comparison(const Instruction& now) {
    const Value right = pop();
    Value& left = top();
    if (!spend_work(right.size_bytes())) return out_of_work();
    std::partial_ordering order = std::partial_ordering::unordered;
    const OperatorError error = compare(left, right, order);
    if (error != OperatorError::none || order == std::partial_ordering::unordered) {
        left = Value();
        return Step::next;
    }
    bool holds = false;
    switch (now.op) {
        case Opcode::less: holds = order < 0; break;
        case Opcode::less_equal: holds = order <= 0; break;
        case Opcode::greater: holds = order > 0; break;
        default: holds = order >= 0;
    }
    left = Value::boolean(holds);
    return Step::next;
}

namespace {

Case case_of(const Instruction& now) { return now.a == 1 ? Case::ignored : Case::exact; }

}  // namespace

Machine::Step Machine::equality(const Instruction& now) {
    const Value right = pop();
    if (!spend_work(right.size_bytes())) return out_of_work();
    Truth same = equal(top(), right, case_of(now));
    if (now.op == Opcode::not_equal) same = truth_not(same);
    top() = truth_value(same);
    return Step::next;
}

Machine::Step Machine::connective(const Instruction& now) {
    const Truth right = truth_of(pop());
    const Truth left = truth_of(top());
    const Truth absorbing = now.op == Opcode::and_ ? Truth::false_ : Truth::true_;
    Truth result = truth_not(absorbing);
    if (left == absorbing || right == absorbing) {
        result = absorbing;
    } else if (left == Truth::unknown || right == Truth::unknown) {
        result = Truth::unknown;
    }
    top() = truth_value(result);
    return Step::next;
}

Machine::Step Machine::text_test(const Instruction& now, TextTest test) {
    const Value right = pop();
    const Value left = pop();
    if (!spend_work(left.size_bytes() + right.size_bytes())) return out_of_work();
    Truth holds = Truth::unknown;
    const OperatorError error = test(left, right, case_of(now), holds);
    return give(now, error, truth_value(holds));
}

Machine::Step Machine::between_bounds(const Instruction& now) {
    const Value high = pop();
    const Value low = pop();
    const Value value = pop();
    Truth holds = Truth::unknown;
    const OperatorError error = between(value, low, high, holds);
    return give(now, error, truth_value(holds));
}

Machine::Step Machine::match_pattern(const Instruction& now) {
    const Value pattern = plain(pop());
    const Value text = plain(pop());
    if (!is_text(text.kind()) || !is_text(pattern.kind())) {
        push({});
        return Step::next;
    }
    // A step of the automaton costs more than a comparison of a byte.
    if (!spend_work(4 * text.size_bytes() + 16 * pattern.size_bytes())) return out_of_work();
    const PatternCache::Answer answer =
        around_.patterns.matches(text.as_text(), pattern.as_text(), case_of(now));
    if (answer == PatternCache::Answer::not_understood) {
        return fail(
            DiagnosticCode::pattern_not_understood, "pattern",
            "`matches` does not understand the pattern " + quote_for_message(pattern.as_text()));
    }
    push(Value::boolean(answer == PatternCache::Answer::yes));
    return Step::next;
}

Machine::Step Machine::load_field(const Instruction& now) {
    Value& place = top();
    if (place.kind() != Kind::reference || place.as_reference().entity != now.b) {
        place = Value();
        return Step::next;
    }
    const RecordPointer* record = read(place.as_reference());
    if (record == nullptr) return out_of_rows();
    const std::size_t field = index(now);
    if (*record == nullptr || field >= (*record)->fields.size()) {
        place = Value();
    } else {
        place = (*record)->fields[field];
    }
    return Step::next;
}

Machine::Step Machine::load_member(const Instruction& now) {
    Value& place = top();
    const std::size_t member = index(now);
    if (place.kind() != Kind::record || member >= place.as_record().size()) {
        place = Value();
    } else {
        place = Value(place.as_record()[member]);
    }
    return Step::next;
}

Machine::Step Machine::load_key(const Instruction& now) {
    const Value whole = pop();
    const Json* member = nullptr;
    if (whole.kind() == Kind::json) {
        const Value& name = level_->unit->constants[index(now)];
        const Json& json = whole.as_json();
        if (json.kind == JsonKind::object && !spend_work(8 * json.members.size())) {
            return out_of_work();
        }
        member = json.find(name.as_text());
    }
    if (member == nullptr) {
        push({});
        return Step::next;
    }
    Value value = Value::json(*member);
    // A number with a fraction keeps its digits, for money; operators read it as a number.
    const bool keeps_digits =
        member->kind == JsonKind::number && plain(value).kind() != Kind::integer;
    const bool is_plain = member->kind != JsonKind::array && member->kind != JsonKind::object;
    if (is_plain && !keeps_digits) value = plain(value);
    return push_checked(std::move(value));
}

Machine::Step Machine::convert(const Instruction& now) {
    const Value value = pop();
    const auto type = static_cast<TypeIndex>(now.c);
    if (!spend_work(value.size_bytes())) return out_of_work();
    if (now.op == Opcode::convert) return push_checked(convert_value(value, type, around_.program));
    return push_checked(cast_value(value, type, around_.program, around_.records));
}

Machine::Step Machine::builtin(const Instruction& now) {
    const std::vector<Value> arguments = pop_many(now.b);
    std::size_t bytes = 0;
    for (const Value& argument : arguments) bytes += argument.size_bytes();
    if (!spend_work(bytes)) return out_of_work();
    Value out;
    const OperatorError error = call_builtin(static_cast<Builtin>(now.a), arguments,
                                             {around_.program, around_.records, around_.zone}, out);
    if (error != OperatorError::none && error != OperatorError::kinds) {
        return fail_operator(now, error);
    }
    return push_checked(std::move(out));
}

Machine::Step Machine::make_list(std::size_t count) {
    return push_checked(Value::list(pop_many(count)));
}

Machine::Step Machine::make_range() {
    const Value last = plain(pop());
    const Value first = plain(pop());
    if (first.kind() != Kind::integer || last.kind() != Kind::integer) {
        push({});
        return Step::next;
    }
    std::int64_t steps = 0;
    const bool too_far = __builtin_sub_overflow(last.as_integer(), first.as_integer(), &steps);
    std::vector<Value> items;
    if (last.as_integer() >= first.as_integer()) {
        if (too_far || steps >= static_cast<std::int64_t>(limits::list_items_max)) {
            return too_far_a_range(first.as_integer(), last.as_integer());
        }
        for (std::int64_t i = 0; i <= steps; ++i) {
            items.push_back(Value::integer(first.as_integer() + i));
        }
    }
    if (!spend_work(items.size() * sizeof(Value))) return out_of_work();
    return push_checked(Value::list(std::move(items)));
}

Machine::Step Machine::make_record(const Instruction& now) {
    return push_checked(Value::record(now.b, pop_many(index(now))));
}

Machine::Step Machine::make_object(const Instruction& now) {
    const Shape& names = shape(now);
    const std::vector<Value> values = pop_many(names.names.size());
    JsonWriter writer;
    writer.begin_object();
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (!spend_bytes(values[i].size_bytes())) return out_of_bytes();
        writer.key(names.names[i]);
        append_value_json(writer, values[i], around_.program, around_.records);
    }
    writer.end_object();
    Result<Json> json = parse_json(writer.text());
    if (!json) return too_large("an object");
    return push_checked(Value::json(std::move(*json)));
}

std::string Machine::display(const Value& value) {
    return display_text(value, around_.program, around_.records, around_.zone);
}

Machine::Step Machine::join_text(std::size_t count) {
    const std::vector<Value> pieces = pop_many(count);
    constexpr std::size_t usual_bytes = 120;
    std::string text;
    text.reserve(usual_bytes);
    for (const Value& piece : pieces) {
        if (!spend_work(4 * piece.size_bytes())) return out_of_work();
        if (piece.kind() == Kind::text && piece.as_text().size() <= limits::text_bytes_max)
            text += piece.as_text();  // without a copy of it
        else
            text += display(piece);
        if (text.size() > limits::text_bytes_max) return too_large("a text");
    }
    return push_checked(Value::text(text));
}

Machine::Step Machine::append_text(const Instruction& now) {
    const Value value = pop();
    if (!spend_work(4 * value.size_bytes())) return out_of_work();
    OpenText& open = space_.texts.back();
    const std::string piece = display(value);
    open.text += open.escapes && now.a == 0 ? escape_html(piece) : piece;
    if (!spend_bytes(piece.size())) return out_of_bytes();
    return open.text.size() > limits::text_bytes_max ? too_large("a text") : Step::next;
}

Machine::Step Machine::begin_query(const Instruction& now) {
    const Query& query = level_->unit->queries[now.b];
    const std::size_t count = RunningQuery::operand_count(query);
    std::vector<Value>& stack = space_.stack;
    const std::span<const Value> operands(stack.data() + stack.size() - count, count);
    for (const Value& operand : operands) {
        if (!spend_work(operand.kind() == Kind::json ? operand.size_bytes() : 0)) {
            return out_of_work();
        }
    }
    RunningQuery running(query);
    running.begin(operands, around_.records);
    for (std::size_t i = 0; i < count; ++i) pop();
    space_.queries.push_back(std::move(running));
    return Step::next;
}

Machine::Step Machine::next_row(const Instruction& now) {
    RunningQuery& running = space_.queries.back();
    Value row;
    if (!running.next(row)) {
        level_->at = static_cast<std::uint32_t>(now.c);
        return Step::next;
    }
    if (running.query().access != Access::list) {
        if (around_.budget.rows == 0) return out_of_rows();
        --around_.budget.rows;
        row_ = row.as_reference();
    }
    level_->frame->locals[running.query().local] = std::move(row);
    return Step::next;
}

Machine::Step Machine::take_row() {
    RunningQuery& running = space_.queries.back();
    const Query& query = running.query();
    std::vector<Value> values = pop_many(RunningQuery::taken_count(query));
    const OperatorError error = running.take(values, around_.zone);
    if (!spend_bytes(running.kept_bytes())) return out_of_bytes();
    if (error == OperatorError::none || error == OperatorError::kinds) return Step::next;
    return fail_query(query, error);
}

Machine::Step Machine::end_query() {
    RunningQuery running = std::move(space_.queries.back());
    space_.queries.pop_back();
    Value out;
    const OperatorError error = running.end(around_.records, out);
    if (error != OperatorError::none && error != OperatorError::kinds) {
        return fail_query(running.query(), error);
    }
    return push_checked(std::move(out));
}

}  // namespace pawl::rules::internal
