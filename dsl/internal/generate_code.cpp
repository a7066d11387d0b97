#include "dsl/internal/generate_code.h"

#include <bit>
#include <limits>

#include "base/check.h"
#include "base/hash.h"

namespace pawl::dsl::internal {

namespace {

using rules::Kind;

constexpr std::uint32_t unplaced = std::numeric_limits<std::uint32_t>::max();

std::uint64_t content_hash(const Value& value) {
    switch (value.kind()) {
        case Kind::boolean: return value.as_boolean() ? 1 : 0;
        case Kind::integer: return static_cast<std::uint64_t>(value.as_integer());
        case Kind::number: return std::bit_cast<std::uint64_t>(value.as_number());
        case Kind::money: return static_cast<std::uint64_t>(value.as_money().minor);
        case Kind::text:
        case Kind::secret:
        case Kind::choice:
        case Kind::group: return quick_hash(value.as_text());
        case Kind::date: return static_cast<std::uint64_t>(value.as_date().days);
        case Kind::time: return static_cast<std::uint64_t>(value.as_time().micros);
        case Kind::datetime: return static_cast<std::uint64_t>(value.as_datetime().micros);
        case Kind::duration: {
            const Duration duration = value.as_duration();
            return static_cast<std::uint64_t>(duration.micros) * 31 +
                   static_cast<std::uint64_t>(duration.days) * 37 +
                   static_cast<std::uint64_t>(duration.months);
        }
        case Kind::list: {
            std::uint64_t hash = value.as_list().size();
            for (const Value& item : value.as_list())
                hash = hash * 0x9E3779B97F4A7C15u + ValueHash{}(item);
            return hash;
        }
        default: return 0;
    }
}

// What the operands of the instruction count, when there is more of it than they hold.
std::string_view what_outgrew(Opcode op) {
    switch (op) {
        case Opcode::find_or_create: return "it looks for a record by more than 255 fields at once";
        case Opcode::query_begin:
        case Opcode::query_next:
        case Opcode::query_take:
        case Opcode::query_end: return "it has more than 65536 queries";
        case Opcode::call_builtin:
        case Opcode::call_define:
        case Opcode::run_flow:
        case Opcode::start_flow: return "a call in it has more than 65535 arguments";
        case Opcode::send: return "it sends a template beyond the first 65536 of the rulebook";
        case Opcode::notify:
            return "it sends a notification beyond the first 65536 of the rulebook";
        case Opcode::store_local: return "it works out more than 65535 values beside its names";
        default: return "its code is too long";
    }
}

}  // namespace

std::size_t ValueHash::operator()(const Value& value) const {
    return (content_hash(value) + static_cast<std::uint64_t>(value.kind())) * 0x9E3779B97F4A7C15u;
}

void CodeBuilder::emit(Opcode op, std::uint32_t c, std::uint32_t b, std::uint32_t a) {
    constexpr auto c_max = static_cast<std::uint32_t>(std::numeric_limits<std::int32_t>::max());
    if (a > std::numeric_limits<std::uint8_t>::max() ||
        b > std::numeric_limits<std::uint16_t>::max() || c > c_max || unit_.code.size() >= c_max) {
        if (!outgrown_) outgrown_ = what_outgrew(op);
        return;
    }
    const bool is_new_line =
        unit_.lines.empty() ? line_ != unit_.line : unit_.lines.back().line != line_;
    if (is_new_line) unit_.lines.push_back({here(), line_});
    unit_.code.push_back({.op = op,
                          .a = static_cast<std::uint8_t>(a),
                          .b = static_cast<std::uint16_t>(b),
                          .c = static_cast<std::int32_t>(c)});
}

void CodeBuilder::jump(Opcode op, CodeLabel to, std::uint32_t b) {
    jumps_.push_back({here(), to});
    emit(op, 0, b);
}

CodeLabel CodeBuilder::label() {
    places_.push_back(unplaced);
    return {static_cast<std::uint32_t>(places_.size() - 1)};
}

void CodeBuilder::place(CodeLabel label) { places_[label.index] = here(); }

void CodeBuilder::push(const Value& value) {
    if (value.is_missing())
        emit(Opcode::push_missing);
    else if (value.kind() == Kind::boolean)
        emit(Opcode::push_boolean, value.as_boolean() ? 1 : 0);
    else
        emit(Opcode::push_constant, constant(value));
}

std::uint32_t CodeBuilder::constant(const Value& value) {
    const auto [place, is_new] =
        constants_.try_emplace(value, static_cast<std::uint32_t>(unit_.constants.size()));
    if (is_new) unit_.constants.push_back(value);
    return place->second;
}

std::uint32_t CodeBuilder::add_query(rules::Query query) {
    unit_.queries.push_back(std::move(query));
    return static_cast<std::uint32_t>(unit_.queries.size() - 1);
}

std::uint32_t CodeBuilder::add_shape(rules::Shape shape) {
    unit_.shapes.push_back(std::move(shape));
    return static_cast<std::uint32_t>(unit_.shapes.size() - 1);
}

std::uint32_t CodeBuilder::add_local() {
    if (unit_.local_count == std::numeric_limits<std::uint16_t>::max()) {
        if (!outgrown_) outgrown_ = what_outgrew(Opcode::store_local);
        return 0;
    }
    unit_.local_names.emplace_back();
    unit_.local_types.push_back(0);
    return unit_.local_count++;
}

std::optional<std::string_view> CodeBuilder::finish() {
    if (outgrown_) return outgrown_;
    for (const Jump& jump : jumps_) {
        const std::uint32_t place = places_[jump.to.index];
        PAWL_CHECK(place != unplaced);
        unit_.code[jump.instruction].c = static_cast<std::int32_t>(place);
    }
    return std::nullopt;
}

}  // namespace pawl::dsl::internal
