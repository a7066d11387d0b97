#include "rules/program_adopt.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "rules/internal/program_operands.h"

namespace pawl::rules {

namespace {

// Once something is gone, what follows is of no use: it is mapped to whatever is there, and
// dropped.
class Adoption {
 public:
    Adoption(Program& into, const Program& from) : into_(into), from_(from) {}

    Result<UnitIndex> run(UnitIndex unit, std::vector<FormerText>& former) {
        const std::size_t units_before = into_.units.size();
        const UnitIndex taken = unit_of(unit);
        if (gone_.empty()) {
            for (FormerText& text : former_) former.push_back(std::move(text));
            return taken;
        }
        into_.units.resize(units_before);
        return Error{.code = "gone", .message = gone_};
    }

 private:
    template <class T>
    T lost(std::string what) {
        if (gone_.empty()) gone_ = std::move(what);
        return T{};
    }
    static std::string quoted(std::string_view name) { return "`" + std::string(name) + "`"; }

    // ---- The schema ----------------------------------------------------------------------------

    EntityIndex entity(std::size_t index) {
        const std::string& name = from_.schema.entities[index].name;
        const auto found = into_.schema.find_entity(name);
        return found ? *found : lost<EntityIndex>("there is no entity " + quoted(name));
    }

    FieldIndex field(std::size_t of, FieldIndex index) {
        const Entity& was = from_.schema.entities[of];
        const std::string& name = was.fields[index].name;
        const EntityIndex entity = this->entity(of);
        const auto& fields = into_.schema.entities[entity].fields;
        const auto found = find_field(fields, name);
        const std::string what = quoted(was.name + "." + name);
        if (!gone_.empty() || !found) return lost<FieldIndex>("there is no field " + what);
        if (!is_same(was.fields[index].type, fields[*found].type))
            return lost<FieldIndex>(what + " has another type");
        return *found;
    }

    // What values hold by their place: as many of the first as were, each as it was.
    bool have_same_places(const std::vector<Field>& was, const std::vector<Field>& is) {
        if (was.size() > is.size()) return false;
        for (std::size_t i = 0; i < was.size(); ++i)
            if (was[i].name != is[i].name || !is_same(was[i].type, is[i].type)) return false;
        return true;
    }

    std::uint16_t record_type(std::size_t index) {
        const RecordType& was = from_.schema.records[index];
        const auto& all = into_.schema.records;
        const auto found = std::find_if(
            all.begin(), all.end(), [&](const RecordType& each) { return each.name == was.name; });
        if (found == all.end())
            return lost<std::uint16_t>("there is no record " + quoted(was.name));
        const auto place = static_cast<std::uint16_t>(found - all.begin());
        if (place < 2 && index == place) return place;  // the language's own
        if (was.fields.size() != found->fields.size() ||
            !have_same_places(was.fields, found->fields))
            return lost<std::uint16_t>("the record " + quoted(was.name) + " has other fields");
        return place;
    }

    EventIndex event(std::size_t index) {
        const EventType& was = from_.schema.events[index];
        const auto found = into_.schema.find_event(was.name);
        if (!found) return lost<EventIndex>("there is no event " + quoted(was.name));
        if (!have_same_places(was.fields, into_.schema.events[*found].fields))
            return lost<EventIndex>("the event " + quoted(was.name) + " has other fields");
        return *found;
    }

    std::uint16_t choice(std::size_t index) {
        const ChoiceType& was = from_.schema.choices[index];
        const auto& all = into_.schema.choices;
        const auto found = std::find_if(
            all.begin(), all.end(), [&](const ChoiceType& each) { return each.name == was.name; });
        if (found == all.end())
            return lost<std::uint16_t>("there is no choice " + quoted(was.name));
        for (const std::string& option : was.options)
            if (std::find(found->options.begin(), found->options.end(), option) ==
                found->options.end())
                return lost<std::uint16_t>(quoted(was.name) + " has no option " + quoted(option));
        return static_cast<std::uint16_t>(found - all.begin());
    }

    TypeIndex type(std::size_t index) {
        if (const auto known = types_.find(index); known != types_.end()) return known->second;
        Type made = from_.schema.types[index];
        switch (made.kind) {
            case TypeKind::choice: made.index = choice(made.index); break;
            case TypeKind::reference: made.index = entity(made.index); break;
            case TypeKind::record: made.index = record_type(made.index); break;
            case TypeKind::event: made.index = event(made.index); break;
            case TypeKind::list: made.index = type(made.index); break;
            default: break;
        }
        if (!gone_.empty()) return 0;
        return types_[index] = into_.schema.type_index(made);
    }

    // Whether a place may be empty does not matter: code looks before it takes.
    bool is_same(TypeIndex was, TypeIndex is) {
        const Type mapped = into_.schema.types[type(was)];
        const Type& found = into_.schema.types[is];
        return gone_.empty() && mapped.kind == found.kind && mapped.index == found.index;
    }

    Value value(const Value& was) {
        std::vector<Value> items;
        if (was.kind() == Kind::list) {
            for (const Value& item : was.as_list()) items.push_back(value(item));
            return Value::list(std::move(items));
        }
        if (was.kind() != Kind::record) return was;
        for (const Value& item : was.as_record()) items.push_back(value(item));
        return Value::record(record_type(was.record_type()), std::move(items));
    }

    // ---- What is called ------------------------------------------------------------------------

    // By name, with the parameters of these positions: those that are passed must be there, and
    // what must be passed now has to be.
    std::vector<FieldIndex> parameters(const std::vector<Parameter>& was,
                                       const std::vector<Parameter>& is,
                                       const std::vector<FieldIndex>& passed,
                                       const std::string& of) {
        std::vector<FieldIndex> places;
        for (const FieldIndex position : passed) {
            const auto found = std::find_if(is.begin(), is.end(), [&](const Parameter& each) {
                return each.name == was[position].name;
            });
            if (found == is.end() || !is_same(was[position].type, found->type)) {
                lost<int>(of + " does not take " + quoted(was[position].name) + " any more");
                return {};
            }
            places.push_back(static_cast<FieldIndex>(found - is.begin()));
        }
        for (std::size_t i = 0; i < is.size(); ++i)
            if (!into_.schema.types[is[i].type].optional &&
                std::find(places.begin(), places.end(), i) == places.end())
                lost<int>(of + " needs " + quoted(is[i].name));
        return places;
    }

    template <class Row>
    std::uint16_t named(const std::vector<Row>& all, const std::string& name,
                        std::string_view what) {
        const auto found = std::find_if(all.begin(), all.end(),
                                        [&](const Row& each) { return each.name == name; });
        if (found == all.end())
            return lost<std::uint16_t>("there is no " + std::string(what) + " " + quoted(name));
        return static_cast<std::uint16_t>(found - all.begin());
    }

    std::uint16_t action(std::size_t index) {
        const ServiceAction& was = from_.actions[index];
        const auto found = std::find_if(
            into_.actions.begin(), into_.actions.end(), [&](const ServiceAction& each) {
                return each.integration == was.integration && each.name == was.name;
            });
        const std::string name = quoted(was.integration + "." + was.name);
        if (found == into_.actions.end()) return lost<std::uint16_t>("there is no action " + name);
        if (!is_same(was.result, found->result))
            return lost<std::uint16_t>(name + " answers with another type");
        return static_cast<std::uint16_t>(found - into_.actions.begin());
    }

    std::uint32_t setting(std::size_t index) {
        const Setting& was = from_.schema.settings[index];
        const auto found = into_.schema.find_setting(was.name);
        if (!found || !is_same(was.type, into_.schema.settings[*found].type))
            return lost<std::uint32_t>("there is no setting " + quoted(was.name) + " of its type");
        return *found;
    }

    std::uint32_t rule(std::size_t index) {
        const std::string& id = from_.rules[index].id;
        if (const auto found = into_.find_rule(id)) return *found;
        for (std::size_t i = 0; i < into_.rules.size(); ++i)
            if (into_.rules[i].renamed_from == id) return static_cast<std::uint32_t>(i);
        return lost<std::uint32_t>("there is no rule " + quoted(id));
    }

    std::uint32_t step(std::size_t was_journey, std::size_t journey, std::size_t index) {
        const JourneyStep& was = from_.journeys[was_journey].steps[index];
        const auto& steps = into_.journeys[journey].steps;
        const auto found = std::find_if(steps.begin(), steps.end(), [&](const JourneyStep& each) {
            return each.name == was.name && each.parameters.size() == was.parameters.size();
        });
        if (found == steps.end())
            return lost<std::uint32_t>("the journey " + quoted(into_.journeys[journey].name) +
                                       " has no step " + quoted(was.name));
        return static_cast<std::uint32_t>(found - steps.begin());
    }

    // ---- Code ----------------------------------------------------------------------------------

    // One that is there with the same meaning is that one.
    UnitIndex unit_of(UnitIndex index) {
        if (const auto known = units_.find(index); known != units_.end()) return known->second;
        const Unit& was = from_.units[index];
        for (std::size_t i = 0; i < into_.units.size(); ++i)
            if (into_.units[i].hash == was.hash && into_.units[i].kind == was.kind &&
                into_.units[i].id == was.id)
                return units_[index] = static_cast<UnitIndex>(i);
        const auto place = static_cast<UnitIndex>(into_.units.size());
        units_[index] = place;
        into_.units.push_back(was);
        // Others may come behind it while its callees are taken in.
        Unit made = was;
        for (TypeIndex& local : made.local_types) local = type(local);
        for (Value& constant : made.constants) constant = value(constant);
        for (Query& query : made.queries) map(query);
        for (WaitFor& wait : made.waits) map(wait);
        for (Instruction& each : made.code)
            if (gone_.empty()) map(each, made);
        into_.units[place] = std::move(made);
        keep_row(index, place);
        return place;
    }

    void map(Query& query) {
        if (query.access == Access::list) return;
        if (query.access == Access::equal || query.access == Access::range)
            query.field = field(query.entity, query.field);
        query.entity = entity(query.entity);
    }

    // Its fields have their places.
    void map(WaitFor& wait) { wait.event = event(wait.event); }

    void map(Instruction& instruction, Unit& made) {
        const Instruction was = instruction;
        const Operands operands = operands_of(was.op);
        // Of `c` first: what it means may hang on the `b` that was.
        if (operands.c == Operand::shape)
            instruction.c = static_cast<std::int32_t>(shape(was, made));
        else
            instruction.c = static_cast<std::int32_t>(
                operand(operands.c, was, static_cast<std::uint32_t>(was.c)));
        instruction.b = static_cast<std::uint16_t>(operand(operands.b, was, was.b));
    }

    // A shape of its own: another instruction may take the same one of something else.
    std::size_t shape(const Instruction& was, Unit& made) {
        Shape shape = made.shapes[static_cast<std::size_t>(was.c)];
        switch (was.op) {
            case Opcode::create:
            case Opcode::find_or_create:
                for (FieldIndex& each : shape.fields) each = field(was.b, each);
                break;
            case Opcode::emit: break;  // an event's fields have their places
            case Opcode::send: {
                const Template& old = from_.templates[was.b];
                const auto now = named(into_.templates, old.name, "template");
                if (gone_.empty())
                    shape.fields = parameters(old.parameters, into_.templates[now].parameters,
                                              shape.fields, "the template " + quoted(old.name));
                break;
            }
            case Opcode::notify: {
                const Notification& old = from_.notifications[was.b];
                const auto now = named(into_.notifications, old.name, "notification");
                if (gone_.empty())
                    shape.fields = parameters(old.parameters, into_.notifications[now].parameters,
                                              shape.fields, "the notification " + quoted(old.name));
                break;
            }
            case Opcode::call_service: {
                const ServiceAction& old = from_.actions[was.b];
                const auto now = action(was.b);
                if (gone_.empty())
                    shape.fields = parameters(old.parameters, into_.actions[now].parameters,
                                              shape.fields, "the action " + quoted(old.name));
                break;
            }
            default: break;
        }
        made.shapes.push_back(std::move(shape));
        return made.shapes.size() - 1;
    }

    std::uint32_t operand(Operand kind, const Instruction& was, std::uint32_t index) {
        switch (kind) {
            case Operand::setting: return setting(index);
            case Operand::entity: return entity(index);
            case Operand::field: return field(was.b, static_cast<FieldIndex>(index));
            case Operand::record_type: return record_type(index);
            case Operand::member_type:
            case Operand::type: return type(index);
            case Operand::define:
            case Operand::flow: return unit_of(index);
            case Operand::event: return event(index);
            case Operand::template_:
                return named(into_.templates, from_.templates[index].name, "template");
            case Operand::notification:
                return named(into_.notifications, from_.notifications[index].name, "notification");
            case Operand::action: return action(index);
            case Operand::rule: return rule(index);
            case Operand::journey:
                return named(into_.journeys, from_.journeys[index].name, "journey");
            case Operand::steering: {
                if (!steers_step(static_cast<JourneyVerb>(was.a))) return index;
                const auto now = named(into_.journeys, from_.journeys[was.b].name, "journey");
                return gone_.empty() ? step(was.b, now, index) : 0;
            }
            // Of the unit itself, and of the plan of a journey, which is not run any more: journeys
            // follow the live text.
            default: return index;
        }
    }

    void keep_row(UnitIndex was, UnitIndex is) {
        const auto is_its = [was](const auto& row) { return row.unit == was; };
        FormerText text;
        text.unit = is;
        const auto rule = std::find_if(from_.rules.begin(), from_.rules.end(), is_its);
        if (rule != from_.rules.end()) text.rule = *rule;
        const auto journey = std::find_if(from_.journeys.begin(), from_.journeys.end(), is_its);
        if (journey != from_.journeys.end()) text.journey = *journey;
        // What refers to the program that it was in is not looked at again.
        if (text.rule) {
            text.rule->unit = is;
            text.rule->triggers.clear();
            text.rule->match = {};
            text.rule->only_between.reset();
        }
        if (text.journey) {
            text.journey->unit = is;
            text.journey->watched.clear();
            text.journey->watched_through.clear();
        }
        if (text.rule || text.journey) former_.push_back(std::move(text));
    }

    Program& into_;
    const Program& from_;
    std::map<UnitIndex, UnitIndex> units_;
    std::map<std::size_t, TypeIndex> types_;
    std::vector<FormerText> former_;
    std::string gone_;  // what is not there any more; empty: nothing so far
};

}  // namespace

Result<UnitIndex> adopt_unit(Program& into, const Program& from, UnitIndex unit,
                             std::vector<FormerText>& former) {
    return Adoption(into, from).run(unit, former);
}

}  // namespace pawl::rules
