#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic_render.h"
#include "base/zone.h"
#include "simulation/dry_run.h"

namespace pawl::simulation {

// A dry-run told to a person: a heading a day, a line an input with its local time, under it each
// run with what it did. `happening_json.h` tells the same to programs, whole.
class Timeline : public Watcher {
 public:
    using Sink = std::function<void(std::string_view)>;

    // The program outlives it. The sink takes text that ends with a line break.
    Timeline(const rules::Program& program, Color color, Sink sink);

    void turn_begins(const Turn& turn) override;
    void happened(const engine::Happening& happening, std::uint64_t line,
                  rules::Records& records) override;

    // The last lines: how many inputs and runs, and which runs still wait.
    void finish(const DryRunSummary& summary);

 private:
    enum class Paint : std::uint8_t { plain, strong, dim, good, warning, bad, accent };

    std::string painted(Paint paint, std::string_view text) const;
    void heading(Instant at, const std::string& text);
    void leave_run();
    void under_turn(const engine::Happening& happening);
    void run_heading(engine::RunNumber run, const std::string& rule, const std::string& note);
    void line(const std::string& text);
    void block(std::string_view text);
    std::string under_line() const;
    void listed(const std::vector<std::string>& items, std::string_view prefix = "");

    std::string value(const rules::Value& value, rules::Records& records) const;
    std::vector<std::string> values(const std::vector<engine::NamedValue>& values,
                                    rules::Records& records) const;

    void tell(const engine::EventHappened& form, const engine::Happening& happening);
    void tell(const engine::Refused& form, const engine::Happening& happening, std::uint64_t line);
    void tell(const engine::Fired& form, const engine::Happening& happening);
    void tell(const engine::Skipped& form);
    void tell(const engine::FieldSet& form, rules::Records& records);
    void tell(const engine::Created& form, rules::Records& records);
    void tell(const engine::Emitted& form, rules::Records& records);
    void tell(const engine::Sent& form);
    void tell(const engine::Notified& form);
    void tell(const engine::Called& form, rules::Records& records);
    void tell(const engine::Ended& form, const engine::Happening& happening);
    void tell(const engine::SettingChanged& form, rules::Records& records);
    void tell(const engine::Waited& form);
    void tell(const engine::Asked& form);
    void tell(const engine::Retried& form);
    void tell(const engine::Held& form);
    void tell(const engine::StepChanged& form);
    void tell(const engine::JourneyChanged& form);
    // False: it is none of those that tell of time.
    bool tell_time(const engine::Happening& happening);

    const rules::Program& program_;
    Color color_;
    Sink sink_;
    Zone zone_;
    std::optional<Date> day_;
    std::optional<Instant> heading_at_;                 // of the heading above
    std::string event_id_;                              // of the event that is the heading above
    bool has_command_heading_ = false;                  // the turn's heading says what a person did
    engine::RunNumber run_ = 0;                         // whose lines are being told
    std::map<engine::RunNumber, std::string> rules_;    // of the runs that have not ended
    std::map<engine::RunNumber, std::string> calls_;    // whose answer they wait for
    std::map<engine::RunNumber, std::string> waiting_;  // for what, and until when
};

}  // namespace pawl::simulation
