#include "cli/engine_arguments.h"

#include <string>
#include <string_view>

#include "cli/argument_parts.h"
#include "cli/command_options.h"

namespace pawl::cli {

namespace {

void add_person(CLI::App& command, std::string& by) {
    command.add_option("--by", by, "Who: the id of a person's record")->type_name("PERSON");
}

void add_preview(CLI::App& command, bool& preview) {
    command.add_flag("--preview", preview, "Only show what it would do");
}

}  // namespace

class EngineCommands::Grammar {
 public:
    Grammar(CLI::App& app, Terminal& terminal, std::function<Exit()>& run)
        : app_(app), terminal_(terminal), run_(run) {
        add_send();
        add_get();
        add_runs();
        add_answer();
        add_journey();
        add_clock();
        add_export();
        add_override();
        add_erase();
    }

 private:
    CLI::App& command(const std::string& name, const std::string& does, std::string_view lines) {
        return add_command(app_, name, does, lines);
    }

    void add_send() {
        CLI::App& added = command("send", "Send events to a running engine",
                                  "  pawl send examples/studio/day.ndjson --wait processed");
        added
            .add_option("FILE", send_.events, "Events, one JSON object a line; - is standard input")
            ->required();
        added
            .add_option("--wait", send_.wait,
                        "processed: until what the events set off is done, too")
            ->type_name("WHAT");
        add_engine(added, send_.engine);
        add_json(added, send_.json);
        added.callback([this] { run_ = [this] { return send(send_, terminal_); }; });
    }

    void add_get() {
        CLI::App& added = command("get", "Show records of a running engine",
                                  "  pawl get\n"
                                  "  pawl get project --where status=queued\n"
                                  "  pawl get project/o1001");
        added.add_option("ENTITY[/ID]", get_.what, "Alone: which entities there are");
        added
            .add_option("--where", get_.where, "Only records whose field is that; may be repeated")
            ->type_name("FIELD=VALUE")
            ->expected(1)
            ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
        add_list(added, get_.limit, get_.all);
        add_engine(added, get_.engine);
        add_json(added, get_.json);
        added.callback([this] { run_ = [this] { return get(get_, terminal_); }; });
    }

    void add_runs() {
        CLI::App& list = command("runs", "Show the runs of a running engine, the newest first",
                                 "  pawl runs --status waiting --of client/c1\n"
                                 "  pawl runs show r12\n"
                                 "  pawl runs cancel r12 --by ann");
        list.add_option("--rule", runs_.rule, "Only of this rule or journey")->type_name("RULE");
        list.add_option("--status", runs_.status, "Only running, waiting, held, success, failed …")
            ->type_name("STATUS");
        list.add_option("--of", runs_.of, "Only about this record")->type_name("ENTITY/ID");
        add_list(list, runs_.limit, runs_.all);
        add_engine(list, runs_.engine);
        add_json(list, runs_.json);
        list.callback([this] { run_ = [this] { return runs(runs_, terminal_); }; });
        CLI::App& one = add_command(list, "show", "Show one run", "  pawl runs show r12");
        one.add_option("RUN", runs_.run, "Such as r12")->required();
        add_engine(one, runs_.engine);
        add_json(one, runs_.json);
        CLI::App& cancel =
            add_command(list, "cancel", "End a run that waits", "  pawl runs cancel r12 --by ann");
        cancel.add_option("RUN", runs_.run, "Such as r12")->required();
        add_person(cancel, runs_.by);
        add_preview(cancel, runs_.preview);
        add_engine(cancel, runs_.engine);
        add_json(cancel, runs_.json);
        cancel.callback([this] { runs_.cancels = true; });
    }

    void add_answer() {
        CLI::App& added =
            command("answer", "Answer a run that asks", "  pawl answer r12 approved --by ann");
        added.add_option("RUN", answer_.run, "The run that asks, such as r12")->required();
        added.add_option("ANSWER", answer_.answer, "approved or refused")->required();
        added.add_option("--by", answer_.by, "Who: the id of a person's record")
            ->required()
            ->type_name("PERSON");
        add_preview(added, answer_.preview);
        add_engine(added, answer_.engine);
        add_json(added, answer_.json);
        added.callback([this] { run_ = [this] { return answer(answer_, terminal_); }; });
    }

    void add_clock() {
        CLI::App& added = command("clock", "Show the time that a running engine goes by",
                                  "  pawl clock\n"
                                  "  pawl clock accept");
        add_engine(added, clock_.engine);
        add_json(added, clock_.json);
        added.callback([this] { run_ = [this] { return clock(clock_, terminal_); }; });
        CLI::App& accept = add_command(added, "accept", "Believe the machine's clock that jumped",
                                       "  pawl clock accept");
        add_engine(accept, clock_.engine);
        add_json(accept, clock_.json);
        accept.callback([this] { clock_.accept = true; });
    }

    void add_journey() {
        CLI::App& journey = command("journey", "Show and steer the journeys of a running engine",
                                    "  pawl journey show creator_program --of client/c1\n"
                                    "  pawl journey pause creator_program client/c1 \\\n"
                                    "      --until 2026-04-01 --by ann --preview");
        journey.require_subcommand(1);
        add_journey_show(journey);
        add_verb(journey, "start", "Begin a journey, now or at a date",
                 "  pawl journey start creator_program client/c1 --at 2026-04-01")
            .add_option("--at", journey_.date, "The date that it hangs on; else the record's own")
            ->type_name("DATE");
        add_verb(journey, "pause", "Move what is still ahead until it goes on",
                 "  pawl journey pause creator_program client/c1 --until 2026-04-01")
            .add_option("--until", journey_.date, "When it goes on by itself; else by `resume`")
            ->type_name("DATE");
        add_verb(journey, "resume", "Go on after a pause",
                 "  pawl journey resume creator_program client/c1");
        add_verb(journey, "adjust", "Hang a journey that runs on another date",
                 "  pawl journey adjust creator_program client/c1 --at 2026-04-01 --preview")
            .add_option("--at", journey_.date, "The date")
            ->required()
            ->type_name("DATE");
        add_verb(journey, "shift", "Move every step that is still ahead",
                 "  pawl journey shift creator_program client/c1 14d --preview")
            .add_option("DURATION", journey_.duration, "By how much: 14d, -3d")
            ->required();
        add_verb(journey, "skip", "Leave out one step",
                 "  pawl journey skip creator_program client/c1 'generate(4)'")
            .add_option("STEP", journey_.step, "Such as generate(4)")
            ->required();
        add_verb(journey, "trigger", "Run one step now",
                 "  pawl journey trigger creator_program client/c1 'generate(4)' --preview")
            .add_option("STEP", journey_.step, "Such as generate(4)")
            ->required();
        add_verb(journey, "stop", "End a journey; nothing more of it comes",
                 "  pawl journey stop creator_program client/c1 --by ann");
    }

    void add_journey_show(CLI::App& journey) {
        CLI::App& added = add_command(journey, "show", "Show the steps of journeys, by their time",
                                      "  pawl journey show creator_program --of client/c1");
        added.add_option("JOURNEY", journey_.journey, "Only of this journey");
        added.add_option("--of", journey_.record, "Only of this record")->type_name("ENTITY/ID");
        added.add_option("--state", journey_.state, "Only planned, moved, skipped, done or failed")
            ->type_name("STATE");
        add_list(added, journey_.limit, journey_.all,
                 "How many at most: those that come next, then the newest that are over");
        finish_journey(added, "show");
    }

    CLI::App& add_verb(CLI::App& journey, const std::string& name, const std::string& does,
                       std::string_view lines) {
        CLI::App& added = add_command(journey, name, does, lines);
        added.add_option("JOURNEY", journey_.journey, "The journey")->required();
        added.add_option("ENTITY/ID", journey_.record, "The record whose journey it is")
            ->required();
        add_person(added, journey_.by);
        added.add_option("--because,--reason", journey_.because, "Why")->type_name("TEXT");
        add_preview(added, journey_.preview);
        finish_journey(added, name);
        return added;
    }

    void finish_journey(CLI::App& command, const std::string& verb) {
        add_engine(command, journey_.engine);
        add_json(command, journey_.json);
        command.callback([this, verb] {
            journey_.verb = verb;
            run_ = [this] { return journey(journey_, terminal_); };
        });
    }

    void add_export() {
        CLI::App& added =
            command("export", "What happened, or what was, for `pawl dry-run`",
                    "  pawl export state --at 2026-03-02T12:00:00Z -o state.json\n"
                    "  pawl export events --from 2026-03-02T12:00:00Z -o events.ndjson\n"
                    "  pawl dry-run rulebooks/studio --state state.json \\\n"
                    "      --events events.ndjson");
        added.add_option("WHAT", export_.what, "events or state")->required();
        added.add_option("--at", export_.at, "The state after all that came until then; else now")
            ->type_name("TIME");
        added.add_option("--from", export_.from, "Events that came after it; else from the first")
            ->type_name("TIME");
        added.add_option("--to", export_.to, "Events that came until then; else to the last")
            ->type_name("TIME");
        added.add_option("-o", export_.output, "A file; else standard output")->type_name("FILE");
        add_engine(added, export_.engine);
        added.callback([this] { run_ = [this] { return export_history(export_, terminal_); }; });
    }

    void add_override() {
        CLI::App& added =
            command("override", "Change a record against its states; recorded with who and why",
                    "  pawl override project/o1001 status=completed \\\n"
                    "      --by ann --because \"delivered by hand\"");
        added.add_option("ENTITY/ID", override_.record, "The record")->required();
        added
            .add_option("FIELD=VALUE", override_.set,
                        "JSON (5, true, null, \"5\", [..]), else a text")
            ->required();
        added.add_option("--because", override_.because, "Why")->required()->type_name("TEXT");
        added.add_option("--by", override_.by, "Who: the id of a person's record")
            ->required()
            ->type_name("PERSON");
        add_engine(added, override_.engine);
        add_json(added, override_.json);
        added.callback([this] { run_ = [this] { return override_fields(override_, terminal_); }; });
    }

    void add_erase() {
        CLI::App& added = command("erase", "Blank a person's values everywhere, also in what was",
                                  "  pawl erase profile/asha");
        added.add_option("ENTITY/ID", erase_.record, "The record")->required();
        added.add_flag("--yes", erase_.yes, "Without asking");
        add_engine(added, erase_.engine);
        add_json(added, erase_.json);
        added.callback([this] { run_ = [this] { return erase(erase_, terminal_); }; });
    }

    CLI::App& app_;
    Terminal& terminal_;
    std::function<Exit()>& run_;
    SendOptions send_;
    GetOptions get_;
    RunsOptions runs_;
    AnswerOptions answer_;
    JourneyOptions journey_;
    ClockOptions clock_;
    ExportOptions export_;
    OverrideOptions override_;
    EraseOptions erase_;
};

EngineCommands::EngineCommands(CLI::App& app, Terminal& terminal, std::function<Exit()>& run)
    : grammar_(std::make_unique<Grammar>(app, terminal, run)) {}

EngineCommands::~EngineCommands() = default;

}  // namespace pawl::cli
