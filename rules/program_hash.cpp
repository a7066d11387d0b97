#include <algorithm>
#include <bit>
#include <limits>

#include "rules/internal/program_meaning.h"
#include "rules/internal/program_operands.h"
#include "rules/program_file.h"

// Hashes of units and of the whole. Lines, files, names of variables and the texts of clauses are
// no meaning; what a unit calls is part of its own.

namespace pawl::rules {

namespace {

constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

// The row of each unit in its table.
struct Rows {
    explicit Rows(const Program& program) : row(program.units.size(), 0) {
        const auto note = [&](const auto& table) {
            for (std::uint32_t at = 0; at < table.size(); ++at) row[table[at].unit] = at;
        };
        note(program.rules);
        note(program.flows);
        note(program.templates);
        note(program.notifications);
    }
    std::vector<std::uint32_t> row;
};

// A unit without what it calls, which it names by kind and id.
class UnitMeaning {
 public:
    UnitMeaning(const Program& program, const Rows& rows, UnitIndex index)
        : program_(program),
          unit_(program.units[index]),
          row_(rows.row[index]),
          out_(program.schema),
          said_(unit_.constants.size(), none) {}

    std::string run() {
        out_.kind(unit_.kind);
        out_.text(unit_.id);
        out_.number(unit_.parameter_count);
        for (std::size_t at = 0; at < unit_.parameter_count; ++at) out_.type(unit_.local_types[at]);
        row();
        out_.number(unit_.code.size());
        for (const Instruction& instruction : unit_.code) one(instruction);
        out_.number(unit_.tries.size());
        for (const TryRange& range : unit_.tries) {
            out_.number(range.begin);
            out_.number(range.end);
            out_.number(range.handler);
            out_.number(range.error_local);
        }
        return out_.take();
    }

 private:
    void row() {
        switch (unit_.kind) {
            case UnitKind::rule: return rule(program_.rules[row_]);
            case UnitKind::flow: return out_.type(program_.flows[row_].result);
            case UnitKind::template_: return text(program_.templates[row_]);
            case UnitKind::notification: return notification(program_.notifications[row_]);
            default: return;
        }
    }
    void rule(const Rule& rule);
    void trigger(const Trigger& trigger);
    void text(const Template& text);
    void notification(const Notification& notification);
    void one(const Instruction& instruction);
    void operand(Operand kind, const Instruction& instruction, std::uint32_t operand);
    void constant(std::uint32_t index);
    void query(const Query& query);
    void shape(const Instruction& instruction);
    template <class T>
    void optional_number(const std::optional<T>& number) {
        out_.flag(number.has_value());
        if (number) out_.number(*number);
    }

    const Program& program_;
    const Unit& unit_;
    std::uint32_t row_;
    Meaning out_;
    std::vector<std::uint32_t> said_;  // by constant: in which turn its content was said
    std::uint32_t said_count_ = 0;
};

void UnitMeaning::rule(const Rule& rule) {
    out_.text(rule.title);
    out_.kind(rule.mode);
    out_.text(rule.renamed_from);
    out_.number(rule.triggers.size());
    for (const Trigger& trigger : rule.triggers) this->trigger(trigger);
    out_.number(rule.clauses.size());
    for (const Clause& clause : rule.clauses) out_.flag(clause.is_unless);
    out_.number(rule.conditions_entry);
    out_.number(rule.body_entry);
    optional_number(rule.once_entry);
    out_.flag(rule.once_for.has_value());
    if (rule.once_for) out_.duration(*rule.once_for);
    optional_number(rule.rearm_entry);
    out_.flag(rule.rearm_above);
}

void UnitMeaning::trigger(const Trigger& trigger) {
    const Schema& schema = program_.schema;
    out_.kind(trigger.kind);
    out_.flag(trigger.including_first);
    switch (trigger.kind) {
        case TriggerKind::event: out_.event(trigger.event); break;
        case TriggerKind::requested: break;
        case TriggerKind::becomes:
        case TriggerKind::changes:
        case TriggerKind::drops_below:
        case TriggerKind::rises_above:
            out_.entity(trigger.entity);
            out_.field(trigger.entity, trigger.field);
            break;
        case TriggerKind::created:
        case TriggerKind::updated:
        case TriggerKind::deleted:
        case TriggerKind::whenever: out_.entity(trigger.entity); break;
    }
    out_.value(trigger.value);
    out_.value(trigger.from);
    out_.value(trigger.by_at_least);
    optional_number(trigger.value_entry);
    optional_number(trigger.record_local);
    optional_number(trigger.change_local);
    optional_number(trigger.whenever_entry);
    out_.texts(trigger.roles);
    out_.number(trigger.asked.size());
    for (std::size_t at = 0; at < trigger.asked.size(); ++at) {
        out_.text(trigger.asked[at].first);
        out_.number(trigger.asked[at].second);
        out_.type(trigger.asked_types[at]);
    }
    for (const FieldIndex field : trigger.watched) out_.field(trigger.entity, field);
    for (const auto& [field, there] : trigger.watched_through) {
        out_.field(trigger.entity, field);
        const Type& type = schema.types[schema.entities[trigger.entity].fields[field].type];
        out_.field(type.index, there);
    }
}

void UnitMeaning::text(const Template& text) {
    out_.text(text.channel);
    out_.parameters(text.parameters);
    out_.kind(text.format);
    out_.number(text.parts.size());
    for (const auto& [name, entry] : text.parts) {
        out_.text(name);
        out_.number(entry);
    }
}

void UnitMeaning::notification(const Notification& notification) {
    out_.parameters(notification.parameters);
    out_.flag(notification.critical);
    out_.number(notification.channels.size());
    for (const NotificationChannel& channel : notification.channels) {
        out_.text(channel.channel);
        out_.text(channel.template_index ? program_.templates[*channel.template_index].name : "");
        out_.flag(channel.template_index.has_value());
        out_.number(channel.entry);
    }
}

void UnitMeaning::one(const Instruction& instruction) {
    const Operands operands = operands_of(instruction.op);
    out_.text(opcode_name(instruction.op));
    operand(operands.a, instruction, instruction.a);
    operand(operands.b, instruction, instruction.b);
    operand(operands.c, instruction, static_cast<std::uint32_t>(instruction.c));
}

void UnitMeaning::operand(Operand kind, const Instruction& instruction, std::uint32_t operand) {
    switch (kind) {
        case Operand::none: return;
        case Operand::constant:
        case Operand::text_constant: return constant(operand);
        case Operand::member_type:
        case Operand::type: return out_.type(static_cast<TypeIndex>(operand));
        case Operand::query:
            // Said once, where it is opened; the others only tell which.
            out_.number(operand);
            if (instruction.op == Opcode::query_begin) query(unit_.queries[operand]);
            return;
        case Operand::shape: return shape(instruction);
        case Operand::action: out_.text(program_.actions[operand].integration); break;
        case Operand::flag:
        case Operand::count:
        case Operand::local:
        case Operand::local_pair:
        case Operand::pure_action:
        case Operand::clause:
        case Operand::jump: return out_.number(operand);
        default: break;
    }
    out_.text(operand_name(program_, instruction, kind, operand));
}

// Its content once, then the number of that saying: a long text costs its length once.
void UnitMeaning::constant(std::uint32_t index) {
    const bool is_new = said_[index] == none;
    if (is_new) said_[index] = said_count_++;
    out_.number(said_[index]);
    if (is_new) out_.value(unit_.constants[index]);
}

void UnitMeaning::query(const Query& query) {
    out_.kind(query.aggregate);
    out_.kind(query.access);
    if (query.access != Access::list) out_.entity(query.entity);
    if (query.access == Access::equal || query.access == Access::range)
        out_.field(query.entity, query.field);
    out_.flag(query.has_low);
    out_.flag(query.has_high);
    out_.number(query.local);
    out_.number(query.limit);
    out_.flag(query.limit_on_stack);
    out_.number(std::bit_cast<std::uint64_t>(query.percent));
    out_.flag(query.selects);
    out_.number(query.descending.size());
    for (const bool descending : query.descending) out_.flag(descending);
}

void UnitMeaning::shape(const Instruction& instruction) {
    const Shape& shape = unit_.shapes[static_cast<std::size_t>(instruction.c)];
    out_.texts(shape.names);
    out_.number(shape.fields.size());
    for (const FieldIndex field : shape.fields) out_.text(shape_name(program_, instruction, field));
}

// Flows may call one another in circles: those of one circle share what they mean. Tarjan's
// strongly connected components, callees first, without recursion.
class Circles {
 public:
    explicit Circles(const std::vector<std::vector<UnitIndex>>& calls)
        : calls_(calls), order_(calls.size(), none), low_(calls.size()), done_(calls.size()) {
        for (UnitIndex unit = 0; unit < calls.size(); ++unit)
            if (order_[unit] == none) visit(unit);
    }

    // Each after those it calls; ascending within.
    const std::vector<std::vector<UnitIndex>>& components() const { return components_; }

 private:
    struct Place {
        UnitIndex unit = 0;
        std::size_t next = 0;
    };

    void enter(UnitIndex unit) {
        order_[unit] = low_[unit] = count_++;
        open_.push_back(unit);
        path_.push_back({unit, 0});
    }

    void visit(UnitIndex first) {
        enter(first);
        while (!path_.empty()) {
            Place& place = path_.back();
            if (place.next < calls_[place.unit].size()) {
                const UnitIndex callee = calls_[place.unit][place.next++];
                if (order_[callee] == none)
                    enter(callee);
                else if (!done_[callee])
                    low_[place.unit] = std::min(low_[place.unit], order_[callee]);
                continue;
            }
            const UnitIndex unit = place.unit;
            path_.pop_back();
            if (!path_.empty())
                low_[path_.back().unit] = std::min(low_[path_.back().unit], low_[unit]);
            if (low_[unit] == order_[unit]) close(unit);
        }
    }

    void close(UnitIndex first) {
        std::vector<UnitIndex> members;
        UnitIndex unit = none;
        do {
            unit = open_.back();
            open_.pop_back();
            done_[unit] = true;
            members.push_back(unit);
        } while (unit != first);
        std::sort(members.begin(), members.end());
        components_.push_back(std::move(members));
    }

    const std::vector<std::vector<UnitIndex>>& calls_;
    std::vector<std::uint32_t> order_, low_;
    std::vector<bool> done_;
    std::vector<UnitIndex> open_;
    std::vector<Place> path_;
    std::vector<std::vector<UnitIndex>> components_;
    std::uint32_t count_ = 0;
};

std::vector<std::vector<UnitIndex>> find_calls(const Program& program) {
    std::vector<std::vector<UnitIndex>> calls(program.units.size());
    for (UnitIndex unit = 0; unit < program.units.size(); ++unit) {
        std::vector<UnitIndex>& callees = calls[unit];
        for (const Instruction& instruction : program.units[unit].code) {
            const Operand kind = operands_of(instruction.op).c;
            if (kind == Operand::define || kind == Operand::flow)
                callees.push_back(static_cast<UnitIndex>(instruction.c));
        }
        std::sort(callees.begin(), callees.end());
        callees.erase(std::unique(callees.begin(), callees.end()), callees.end());
    }
    return calls;
}

void append_sorted(std::string& bytes, std::vector<Hash> hashes) {
    std::sort(hashes.begin(), hashes.end());
    hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
    for (const Hash& hash : hashes)
        for (const std::uint8_t byte : hash.bytes) bytes.push_back(static_cast<char>(byte));
    bytes.push_back('.');
}

void hash_units(Program& program) {
    const Rows rows(program);
    std::vector<Hash> own(program.units.size());
    for (UnitIndex unit = 0; unit < program.units.size(); ++unit)
        own[unit] = hash_bytes(UnitMeaning(program, rows, unit).run());
    const std::vector<std::vector<UnitIndex>> calls = find_calls(program);
    const Circles circles(calls);
    for (const std::vector<UnitIndex>& members : circles.components()) {
        std::vector<Hash> circle;
        std::vector<Hash> callees;
        for (const UnitIndex member : members) {
            circle.push_back(own[member]);
            for (const UnitIndex callee : calls[member])
                if (!std::binary_search(members.begin(), members.end(), callee))
                    callees.push_back(program.units[callee].hash);
        }
        std::string shared;
        append_sorted(shared, std::move(circle));
        append_sorted(shared, std::move(callees));
        for (const UnitIndex member : members) {
            std::string bytes(own[member].bytes.begin(), own[member].bytes.end());
            program.units[member].hash = hash_bytes(bytes + shared);
        }
    }
}

}  // namespace

void hash_program(Program& program) {
    hash_units(program);
    std::vector<std::string> parts = write_schema_meaning(program);
    for (const Unit& unit : program.units) {
        if (unit.kind == UnitKind::test) continue;
        Meaning out(program.schema);
        out.text("unit");
        out.hash(unit.hash);
        parts.push_back(out.take());
    }
    std::sort(parts.begin(), parts.end());
    Meaning all(program.schema);
    for (const std::string& part : parts) all.text(part);
    program.hash = hash_bytes(all.bytes());
}

}  // namespace pawl::rules
