#include <algorithm>
#include <limits>
#include <utility>

#include "base/limits.h"

#include "rules/internal/evaluate_machine.h"
#include "rules/internal/program_operands.h"

// What ends an advance until later: waits, questions, tries that are tried again; and what a run
// says to others that wait: to runs and journeys.

namespace pawl::rules::internal {

namespace {

constexpr std::uint16_t no_local = 0xffff;
constexpr Duration first_delay{.micros = micros_per_second};
constexpr Duration longest_delay{.micros = 3600 * micros_per_second};

// Every bit of the number counts (the finalizer of splitmix64, Steele, Lea, Flood 2014).
std::uint64_t scatter(std::uint64_t number) {
    number += 0x9e3779b97f4a7c15;
    number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9;
    number = (number ^ (number >> 27)) * 0x94d049bb133111eb;
    return number ^ (number >> 31);
}

bool goes_back(Duration duration) {
    return duration.months <= 0 && duration.days <= 0 && duration.micros <= 0;
}

// Than the longest delay of a retry that says none.
bool is_longer(Duration duration) {
    return duration.months > 0 || duration.days > 0 || duration.micros > longest_delay.micros;
}

std::uint32_t count_of(const Value& value) {
    const Value number = plain(value);
    if (number.kind() != Kind::integer) return 0;
    const std::int64_t most = std::numeric_limits<std::uint32_t>::max();
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(number.as_integer(), 0, most));
}

Duration duration_of(const Value& value, Duration otherwise) {
    return value.kind() == Kind::duration ? value.as_duration() : otherwise;
}

}  // namespace

Machine::Step Machine::wait_on(Wait wait) {
    outcome_.wait = std::move(wait);
    level_->frame->instruction = level_->at;
    keep_all_marks();
    return done(OutcomeKind::waiting);
}

Machine::Step Machine::moment_missing(std::string_view what) {
    return fail(DiagnosticCode::moment_missing, "missing", std::string(what) + " is missing");
}

Machine::Step Machine::beyond_calendar(std::string_view what) {
    return fail(DiagnosticCode::beyond_calendar, "calendar",
                std::string(what) +
                    " would end outside the calendar, which goes from 0001-01-01 to 9999-12-31");
}

// When a wait of that length ends; one that goes back ends now.
Machine::Step Machine::end_of_wait(const Value& value, Instant& out) {
    const Value length = plain(value);
    if (length.kind() != Kind::duration) return moment_missing("how long to wait");
    const Instant now = around_.moment.now;
    const std::optional<Instant> end = around_.zone.add(now, length.as_duration());
    if (!end && !goes_back(length.as_duration())) return beyond_calendar("the wait");
    out = std::max(now, end.value_or(now));
    return Step::next;
}

Machine::Step Machine::wait_for_time() {
    Wait wait;
    const Step step = end_of_wait(pop(), wait.until);
    return step == Step::next ? wait_on(std::move(wait)) : step;
}

Machine::Step Machine::wait_until() {
    const Value moment = plain(pop());
    Wait wait;
    if (moment.kind() == Kind::datetime)
        wait.until = moment.as_datetime();
    else if (moment.kind() == Kind::date)
        wait.until = around_.zone.instant(moment.as_date(), TimeOfDay{0});
    else
        return moment_missing("until when to wait");
    return wait_on(std::move(wait));
}

Machine::Step Machine::wait_for_event(const Instruction& now) {
    Wait wait;
    wait.kind = WaitKind::event;
    wait.wait_for = now.b;
    const Step step = end_of_wait(pop(), wait.until);
    return step == Step::next ? wait_on(std::move(wait)) : step;
}

Machine::Step Machine::ask() {
    Wait wait;
    wait.kind = WaitKind::answer;
    const Step step = end_of_wait(pop(), wait.until);
    if (step != Step::next) return step;
    wait.question = display(pop());
    wait.recipient = pop();
    return wait_on(std::move(wait));
}

// A missing record is none to tell runs apart by; taking it for all of them would end too many.
Machine::Step Machine::cancel_runs(const Instruction& now) {
    const auto rule = static_cast<RuleIndex>(now.c);
    if (now.a == 0) return check(around_.host->cancel_runs(rule, std::nullopt));
    const Value about = pop();
    if (about.kind() != Kind::reference) {
        return fail(DiagnosticCode::set_through_missing, "missing",
                    "the runs of `" + around_.program.rules[rule].id +
                        "` cannot be cancelled: the record they are about is missing");
    }
    return check(around_.host->cancel_runs(rule, about.as_reference()));
}

Machine::Step Machine::steer_journey(const Instruction& now) {
    const Journey& journey = around_.program.journeys[now.b];
    Steering steering;
    steering.verb = static_cast<JourneyVerb>(now.a);
    steering.journey = now.b;
    if (steers_step(steering.verb)) {
        steering.step = static_cast<std::uint32_t>(now.c);
        steering.values = pop_many(journey.steps[steering.step].parameters.size());
    } else if (now.c == 1) {
        steering.argument = plain(pop());
    }
    const Value record = pop();
    if (record.kind() != Kind::reference || record.as_reference().entity != journey.entity) {
        return fail(DiagnosticCode::set_through_missing, "missing",
                    "the journey `" + journey.name + "` cannot be steered: the " +
                        around_.program.schema.entities[journey.entity].name + " is missing");
    }
    if (steering.verb == JourneyVerb::shift && steering.argument.kind() != Kind::duration)
        return moment_missing("by how much to shift `" + journey.name + "`");
    const bool is_moment =
        steering.argument.kind() == Kind::date || steering.argument.kind() == Kind::datetime;
    if (steering.verb == JourneyVerb::pause && !is_moment) steering.argument = Value();
    steering.record = record.as_reference();
    return check(around_.host->steer_journey(std::move(steering)));
}

Machine::Step Machine::plan_step(const Instruction& now) {
    PlannedStep step;
    step.step = static_cast<std::uint32_t>(now.c);
    step.at = plain(pop());
    if (step.at.kind() != Kind::date && step.at.kind() != Kind::datetime) step.at = Value();
    step.title = pop();
    step.values = pop_many(now.b);
    std::size_t bytes = step.title.size_bytes();
    for (const Value& value : step.values) bytes += value.size_bytes();
    if (!spend_bytes(bytes)) return out_of_bytes();
    if (outcome_.steps.size() == limits::journey_steps_max) {
        return fail(DiagnosticCode::journey_too_long, "limit",
                    "`" + level_->unit->id + "` has more than " +
                        std::to_string(limits::journey_steps_max) +
                        " steps for one record; let it begin anew, or go through fewer values");
    }
    outcome_.steps.push_back(std::move(step));
    return Step::next;
}

Machine::Step Machine::read_stated(const Stated& stated, Value& out) {
    out = stated.value;
    if (!stated.entry) return Step::next;
    const Step step = evaluate_unit(level_->frame->unit, *stated.entry, {}, out);
    out = plain(out);
    return step;
}

Machine::Step Machine::read_plan(const Retry& retry, RetryPlan& plan) {
    Value times;
    Value first;
    Value limit;
    for (const auto& [stated, out] :
         {std::pair(&retry.times, &times), std::pair(&retry.first, &first),
          std::pair(&retry.limit, &limit)}) {
        const Step step = read_stated(*stated, *out);
        if (step != Step::next) return step;
    }
    plan.times = count_of(times);
    plan.first = duration_of(first, first_delay);
    plan.limit = duration_of(limit, is_longer(plan.first) ? plan.first : longest_delay);
    return Step::next;
}

// The plan of the instruction that runs, where it has one.
Machine::Step Machine::read_plan_here(std::optional<RetryPlan>& plan) {
    const std::vector<Retry>& retries = level_->unit->retries;
    const std::uint32_t here = level_->at - 1;
    const auto found = std::lower_bound(
        retries.begin(), retries.end(), here,
        [](const Retry& retry, std::uint32_t wanted) { return retry.instruction < wanted; });
    if (found == retries.end() || found->instruction != here) return Step::next;
    return read_plan(*found, plan.emplace());
}

// The innermost try that holds the place, in this frame or one outside: its frame.
std::optional<std::size_t> Machine::find_try(const TryRange*& range) const {
    const std::vector<Frame>& frames = *level_->frames;
    for (std::size_t depth = frames.size(); depth-- > 0;) {
        if (level_->marks[depth] == 0) continue;
        const bool innermost = depth + 1 == frames.size();
        const std::uint32_t place = (innermost ? level_->at : frames[depth].instruction) - 1;
        const std::vector<TryRange>& tries = around_.program.units[frames[depth].unit].tries;
        const auto found = std::find_if(tries.begin(), tries.end(), [&](const TryRange& one) {
            return one.begin <= place && place < one.end;
        });
        if (found == tries.end()) continue;
        range = &*found;
        return depth;
    }
    return std::nullopt;
}

// A failure that a try catches: `next` in its handler, `done` when its body is tried again later.
Machine::Step Machine::recover() {
    if (!failure_->catchable || around_.host == nullptr) return Step::failed;
    const TryRange* range = nullptr;
    const std::optional<std::size_t> depth = find_try(range);
    if (!depth) return Step::failed;
    unwind(*depth);
    if (range->retry && failure_->retry) {
        const Step step = try_again(*range);
        if (step != Step::next) return step;
    }
    go_to_handler(*range);
    return Step::next;
}

// Back to the frame of a try and to what its mark kept.
void Machine::unwind(std::size_t depth) {
    while (level_->frames->size() > depth + 1) {
        for (; level_->marks.back() > 0; --level_->marks.back()) around_.host->undo_to_mark();
        level_->marks.pop_back();
        level_->frames->pop_back();
    }
    around_.host->undo_to_mark();
    --level_->marks.back();
    drop_open();
    space_.cache.clear();
    row_.reset();
    enter_frame();
}

void Machine::go_to_handler(const TryRange& range) {
    level_->at = range.handler;
    if (range.error_local != no_local) {
        level_->frame->locals[range.error_local] = Value::record(
            record_error, {Value::text(failure_->kind), Value::text(failure_->message),
                           failure_->action.empty() ? Value() : Value::text(failure_->action)});
    }
    failure_.reset();
}

// `next` where no attempt is left.
Machine::Step Machine::try_again(const TryRange& range) {
    const Retry& retry = level_->unit->retries[*range.retry];
    // Whatever goes wrong now is of the try itself.
    level_->at = range.begin;
    Failure failure = std::move(*failure_);
    RetryPlan plan;
    const Step step = read_plan(retry, plan);
    if (step != Step::next) return step;
    Value& counted = level_->frame->locals[retry.attempt_local];
    const std::uint32_t failed = count_of(counted);
    if (failed >= plan.times) {
        failure_ = std::move(failure);
        return Step::next;
    }
    Wait wait;
    wait.kind = WaitKind::retry;
    wait.attempt = failed + 1;
    wait.error = std::move(failure.message);
    const auto due = next_attempt(plan, wait.attempt, around_.moment, around_.zone);
    if (!due) return beyond_calendar("the wait before another attempt");
    wait.until = *due;
    counted = Value::integer(wait.attempt);
    failure_.reset();
    const Step waits = wait_on(std::move(wait));
    level_->frame->instruction = range.begin - 1;
    return waits;
}

}  // namespace pawl::rules::internal

namespace pawl::rules {

std::optional<Instant> next_attempt(const RetryPlan& plan, std::uint32_t failed,
                                    const Moment& moment, const Zone& zone) {
    const std::optional<Instant> latest = zone.add(moment.now, plan.limit);
    // 2^61 of anything is past every limit.
    const std::uint32_t doublings = std::clamp<std::uint32_t>(failed, 1, 62) - 1;
    const std::optional<Duration> delay = scale(plan.first, std::int64_t{1} << doublings);
    std::optional<Instant> due = delay ? zone.add(moment.now, *delay) : std::nullopt;
    if (!due || (latest && *latest < *due)) due = latest;
    if (!due) return std::nullopt;
    const auto length =
        static_cast<std::uint64_t>(std::max<std::int64_t>(due->micros - moment.now.micros, 0));
    const std::uint64_t less =
        internal::scatter(moment.seed ^ internal::scatter(failed)) % (length / 10 + 1);
    return Instant{moment.now.micros + static_cast<std::int64_t>(length - less)};
}

}  // namespace pawl::rules
