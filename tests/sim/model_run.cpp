#include <algorithm>

#include "model.h"

// Statements, values and waits.

namespace pawl::sim {

// ---- Values -------------------------------------------------------------------------------------

Value Model::read(const Names& names, const Path& path) const {
    const auto found = names.find(path.front());
    if (found == names.end()) return {};
    std::size_t next = 1;
    Value value;
    if (!found->second.fields) {
        value = reference(found->second.id);
    } else {
        if (path.size() < 2) return {};
        const auto field = found->second.fields->find(path[1]);
        if (field == found->second.fields->end()) return {};
        value = field->second;
        next = 2;
    }
    for (; next < path.size(); ++next) {
        const auto record = state_.records.find(value.text);
        if (value.kind != Kind::reference || record == state_.records.end()) return {};
        const auto field = record->second.fields.find(path[next]);
        value = path[next] == "id"                     ? choice(value.text)
                : field == record->second.fields.end() ? Value{}
                                                       : field->second;
    }
    return value;
}

Value Model::evaluate(const Names& names, const Expression& expression) const {
    using Form = Expression::Form;
    if (expression.form == Form::literal) return expression.value;
    if (expression.form == Form::now) return moment(after(now_, expression.length));
    Value value = read(names, expression.path);
    if (expression.form == Form::later) {
        if (value.is_missing() && expression.fallback) value = moment(now_);
        return value.is_missing() ? value : moment(after({value.number}, expression.length));
    }
    if (value.is_missing() && expression.fallback) value = *expression.fallback;
    if (expression.form == Form::sum && !value.is_missing())
        value.number += expression.value.number;
    return value;
}

// Three-valued: nothing is unknown.
std::optional<bool> Model::holds(const Names& names, const Test& test) const {
    using Form = Test::Form;
    if (test.form == Form::all || test.form == Form::any) {
        const bool decides = test.form == Form::any;
        bool is_unknown = false;
        for (const Test& part : test.parts) {
            const auto result = holds(names, part);
            if (result == decides) return decides;
            is_unknown = is_unknown || !result;
        }
        return is_unknown ? std::nullopt : std::optional(!decides);
    }
    if (test.form == Form::no) {
        const auto result = holds(names, test.parts.front());
        return result ? std::optional(!*result) : std::nullopt;
    }
    const Value value = read(names, test.path);
    if (test.form == Form::missing) return value.is_missing();
    if (test.form == Form::present) return !value.is_missing();
    if (value.is_missing()) return std::nullopt;
    if (test.form == Form::is) return value == test.value;
    if (test.form == Form::is_not) return value != test.value;
    return (value.number < test.value.number) == (test.form == Form::below);
}

// ---- Records ------------------------------------------------------------------------------------

namespace {

void touch(std::vector<std::string>& touched, const std::string& id) {
    if (std::find(touched.begin(), touched.end(), id) == touched.end()) touched.push_back(id);
}

}  // namespace

bool Model::set_field(const std::string& id, const std::string& field, const Value& value,
                      Advance& advance, const std::string& run) {
    const auto record = state_.records.find(id);
    if (record == state_.records.end()) return false;
    const Field* described = find_field(scenario_, record->second.entity, field);
    if (value.is_missing() && !described->is_optional) return false;
    Value& place = record->second.fields[field];
    if (place == value) return true;
    tell("set " + shown_record(id) + "." + field + " " + shown(place) + " -> " + shown(value) +
         run);
    place = value;
    touch(advance.touched, id);
    return true;
}

bool Model::create_record(const std::string& id, const std::string& entity,
                          const std::map<std::string, Value>& values, Advance& advance,
                          const std::string& run) {
    Record record{entity, state_.next_key++, {}};
    std::string line = "create " + entity + "/" + id;
    for (const Entity& each : scenario_.entities) {
        if (each.name != entity) continue;
        for (const Field& field : each.fields) {
            const auto given = values.find(field.name);
            Value value = given == values.end() ? field.initial : given->second;
            if (value.kind == Kind::reference && !state_.records.contains(value.text)) {
                if (!run.empty()) return false;
                value = {};  // what comes from outside is taken, and reads as missing
            }
            if (value.is_missing() && !field.is_optional) return false;
            record.fields[field.name] = value;
        }
    }
    for (const auto& [name, value] : record.fields)
        if (!value.is_missing()) line += " " + name + "=" + shown(value);
    tell(line + run);
    state_.records[id] = std::move(record);
    touch(advance.touched, id);
    return true;
}

// Those that cannot be without it go with it; those that can forget it.
void Model::remove_record(const std::string& id, Advance& advance, const std::string& run) {
    std::string line = "delete " + shown_record(id);
    for (const auto& [name, value] : state_.records[id].fields)
        if (!value.is_missing()) line += " " + name + "=" + shown(value);
    tell(line + run);
    state_.records.erase(id);
    touch(advance.touched, id);
    std::map<std::int64_t, std::pair<std::string, std::string>> referring;
    for (const auto& [other, record] : state_.records)
        for (const auto& [name, value] : record.fields)
            if (value.kind == Kind::reference && value.text == id)
                referring[record.key] = {other, name};
    for (const auto& [key, place] : referring) {
        const auto& [other, name] = place;
        if (find_field(scenario_, state_.records[other].entity, name)->dies_with)
            remove_record(other, advance, run);
        else
            set_field(other, name, {}, advance, run);
    }
}

// ---- Statements ---------------------------------------------------------------------------------

Model::Ending Model::execute(Run& run, Advance& advance) {
    while (!run.places.empty()) {
        Place& place = run.places.back();
        if (place.next == place.block->size()) {
            run.places.pop_back();
            continue;
        }
        const Statement& statement = (*place.block)[place.next++];
        const Ending ending = perform(run, statement, advance);
        if (ending != Ending::done) return ending;
    }
    return Ending::done;
}

Model::Ending Model::perform(Run& run, const Statement& statement, Advance& advance) {
    using Form = Statement::Form;
    const std::string name = " r" + std::to_string(run.number);
    const auto values = [&] {
        std::map<std::string, Value> given;
        for (const auto& [field, value] : statement.with) given[field] = evaluate(run.names, value);
        return given;
    };
    switch (statement.form) {
        case Form::set:
        case Form::clear: {
            const Value value =
                statement.form == Form::set ? evaluate(run.names, statement.value) : Value{};
            const std::string id = read(run.names, statement.path).text;
            return set_field(id, statement.name, value, advance, name) ? Ending::done
                                                                       : Ending::failed;
        }
        case Form::log: {
            std::string line = "log " + statement.text;
            for (const Expression& value : statement.values)
                line += " " + shown(evaluate(run.names, value));
            tell(line + name);
            return Ending::done;
        }
        case Form::emit: {
            Occurred event{statement.name, values()};
            std::string line = "emit " + statement.name;
            for (const auto& [field, value] : event.fields)
                if (!value.is_missing()) line += " " + field + "=" + shown(value);
            tell(line + name);
            advance.emitted.push_back(std::move(event));
            return Ending::done;
        }
        case Form::create: {
            const std::string id =
                statement.name + "-" + std::to_string(++state_.made[statement.name]);
            return create_record(id, statement.name, values(), advance, name) ? Ending::done
                                                                              : Ending::failed;
        }
        case Form::remove: {
            const std::string id = read(run.names, statement.path).text;
            if (!state_.records.contains(id)) return Ending::failed;
            remove_record(id, advance, name);
            return Ending::done;
        }
        case Form::wait: return go_to_sleep(run, statement, after(now_, statement.length));
        case Form::wait_until: {
            const Value until = evaluate(run.names, statement.value);
            return go_to_sleep(run, statement, {until.number});
        }
        case Form::wait_for: return wait_for(run, statement);
        case Form::branch:
            run.places.push_back(
                {holds(run.names, *statement.test) == true ? &statement.first : &statement.second,
                 0});
            return Ending::done;
        case Form::cancel_runs: {
            const std::string about =
                statement.path.empty() ? "" : read(run.names, statement.path).text;
            if (!statement.path.empty() && about.empty()) return Ending::failed;
            for (const auto& [number, other] : state_.runs)
                if (other.rule != nullptr && other.rule->id == statement.name &&
                    (statement.path.empty() ||
                     (other.subject == about && state_.records.contains(about))))
                    advance.cancelled.push_back(number);
            return Ending::done;
        }
        case Form::stop: return Ending::stopped;
        default: return steer(run, statement) ? Ending::done : Ending::failed;
    }
}

// ---- Waits --------------------------------------------------------------------------------------

// A moment that is past is no wait; the advance ends all the same.
Model::Ending Model::go_to_sleep(Run& run, const Statement& statement, Instant until) {
    // What came before a `wait for` is seen by one behind it, too.
    if (statement.form != Statement::Form::wait_for) run.kept.clear();
    run.wait = &statement;
    run.until = until;
    if (until <= now_) return Ending::goes_on;
    return Ending::waits;
}

Model::Ending Model::wait_for(Run& run, const Statement& statement) {
    run.wait = &statement;
    run.about.reset();
    if (statement.about) run.about = read(run.names, *statement.about).text;
    // Several of what it waits for: those that it does not take stay for another one behind it.
    std::erase_if(run.kept, [&](const Occurred& each) { return !matches(run, each); });
    if (!run.kept.empty()) {
        run.came = run.kept.front();
        run.kept.erase(run.kept.begin());
        return Ending::goes_on;
    }
    return go_to_sleep(run, statement, after(now_, statement.length));
}

bool Model::matches(const Run& run, const Occurred& event) const {
    if (run.wait == nullptr || run.wait->form != Statement::Form::wait_for) return false;
    if (event.event != run.wait->name) return false;
    const Value client = event.fields.at("client");
    if (run.about && (client.is_missing() || client.text != *run.about)) return false;
    Names names = run.names;
    names[event.event] = {{}, event.fields};
    return !run.wait->test || holds(names, *run.wait->test) == true;
}

bool Model::is_held_back(const Run& run) const {
    return run.rule != nullptr && run.rule->unless && holds(run.names, *run.rule->unless) == true;
}

}  // namespace pawl::sim
