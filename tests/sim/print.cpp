#include <string>

#include "base/json.h"
#include "book.h"

namespace pawl::sim {

namespace {

std::string path_text(const Path& path) {
    std::string out;
    for (const std::string& part : path) out += (out.empty() ? "" : ".") + part;
    return out;
}

std::string literal_text(const Value& value) {
    switch (value.kind) {
        case Kind::missing: return "missing";
        case Kind::number: return std::to_string(value.number);
        case Kind::truth: return value.number != 0 ? "true" : "false";
        case Kind::moment: return format_instant({value.number});
        case Kind::choice:
        case Kind::reference: return value.text;
    }
    return "";
}

// "+ 3d", "- 30min"
std::string signed_text(Duration length) {
    const bool is_back = length.months < 0 || length.days < 0 || length.micros < 0;
    if (!is_back) return " + " + format_duration(length);
    return " - " + format_duration({-length.months, -length.days, -length.micros});
}

std::string expression_text(const Expression& expression) {
    std::string path = path_text(expression.path);
    if (expression.fallback) path += " or default " + literal_text(*expression.fallback);
    const std::string one = expression.fallback ? "(" + path + ")" : path;
    switch (expression.form) {
        case Expression::Form::literal: return literal_text(expression.value);
        case Expression::Form::path: return path;
        case Expression::Form::sum: return one + " + " + literal_text(expression.value);
        case Expression::Form::later: {
            if (expression.fallback) path = "(" + path_text(expression.path) + " or default now)";
            return path + signed_text(expression.length);
        }
        case Expression::Form::now: return "now" + signed_text(expression.length);
    }
    return "";
}

std::string test_text(const Test& test) {
    const auto joined = [&](const char* word) {
        std::string out;
        for (const Test& part : test.parts) out += (out.empty() ? "(" : word) + test_text(part);
        return out + ")";
    };
    const std::string path = path_text(test.path);
    switch (test.form) {
        case Test::Form::is: return path + " is " + literal_text(test.value);
        case Test::Form::is_not: return path + " is not " + literal_text(test.value);
        case Test::Form::below: return path + " < " + literal_text(test.value);
        case Test::Form::at_least: return path + " >= " + literal_text(test.value);
        case Test::Form::missing: return path + " is missing";
        case Test::Form::present: return path + " is present";
        case Test::Form::all: return joined(" and ");
        case Test::Form::any: return joined(" or ");
        case Test::Form::no: return "not (" + test_text(test.parts.front()) + ")";
    }
    return "";
}

void print_statements(std::string& out, const std::vector<Statement>& statements, int depth);

std::string with_text(const Statement& statement) {
    std::string out;
    for (const auto& [name, value] : statement.with)
        out += (out.empty() ? " with " : ", ") + name + ": " + expression_text(value);
    return out;
}

void print_statement(std::string& out, const Statement& each, int depth) {
    const std::string indent(static_cast<std::size_t>(depth) * 2, ' ');
    const std::string path = path_text(each.path);
    using Form = Statement::Form;
    out += indent;
    switch (each.form) {
        case Form::set:
            out += "set " + path + "." + each.name + " to " + expression_text(each.value);
            break;
        case Form::clear: out += "clear " + path + "." + each.name; break;
        case Form::log:
            out += "log \"" + each.text;
            for (const Expression& value : each.values)
                out += " {{" + expression_text(value) + "}}";
            out += "\"";
            break;
        case Form::emit: out += "emit " + each.name + with_text(each); break;
        case Form::create: out += "create " + each.name + with_text(each); break;
        case Form::remove: out += "delete " + path; break;
        case Form::wait: out += "wait " + format_duration(each.length); break;
        case Form::wait_until: out += "wait until " + expression_text(each.value); break;
        case Form::wait_for:
            out += "wait for " + each.name;
            if (each.about) {
                out += " where " + each.name + ".client is " + path_text(*each.about);
                if (each.test) out += " and " + test_text(*each.test);
            } else if (each.test) {
                out += " where " + test_text(*each.test);
            }
            out += " up to " + format_duration(each.length) + "\n";
            out += indent + "  came as came\n";
            print_statements(out, each.first, depth + 2);
            out += indent + "  timeout\n";
            print_statements(out, each.second, depth + 2);
            out += indent + "end";
            break;
        case Form::branch:
            out += "if " + test_text(*each.test) + " then\n";
            print_statements(out, each.first, depth + 1);
            if (!each.second.empty()) {
                out += indent + "else\n";
                print_statements(out, each.second, depth + 1);
            }
            out += indent + "end";
            break;
        case Form::cancel_runs:
            out += "cancel runs of " + each.name;
            if (!path.empty()) out += " for " + path;
            break;
        case Form::stop: out += "stop"; break;
        case Form::pause:
            out += "pause " + each.name + " for " + path;
            if (each.value.form != Expression::Form::literal)
                out += " until " + expression_text(each.value);
            break;
        case Form::resume: out += "resume " + each.name + " for " + path; break;
        case Form::shift:
            out += "shift " + each.name + " for " + path + " by " + format_duration(each.length);
            break;
        case Form::skip_step:
            out += "skip step " + each.text + " of " + each.name + " for " + path;
            break;
        case Form::trigger_step:
            out += "trigger step " + each.text + " of " + each.name + " for " + path;
            break;
        case Form::start_journey: out += "start journey " + each.name + " for " + path; break;
        case Form::stop_journey: out += "stop journey " + each.name + " for " + path; break;
    }
    out += "\n";
}

void print_statements(std::string& out, const std::vector<Statement>& statements, int depth) {
    for (const Statement& each : statements) print_statement(out, each, depth);
}

std::string trigger_text(const Trigger& trigger) {
    using Form = Trigger::Form;
    const std::string path = trigger.entity + "." + trigger.field;
    const std::string first = trigger.is_including ? " including first" : "";
    const std::string within = " per client within " + format_duration(trigger.length);
    const std::string where = trigger.where ? " where " + test_text(*trigger.where) : "";
    switch (trigger.form) {
        case Form::event: return "when " + trigger.event;
        case Form::created: return "when " + trigger.entity + " is created";
        case Form::updated: return "when " + trigger.entity + " is updated";
        case Form::removed: return "when " + trigger.entity + " is deleted";
        case Form::becomes: return "when " + path + " becomes " + trigger.option + first;
        case Form::changes: return "when " + path + " changes" + first;
        case Form::drops:
            return "when " + path + " drops below " + std::to_string(trigger.number) + first;
        case Form::rises:
            return "when " + path + " rises above " + std::to_string(trigger.number) + first;
        case Form::whenever: return "whenever " + test_text(*trigger.where) + first;
        case Form::anchor: {
            const Duration length = trigger.length;
            if (length == Duration{}) return "when at " + path;
            if (length.months < 0 || length.days < 0 || length.micros < 0)
                return "when " + format_duration({-length.months, -length.days, -length.micros}) +
                       " before " + path;
            return "when " + format_duration(length) + " after " + path;
        }
        case Form::every: {
            std::string out = trigger.at ? "every day at " + format_time(*trigger.at)
                                         : "every " + format_duration(trigger.length);
            if (!trigger.entity.empty())
                out += " for each " + trigger.entity + " in " + trigger.entity + where;
            return out;
        }
        case Form::absence:
            return "when no " + trigger.event + where + " per client for " +
                   format_duration(trigger.length) +
                   (trigger.is_including ? " including never" : "");
        case Form::count:
            return "when " + std::to_string(trigger.number) + " " + trigger.event + within;
        case Form::sequence:
            return "when " + trigger.event + " followed by " + trigger.second + within;
        case Form::sequence_missing:
            return "when " + trigger.event + " not followed by " + trigger.second + within;
    }
    return "";
}

std::string guard_text(const Guard& guard) {
    using Form = Guard::Form;
    const std::string key = guard.key.empty() ? "" : " per " + path_text(guard.key);
    const std::string length = format_duration(guard.length);
    switch (guard.form) {
        case Form::once_per: return "once" + key;
        case Form::at_most:
            return "at most " + std::to_string(guard.number) + key + " per " + guard.unit;
        case Form::only_every: return "only every " + length + key;
        case Form::debounce: return "debounce for " + length + key;
        case Form::running_skip: return "while running skip" + key;
        case Form::running_restart: return "while running restart" + key;
        case Form::running_queue: return "while running queue" + key;
        case Form::missed_skips: return "missed skips";
        case Form::missed_once: return "missed runs once within " + length;
        case Form::missed_all: return "missed runs all";
    }
    return "";
}

void print_rule(std::string& out, const Rule& rule) {
    out += "\nrule " + rule.id + "\n  " + trigger_text(rule.trigger) + "\n";
    for (const Test& test : rule.ifs) out += "  if " + test_text(test) + "\n";
    if (rule.unless) out += "  unless " + test_text(*rule.unless) + "\n";
    out += "  then\n";
    print_statements(out, rule.body, 2);
    for (const Guard& guard : rule.guards) out += "  " + guard_text(guard) + "\n";
    out += "end\n";
}

void print_journey(std::string& out, const Journey& journey) {
    out += "\njourney " + journey.id + " of " + journey.entity + "\n  starts " + journey.entity +
           "." + journey.starts + "\n";
    if (!journey.paused_while.empty()) {
        out += "  pauses while " + journey.entity + "." + journey.paused_while;
        if (!journey.paused_until.empty())
            out += " until " + journey.entity + "." + journey.paused_until;
        out += "\n";
    }
    for (const Step& step : journey.steps) {
        const bool is_loop = step.last > 0;
        if (is_loop) out += "  for each i in 1.." + std::to_string(step.last) + " do\n";
        out += "    step " + step.name + (is_loop ? "(i)" : "") + " \"" + step.name +
               "\" at start" + (is_loop ? " + " + format_duration(step.each) + " * i" : "") +
               (step.offset == Duration{} ? "" : signed_text(step.offset));
        if (step.catch_up) out += " catch up within " + format_duration(*step.catch_up);
        if (step.unless) out += " unless " + test_text(*step.unless);
        out += "\n";
        print_statements(out, step.body, 3);
        out += "    end\n";
        if (is_loop) out += "  end\n";
    }
    out += "end\n";
}

void write_value(JsonWriter& out, const Value& value) {
    switch (value.kind) {
        case Kind::missing: return out.null();
        case Kind::number: return out.integer(value.number);
        case Kind::truth: return out.boolean(value.number != 0);
        case Kind::moment: return out.string(format_instant({value.number}));
        case Kind::choice:
        case Kind::reference: return out.string(value.text);
    }
}

std::string field_text(const Field& field) {
    std::string out = "  " + field.name + " ";
    switch (field.kind) {
        case Kind::number: out += "int"; break;
        case Kind::truth: out += "bool"; break;
        case Kind::moment: out += "datetime"; break;
        case Kind::choice: out += "one of a, b, c"; break;
        case Kind::reference: out += "-> " + field.target; break;
        case Kind::missing: break;
    }
    if (field.is_optional) out += " ?";
    if (!field.initial.is_missing()) out += " = " + literal_text(field.initial);
    if (field.dies_with) out += " (deleted with it)";
    return out + "\n";
}

}  // namespace

std::string shown(const Value& value) {
    if (value.kind == Kind::moment) return format_instant({value.number});
    return literal_text(value);
}

std::string book_text(const Scenario& scenario) {
    std::string out = "rulebook sim\n  pawl 1\n  timezone " + scenario.zone + "\nend\n";
    for (const Entity& entity : scenario.entities) {
        out += "\nentity " + entity.name + "\n";
        for (const Field& field : entity.fields) out += field_text(field);
        out += "end\n";
    }
    for (const Event& event : scenario.events) {
        out += "\nevent " + event.name + (event.is_about_client ? " about client" : "") +
               "\n  client -> client\n  n int\nend\n";
    }
    for (const Rule& rule : scenario.rules) print_rule(out, rule);
    for (const Journey& journey : scenario.journeys) print_journey(out, journey);
    return out;
}

std::string events_text(const Scenario& scenario) {
    std::string out;
    for (const Input& input : scenario.inputs) {
        const auto write_values = [&](JsonWriter& json) {
            json.begin_object();
            for (const auto& [name, value] : input.values) {
                json.key(name);
                write_value(json, value);
            }
            json.end_object();
        };
        JsonWriter json;
        json.begin_object();
        json.member("specversion", "1.0");
        json.member("id", input.id);
        json.member("source", "/sim");
        const char* const acts[] = {"", "pawl.create", "pawl.change", "pawl.delete"};
        const bool is_event = input.form == Input::Form::event;
        json.member("type", is_event ? input.name : acts[static_cast<std::size_t>(input.form)]);
        json.member("time", format_instant(input.at));
        json.key("data");
        if (is_event) {
            write_values(json);
        } else {
            json.begin_object();
            json.member("entity", input.name);
            json.member("id", input.record);
            if (input.form != Input::Form::remove) {
                json.key(input.form == Input::Form::create ? "values" : "set");
                write_values(json);
            }
            json.end_object();
        }
        json.end_object();
        out += json.take() + "\n";
    }
    return out;
}

}  // namespace pawl::sim
