#include "rules/internal/program_meaning.h"

#include <bit>

#include "base/json.h"

namespace pawl::rules {

void Meaning::value(const Value& value) {
    kind(value.kind());
    switch (value.kind()) {
        case Kind::missing:
        case Kind::reference: return;
        case Kind::boolean: return flag(value.as_boolean());
        case Kind::integer: return number(static_cast<std::uint64_t>(value.as_integer()));
        case Kind::number: return number(std::bit_cast<std::uint64_t>(value.as_number()));
        case Kind::money:
            number(static_cast<std::uint64_t>(value.as_money().minor));
            return number(value.as_money().currency.code);
        case Kind::text:
        case Kind::secret:
        case Kind::choice:
        case Kind::group: return text(value.as_text());
        case Kind::date: return number(static_cast<std::uint64_t>(value.as_date().days));
        case Kind::time: return number(static_cast<std::uint64_t>(value.as_time().micros));
        case Kind::datetime: return number(static_cast<std::uint64_t>(value.as_datetime().micros));
        case Kind::duration: return duration(value.as_duration());
        case Kind::list: return values(value.as_list());
        case Kind::record:
            text(schema_.records[value.record_type()].name);
            return values(value.as_record());
        case Kind::json: return text(write_json(value.as_json()));
    }
}

void Meaning::type(TypeIndex index) {
    const Type& type = schema_.types[index];
    kind(type.kind);
    flag(type.optional);
    switch (type.kind) {
        case TypeKind::choice:
            // Its options are the schema's.
            return text(schema_.choices[type.index].name);
        case TypeKind::reference: return entity(type.index);
        case TypeKind::record: return text(schema_.records[type.index].name);
        case TypeKind::event: return event(type.index);
        case TypeKind::list: return this->type(type.index);
        default: return;
    }
}

void Meaning::fields(const std::vector<Field>& fields) {
    number(fields.size());
    for (const Field& field : fields) {
        text(field.name);
        type(field.type);
        flag(field.unique);
        flag(field.required);
        flag(field.deleted_with_it);
        flag(field.default_value.has_value());
        if (field.default_value) value(*field.default_value);
    }
}

namespace {

class ProgramMeaning {
 public:
    explicit ProgramMeaning(const Program& program) : program_(program), schema_(program.schema) {}

    std::vector<std::string> run() {
        header();
        for (const ChoiceType& choice : schema_.choices)
            add("choice", [&](Meaning& out) {
                out.text(choice.name);
                out.texts(choice.options);
            });
        for (const Entity& entity : schema_.entities) this->entity(entity);
        for (const RecordType& record : schema_.records)
            add("record", [&](Meaning& out) {
                out.text(record.name);
                out.fields(record.fields);
            });
        for (const EventType& event : schema_.events)
            add("event", [&](Meaning& out) {
                out.text(event.name);
                out.fields(event.fields);
                out.text(event.about ? event.fields[*event.about].name : "");
            });
        for (const StateMachine& states : schema_.states) this->states(states);
        for (const Setting& setting : schema_.settings)
            add("setting", [&](Meaning& out) {
                out.text(setting.name);
                out.type(setting.type);
                out.value(setting.value);
                out.text(setting.title);
            });
        people();
        services();
        // They are shown, or tell what was before: a run that waits is of no other text for them.
        for (const Rule& rule : program_.rules) names("rule", rule.id, rule);
        for (const Journey& journey : program_.journeys) names("journey", journey.name, journey);
        return std::move(parts_);
    }

 private:
    template <class Write>
    void add(std::string_view what, const Write& write) {
        Meaning out(schema_);
        out.text(what);
        write(out);
        parts_.push_back(out.take());
    }
    template <class Row>
    void names(std::string_view what, const std::string& name, const Row& row) {
        add(what, [&](Meaning& out) {
            out.text(name);
            out.text(row.title);
            out.text(row.renamed_from);
        });
    }
    void header();
    void entity(const Entity& entity);
    void states(const StateMachine& states);
    void people();
    void services();

    const Program& program_;
    const Schema& schema_;
    std::vector<std::string> parts_;
};

void ProgramMeaning::header() {
    const Header& header = program_.header;
    add("rulebook", [&](Meaning& out) {
        out.text(header.name);
        out.number(static_cast<std::uint64_t>(header.language_version));
        out.text(header.timezone);
        out.text(header.currency.letters());
    });
    for (const auto& kept : header.keep)
        add("keep", [&](Meaning& out) {
            out.text(kept.first);
            out.duration(kept.second);
        });
}

void ProgramMeaning::entity(const Entity& entity) {
    add("entity", [&](Meaning& out) {
        out.text(entity.name);
        out.fields(entity.fields);
        out.flag(entity.read_only);
    });
    for (const auto& set : entity.unique_sets)
        add("unique", [&](Meaning& out) {
            out.text(entity.name);
            for (const FieldIndex field : set) out.text(entity.fields[field].name);
        });
}

void ProgramMeaning::states(const StateMachine& states) {
    const Field& field = schema_.entities[states.entity].fields[states.field];
    const auto& options = schema_.choices[schema_.types[field.type].index].options;
    const auto name = [&](Meaning& out) {
        out.entity(states.entity);
        out.text(field.name);
    };
    const auto list = [&](Meaning& out, const std::vector<std::uint16_t>& chosen) {
        out.number(chosen.size());
        for (const std::uint16_t option : chosen) out.text(options[option]);
    };
    add("states", [&](Meaning& out) {
        name(out);
        out.text(states.start ? options[*states.start] : "");
    });
    for (const Transition& transition : states.transitions)
        add("transition", [&](Meaning& out) {
            name(out);
            list(out, transition.from);
            list(out, transition.to);
            out.texts(transition.by);
        });
}

void ProgramMeaning::people() {
    const People& people = schema_.people;
    add("people", [&](Meaning& out) {
        out.text(people.entity ? schema_.entities[*people.entity].name : "");
        for (const auto& field : {people.role, people.name, people.email, people.whatsapp,
                                  people.phone, people.timezone, people.language})
            out.text(field ? schema_.entities[*people.entity].fields[*field].name : "");
    });
    for (const Role& role : people.roles)
        add("role", [&](Meaning& out) {
            out.text(role.name);
            out.text(role.group);
        });
}

void ProgramMeaning::services() {
    for (const ServiceAction& action : program_.actions)
        add("action", [&](Meaning& out) {
            out.text(action.integration);
            out.text(action.name);
            out.parameters(action.parameters);
            out.type(action.result);
            out.value(action.sample);
            out.flag(action.costs_money);
        });
    for (const Integration& integration : program_.integrations) {
        add("integration", [&](Meaning& out) { out.text(integration.name); });
        for (const auto& option : integration.options)
            add("integration", [&](Meaning& out) {
                out.text(integration.name);
                out.text(option.first);
                out.text(option.second);
            });
    }
    for (const Channel& channel : program_.channels)
        add("channel", [&](Meaning& out) {
            out.text(channel.name);
            out.number(channel.retry_count);
            out.duration(channel.retry_first);
            out.duration(channel.retry_limit);
            out.text(channel.fall_back_to);
            for (const auto& time : {channel.quiet_from, channel.quiet_to})
                out.value(time ? Value::time(*time) : Value());
            out.text(channel.quiet_zone);
        });
    for (const Calendar& calendar : program_.calendars)
        for (const Date day : calendar.days)
            add("calendar", [&](Meaning& out) {
                out.text(calendar.name);
                out.value(Value::date(day));
            });
}

}  // namespace

std::vector<std::string> write_schema_meaning(const Program& program) {
    return ProgramMeaning(program).run();
}

}  // namespace pawl::rules
