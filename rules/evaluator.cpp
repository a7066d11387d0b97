#include "rules/evaluator.h"

#include "base/check.h"
#include "rules/internal/evaluate_machine.h"

namespace pawl::rules {

struct Evaluator::Data {
    explicit Data(const Program& of) : program(of) {
        const std::optional<Zone> found =
            of.header.timezone.empty() ? std::nullopt : Zone::find(of.header.timezone);
        zone = found.value_or(Zone::utc());
        for (const Setting& setting : of.schema.settings) settings.push_back(setting.value);
    }

    const Program& program;
    Zone zone = Zone::utc();
    std::vector<Value> settings;
    internal::PatternCache patterns;
    std::vector<std::unique_ptr<internal::Workspace>> idle;
};

namespace {

// A workspace for one call. A host that evaluates while it carries a statement out gets another.
class Borrowed {
 public:
    using Idle = std::vector<std::unique_ptr<internal::Workspace>>;

    explicit Borrowed(Idle& idle) : idle_(idle) {
        if (idle_.empty()) {
            workspace_ = std::make_unique<internal::Workspace>();
        } else {
            workspace_ = std::move(idle_.back());
            idle_.pop_back();
        }
    }
    ~Borrowed() {
        workspace_->cache.clear();
        idle_.push_back(std::move(workspace_));
    }
    Borrowed(const Borrowed&) = delete;
    Borrowed& operator=(const Borrowed&) = delete;

    internal::Workspace& operator*() { return *workspace_; }

 private:
    Idle& idle_;
    std::unique_ptr<internal::Workspace> workspace_;
};

}  // namespace

Evaluator::Evaluator(const Program& program) : data_(std::make_unique<Data>(program)) {}
Evaluator::~Evaluator() = default;

void Evaluator::set_setting(SettingIndex setting, Value value) {
    PAWL_CHECK(setting < data_->settings.size());
    data_->settings[setting] = std::move(value);
}

Outcome Evaluator::run(std::vector<Frame>& frames, Host& host, const Moment& moment, Budget& budget,
                       const std::optional<Value>& answer) {
    PAWL_CHECK(!frames.empty());
    Borrowed workspace(data_->idle);
    const internal::Surroundings around{
        data_->program, data_->zone, data_->settings, data_->patterns, host, &host, moment, budget};
    return internal::Machine(around, *workspace).run(frames, answer);
}

Outcome Evaluator::resume_failed(std::vector<Frame>& frames, Host& host, const Moment& moment,
                                 Budget& budget, Failure failure) {
    PAWL_CHECK(!frames.empty());
    Borrowed workspace(data_->idle);
    const internal::Surroundings around{
        data_->program, data_->zone, data_->settings, data_->patterns, host, &host, moment, budget};
    return internal::Machine(around, *workspace).resume_failed(frames, std::move(failure));
}

Outcome Evaluator::evaluate(UnitIndex unit, std::uint32_t entry, std::vector<Value>& locals,
                            Host& host, const Moment& moment, Budget& budget) {
    std::vector<Frame> frames(1);
    frames[0] = {unit, entry, std::move(locals)};
    Outcome outcome = run(frames, host, moment, budget);
    locals = std::move(frames[0].locals);
    return outcome;
}

Outcome Evaluator::evaluate(UnitIndex unit, std::uint32_t entry, std::vector<Value>& locals,
                            Records& records, const Moment& moment, Budget& budget) {
    Borrowed workspace(data_->idle);
    const internal::Surroundings around{data_->program,  data_->zone, data_->settings,
                                        data_->patterns, records,     nullptr,
                                        moment,          budget};
    std::vector<Frame> frames(1);
    frames[0] = {unit, entry, std::move(locals)};
    Outcome outcome = internal::Machine(around, *workspace).run(frames, std::nullopt);
    locals = std::move(frames[0].locals);
    return outcome;
}

Outcome Evaluator::evaluate(UnitIndex unit, const Stated& stated, Records& records,
                            const Moment& moment, Budget& budget) {
    std::vector<Value> locals;
    if (stated.entry) return evaluate(unit, *stated.entry, locals, records, moment, budget);
    Outcome outcome;
    outcome.value = stated.value;
    return outcome;
}

}  // namespace pawl::rules
