#include <algorithm>

#include "random_day.h"

// Random, but what a checked rulebook can be. Nothing sets itself off for ever: what a rule sets or
// emits ranks above what sets it off.

namespace pawl::sim {

const Field* find_field(const Scenario& scenario, const std::string& entity,
                        const std::string& field) {
    for (const Entity& each : scenario.entities)
        for (const Field& candidate : each.fields)
            if (each.name == entity && candidate.name == field) return &candidate;
    return nullptr;
}

namespace {

// What sets rules off, by rank.
const std::vector<std::string> ranks{"ping",         "pong",         "note",   "task",
                                     "client.level", "client.state", "task.n", "task.state",
                                     "client.due",   "task.due"};

int rank_of(const std::string& name) {
    return static_cast<int>(std::find(ranks.begin(), ranks.end(), name) - ranks.begin());
}

// A record or an event that a body may speak of.
struct Place {
    Path path;
    std::string entity;   // of a record
    bool is_sure = true;  // what it says must be there
};

// What the body of a rule may speak of, and what it may set off.
struct Scope {
    int rank = -1;
    std::vector<Place> places;
    std::vector<Path> numbers;
};

class Generator : private World {
 public:
    explicit Generator(std::uint64_t seed) : World(seed) {}

    Scenario generate() {
        choose_zone();
        make_schema();
        if (chance(30)) make_journey();
        const std::size_t rules = 2 + below(7);
        for (std::size_t each = 0; each < rules; ++each) {
            Rule rule;
            rule.id = "r" + std::to_string(each == 1 ? 10 : each);
            scenario_.rules.push_back(rule);
        }
        std::vector<Scope> scopes;
        for (Rule& rule : scenario_.rules) {
            scope_ = {};
            make_trigger(rule.trigger);
            scopes.push_back(scope_);
        }
        for (std::size_t each = 0; each < rules; ++each) {
            scope_ = scopes[each];
            make_rule(scenario_.rules[each]);
        }
        make_inputs();
        make_outages();
        make_storms();
        add_census("client", {{"client", "level"}, {"client", "state"}});
        add_census("task", {{"task", "n"}, {"task", "state"}});
        return std::move(scenario_);
    }

 private:
    // ---- Rules --------------------------------------------------------------------------------

    void make_rule(Rule& rule) {
        if (chance(25)) add_test(rule.ifs);
        if (chance(20)) {
            std::vector<Test> tests;
            add_test(tests);
            if (!tests.empty()) rule.unless = tests.front();
        }
        has_listened_ = false;
        rule.body = make_block(2, 4);
        if (rule.body.empty()) rule.body.push_back(make_log());
        if (chance(35)) make_guard(rule);
    }

    void speak_of_event(const std::string& event, bool is_sure) {
        scope_.places.push_back({{event, "client"}, "client"});
        if (is_sure) scope_.numbers.push_back({event, "n"});
    }
    void speak_of(const std::string& entity) {
        scope_.places.push_back({{entity}, entity});
        if (entity == "task")
            scope_.places.push_back({{"task", "client"},
                                     "client",
                                     !find_field(scenario_, "task", "client")->is_optional});
    }

    void make_trigger(Trigger& trigger) {
        using Form = Trigger::Form;
        const std::string event = one_of<std::string>({"ping", "ping", "pong", "note"});
        const std::string entity = one_of<std::string>({"client", "client", "task"});
        const std::string amount = entity == "client" ? "level" : "n";
        scope_.rank = -1;
        trigger.form = one_of<Form>(
            {Form::event, Form::event, Form::event, Form::created, Form::updated, Form::becomes,
             Form::changes, Form::drops, Form::rises, Form::whenever, Form::anchor, Form::anchor,
             Form::every, Form::absence, Form::count, Form::sequence, Form::sequence_missing});
        trigger.is_including = chance(30);
        trigger.number = 1 + static_cast<std::int64_t>(below(3));
        switch (trigger.form) {
            case Form::event:
                trigger.event = event;
                scope_.rank = rank_of(event);
                return speak_of_event(event, true);
            case Form::absence:
                trigger.length = some_length();
                trigger.event = event;
                scope_.rank = rank_of(event);
                if (chance(30)) trigger.where = Test{Test::Form::at_least, {event, "n"}, number(2)};
                if (!trigger.is_including) speak_of_event(event, true);
                return;
            case Form::count:
                trigger.length = some_length();
                trigger.event = event;
                ++trigger.number;
                scope_.rank = rank_of(event);
                return speak_of_event(event, true);
            case Form::sequence:
            case Form::sequence_missing:
                trigger.length = some_length();
                trigger.event = event;
                trigger.second = event == "ping" ? "pong" : "ping";
                scope_.rank = std::max(rank_of(event), rank_of(trigger.second));
                speak_of_event(event, true);
                if (trigger.form == Form::sequence) speak_of_event(trigger.second, true);
                return;
            case Form::every:
                if (chance(50))
                    trigger.at = TimeOfDay{static_cast<std::int64_t>(below(48)) * 30 * minute};
                else
                    trigger.length = {0, 0, one_of<std::int64_t>({180, 240, 420, 720}) * minute};
                if (chance(60)) {
                    trigger.entity = entity;
                    speak_of(entity);
                    if (chance(50))
                        trigger.where = Test{Test::Form::is, {entity, "state"}, choice("a")};
                }
                return;
            default: break;
        }
        trigger.entity = entity;
        speak_of(entity);
        switch (trigger.form) {
            case Form::created: scope_.rank = rank_of(entity); break;
            case Form::updated: scope_.rank = static_cast<int>(ranks.size()); break;
            case Form::becomes: trigger.option = some_option(); [[fallthrough]];
            case Form::changes: trigger.field = "state"; break;
            case Form::drops:
            case Form::rises: trigger.field = amount; break;
            case Form::whenever: {
                Test low{Test::Form::at_least, {entity, amount}, number(trigger.number)};
                Test state{Test::Form::is, {entity, "state"}, choice(some_option())};
                trigger.where =
                    chance(50)
                        ? low
                        : Test{
                              chance(50) ? Test::Form::all : Test::Form::any, {}, {}, {low, state}};
                scope_.rank = std::max(rank_of(entity + ".state"), rank_of(entity + "." + amount));
                break;
            }
            default:
                trigger.field = "due";
                trigger.length = some_length();
                if (chance(50)) trigger.length = {0, -trigger.length.days, -trigger.length.micros};
                if (chance(20)) trigger.length = {};
        }
        if (scope_.rank < 0) scope_.rank = rank_of(entity + "." + trigger.field);
    }

    void make_guard(Rule& rule) {
        using Form = Guard::Form;
        Guard guard;
        const Form form =
            one_of<Form>({Form::once_per, Form::at_most, Form::only_every, Form::debounce,
                          Form::running_skip, Form::running_restart, Form::running_queue,
                          Form::missed_skips, Form::missed_once, Form::missed_all});
        guard.form = form;
        guard.length = some_length();
        guard.number = 1 + static_cast<std::int64_t>(below(2));
        guard.unit = chance(50) ? "day" : "hour";
        if (form == Form::once_per) {
            if (scope_.places.empty()) return;
            guard.key = !scope_.numbers.empty() && chance(50) ? scope_.numbers.front()
                                                              : scope_.places.front().path;
        }
        const bool is_missed =
            form == Form::missed_skips || form == Form::missed_once || form == Form::missed_all;
        const bool is_timed = rule.trigger.form == Trigger::Form::anchor ||
                              rule.trigger.form == Trigger::Form::every ||
                              rule.trigger.form == Trigger::Form::absence ||
                              rule.trigger.form == Trigger::Form::sequence_missing;
        if (is_missed && !is_timed) return;
        rule.guards.push_back(guard);
    }

    void add_test(std::vector<Test>& tests) {
        if (scope_.places.empty()) return;
        const Place place = one_of(scope_.places);
        Path path = place.path;
        if (!scope_.numbers.empty() && chance(40)) {
            tests.push_back({Test::Form::at_least, one_of(scope_.numbers), number(2)});
        } else if (chance(50)) {
            path.push_back("state");
            tests.push_back(
                {chance(70) ? Test::Form::is : Test::Form::is_not, path, choice(some_option())});
        } else {
            path.push_back(place.entity == "client" ? "level" : "n");
            tests.push_back({chance(50) ? Test::Form::below : Test::Form::at_least, path,
                             number(1 + static_cast<std::int64_t>(below(3)))});
        }
        if (chance(15)) tests.back() = {Test::Form::no, {}, {}, {tests.back()}};
    }

    // ---- Statements ---------------------------------------------------------------------------

    std::vector<Statement> make_block(int depth, std::size_t most) {
        std::vector<Statement> block;
        const std::size_t count = 1 + below(most);
        for (std::size_t each = 0; each < count; ++each) {
            std::optional<Statement> statement = make_statement(depth);
            if (!statement) continue;
            const bool is_last = statement->form == Statement::Form::stop;
            block.push_back(std::move(*statement));
            if (is_last) break;
        }
        return block;
    }

    Statement make_log() {
        Statement log;
        log.form = Statement::Form::log;
        log.text = "says";
        for (const Path& path : scope_.numbers)
            if (chance(50)) log.values.push_back({Expression::Form::path, {}, path});
        if (!scope_.places.empty()) {
            const Place place = one_of(scope_.places);
            Path path = place.path;
            path.push_back(place.entity == "client" ? "level" : "n");
            log.values.push_back({Expression::Form::path, {}, path, {}, number(-1)});
        }
        return log;
    }

    std::optional<Statement> make_statement(int depth) {
        using Form = Statement::Form;
        if (!scenario_.journeys.empty() && chance(25)) return make_steering();
        Statement statement;
        statement.form = one_of<Form>(
            {Form::set, Form::set, Form::set, Form::log, Form::log, Form::emit, Form::emit,
             Form::create, Form::remove, Form::wait, Form::wait, Form::wait_until, Form::wait_for,
             Form::wait_for, Form::branch, Form::cancel_runs, Form::stop});
        statement.length = some_length();
        switch (statement.form) {
            case Form::log: return make_log();
            case Form::set: return make_set();
            case Form::emit: return make_emit();
            case Form::create: return make_create();
            case Form::remove:
                if (scope_.places.empty() || !chance(25) || scope_.rank < 0) return std::nullopt;
                statement.path = one_of(scope_.places).path;
                if (!is_sure(statement.path)) return std::nullopt;
                return statement;
            case Form::wait: has_listened_ = false; return statement;
            case Form::wait_until: {
                if (scope_.places.empty()) return std::nullopt;
                Path path = one_of(scope_.places).path;
                path.push_back("due");
                statement.value = {Expression::Form::later, {}, path, some_length(), number(0)};
                if (chance(50))
                    statement.value.length = {0, -statement.value.length.days,
                                              -statement.value.length.micros};
                return statement;
            }
            case Form::wait_for: return make_wait_for(depth);
            case Form::branch: {
                std::vector<Test> tests;
                add_test(tests);
                if (tests.empty() || depth == 0) return std::nullopt;
                statement.test = tests.front();
                statement.first = make_block(depth - 1, 2);
                if (chance(50)) statement.second = make_block(depth - 1, 2);
                if (statement.first.empty()) return std::nullopt;
                // `else if` would go on with this one, and have no end of its own.
                if (!statement.second.empty() && statement.second.front().form == Form::branch)
                    statement.second.insert(statement.second.begin(), make_log());
                return statement;
            }
            case Form::cancel_runs: return make_cancel(statement);
            default: return chance(30) ? std::optional(statement) : std::nullopt;
        }
    }

    std::optional<Statement> make_steering() {
        using Form = Statement::Form;
        const Expression client = some_client();
        if (client.path.empty()) return std::nullopt;
        const Journey& journey = scenario_.journeys.front();
        Statement statement;
        statement.form = one_of<Form>(
            {Form::pause, Form::pause, Form::resume, Form::resume, Form::shift, Form::shift,
             Form::skip_step, Form::trigger_step, Form::start_journey, Form::stop_journey});
        statement.name = journey.id;
        statement.path = client.path;
        const Step& step = one_of(journey.steps);
        statement.text = step.name;
        if (step.last > 0)
            statement.text +=
                "(" + std::to_string(1 + below(static_cast<std::size_t>(step.last))) + ")";
        statement.length = some_length();
        if (chance(30)) statement.length = {0, -statement.length.days, -statement.length.micros};
        if (statement.form == Form::shift && chance(10)) statement.length = {};
        if (statement.form == Form::pause && chance(50))
            statement.value = {Expression::Form::now, {}, {}, statement.length};
        if (statement.form == Form::pause && chance(30)) {
            Path path = client.path;
            path.push_back("due");
            statement.value = {Expression::Form::path, {}, path};
        }
        return statement;
    }

    std::optional<Statement> make_set() {
        if (scope_.places.empty()) return std::nullopt;
        const Place place = one_of(scope_.places);
        if (!place.is_sure) return std::nullopt;
        const std::string amount = place.entity == "client" ? "level" : "n";
        const std::string field = one_of<std::string>({amount, "state", "due"});
        if (rank_of(place.entity + "." + field) <= scope_.rank) return std::nullopt;
        Statement statement;
        statement.form = Statement::Form::set;
        statement.path = place.path;
        statement.name = field;
        Path path = place.path;
        path.push_back(field);
        if (field == "state") {
            // Rules of one trigger may not disagree.
            const char* const options[] = {"a", "b", "c"};
            statement.value = {Expression::Form::literal,
                               choice(options[static_cast<std::size_t>(scope_.rank + 1) % 3])};
        } else if (field == "due") {
            if (chance(25)) {
                statement.form = Statement::Form::clear;
                return statement;
            }
            statement.value = {Expression::Form::later, {}, path, some_length(), number(0)};
            if (chance(50)) statement.value = {Expression::Form::now, {}, {}, some_length()};
        } else if (!scope_.numbers.empty() && chance(30)) {
            statement.value = {Expression::Form::path, {}, one_of(scope_.numbers)};
        } else {
            const std::int64_t by = chance(70) ? 1 : -2;
            statement.value = {Expression::Form::sum, number(by), path, {}, number(0)};
            if (chance(30))
                statement.value = {Expression::Form::literal,
                                   number(static_cast<std::int64_t>((scope_.rank + 1) % 4))};
        }
        return statement;
    }

    bool is_sure(const Path& path) const {
        for (const Place& place : scope_.places)
            if (place.path == path) return place.is_sure;
        return false;
    }

    // Those of one record only where the rule is about such records.
    Statement make_cancel(Statement statement) {
        const Rule& rule = one_of(scenario_.rules);
        statement.name = rule.id;
        const Trigger& trigger = rule.trigger;
        std::string entity = trigger.entity;
        if (!trigger.event.empty()) entity = "client";
        if (trigger.event == "note" && !scenario_.events.back().is_about_client) entity.clear();
        for (const Place& place : scope_.places)
            if (place.entity == entity && place.is_sure && chance(70)) statement.path = place.path;
        return statement;
    }

    Expression some_client() {
        for (const Place& place : scope_.places)
            if (place.entity == "client" && place.is_sure)
                return {Expression::Form::path, {}, place.path};
        return {};
    }

    std::optional<Statement> make_emit() {
        Statement statement;
        statement.form = Statement::Form::emit;
        statement.name = one_of<std::string>({"pong", "note"});
        if (rank_of(statement.name) <= scope_.rank) return std::nullopt;
        const Expression client = some_client();
        if (client.path.empty()) return std::nullopt;
        statement.with.push_back({"client", client});
        statement.with.push_back(
            {"n", {Expression::Form::literal, number(static_cast<std::int64_t>(below(4)))}});
        return statement;
    }

    std::optional<Statement> make_create() {
        Statement statement;
        statement.form = Statement::Form::create;
        statement.name = "task";
        const bool is_optional = find_field(scenario_, "task", "client")->is_optional;
        Expression client = some_client();
        if (rank_of("task") <= scope_.rank || scope_.rank < 0) return std::nullopt;
        if (!is_optional && client.path.size() != 1) return std::nullopt;
        if (!client.path.empty()) statement.with.push_back({"client", client});
        statement.with.push_back({"state", {Expression::Form::literal, choice(some_option())}});
        if (chance(50))
            statement.with.push_back({"due", {Expression::Form::now, {}, {}, some_length()}});
        return statement;
    }

    std::optional<Statement> make_wait_for(int depth) {
        // Which events of a `wait for` another one right behind it sees is not settled.
        if (depth == 0 || has_listened_) return std::nullopt;
        Statement statement;
        statement.form = Statement::Form::wait_for;
        statement.name = one_of<std::string>({"ping", "pong", "note"});
        statement.length = some_length();
        const Expression client = some_client();
        if (!client.path.empty() && chance(70)) statement.about = client.path;
        // The event that set the rule off has that name already.
        for (const Place& place : scope_.places)
            if (place.path.front() == statement.name) return std::nullopt;
        if (has_came_) return std::nullopt;
        if (chance(40))
            statement.test = Test{Test::Form::at_least, {statement.name, "n"}, number(2)};
        has_came_ = has_listened_ = true;
        scope_.numbers.push_back({"came", "n"});
        statement.first = make_block(depth - 1, 2);
        scope_.numbers.pop_back();
        has_came_ = false;
        statement.second = make_block(depth - 1, 2);
        return statement;
    }

    Scope scope_;
    bool has_came_ = false, has_listened_ = false;
};

}  // namespace

Scenario generate(std::uint64_t seed) { return Generator(seed).generate(); }

}  // namespace pawl::sim
