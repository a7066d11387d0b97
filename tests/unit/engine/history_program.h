#pragma once

#include <catch2/catch.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/engine.h"
#include "engine/store/sqlite_store.h"
#include "sample_program.h"

// People and what is made for them, an event about them, and a rule that runs once for each of its
// texts: a program of which a store keeps every kind of row.

namespace pawl::engine::history {

constexpr rules::EntityIndex profile = rules::builtin_entity_count;
constexpr rules::EntityIndex project = rules::builtin_entity_count + 1;

enum ProfileField : rules::FieldIndex {
    profile_name = rules::system_field_count,
    profile_email,
    profile_phone,
    profile_role,
    profile_token,
    profile_notes
};
enum ProjectField : rules::FieldIndex {
    project_of = rules::system_field_count,
    project_title,
    project_status,
    project_amount,
    project_due,
    project_length,
    project_ratio,
    project_is_done,
    project_tags,
    project_extra
};

inline std::uint16_t add_choice(rules::Schema& schema, std::string name,
                                std::vector<std::string> options) {
    schema.choices.push_back({std::move(name), std::move(options)});
    return static_cast<std::uint16_t>(schema.choices.size() - 1);
}

inline void add_entities(rules::Schema& schema) {
    using rules::TypeKind;
    using sample::field;
    rules::Entity people;
    people.name = "profile";
    people.fields = sample::system_fields(schema);
    people.fields.push_back(field(schema, "name", TypeKind::text, 0, false));
    people.fields.push_back(field(schema, "email", TypeKind::email, 0, false));
    people.fields.back().unique = true;
    people.fields.push_back(field(schema, "phone", TypeKind::phone));
    const auto roles = add_choice(schema, "profile.role", {"client", "admin"});
    people.fields.push_back(field(schema, "role", TypeKind::choice, roles, false));
    people.fields.back().default_value = rules::Value::choice("client");
    people.fields.push_back(field(schema, "token", TypeKind::secret, 0, false));
    people.fields.back().default_value = rules::Value::secret("none");
    people.fields.push_back(field(schema, "notes", TypeKind::text));
    people.unique_sets = {{profile_email}};
    schema.entities.push_back(people);

    rules::Entity projects;
    projects.name = "project";
    projects.fields = sample::system_fields(schema);
    const auto add = [&](std::string name, TypeKind kind, std::uint16_t index, bool is_optional) {
        projects.fields.push_back(field(schema, std::move(name), kind, index, is_optional));
    };
    add("client", TypeKind::reference, profile, true);
    add("title", TypeKind::text, 0, false);
    add("status", TypeKind::choice, add_choice(schema, "project.status", {"new", "done"}), true);
    projects.fields.back().default_value = rules::Value::choice("new");
    add("amount", TypeKind::money, 0, true);
    add("due", TypeKind::date, 0, true);
    add("length", TypeKind::duration, 0, true);
    add("ratio", TypeKind::number, 0, true);
    add("is_done", TypeKind::boolean, 0, true);
    add("tags", TypeKind::list, schema.type_index({TypeKind::text, false, 0}), false);
    add("extra", TypeKind::json, 0, true);
    schema.entities.push_back(projects);
    schema.people = {.entity = profile,
                     .role = profile_role,
                     .name = profile_name,
                     .email = profile_email,
                     .whatsapp = std::nullopt,
                     .phone = profile_phone,
                     .timezone = std::nullopt,
                     .language = std::nullopt,
                     .roles = {}};
}

// when note_left as note then log note.text once per note.text
inline void add_rule(rules::Program& program) {
    using rules::Opcode;
    rules::Unit unit;
    unit.id = "keep_note";
    unit.file = "book.pawl";
    unit.line = 1;
    unit.local_count = 1;
    unit.local_names = {"note"};
    unit.local_types = {program.schema.type_index({rules::TypeKind::event, false, 0})};
    unit.code = {{Opcode::conditions_end, 0, 0, 0},
                 {Opcode::load_local, 0, 0, 0},
                 {Opcode::load_member, 0, 0, 1},
                 {Opcode::log, 0, 0, 0},
                 {Opcode::end, 0, 0, 0},
                 {Opcode::load_local, 0, 0, 0},
                 {Opcode::load_member, 0, 0, 1},
                 {Opcode::end, 0, 0, 0}};
    unit.stack_max = 4;
    program.units.push_back(unit);
    rules::Rule rule;
    rule.id = "keep_note";
    rule.body_entry = 1;
    rule.once_entry = 5;
    rules::Trigger trigger;
    trigger.record_local = 0;
    rule.triggers = {trigger};
    rule.match.exact = true;
    program.rules.push_back(rule);
}

inline rules::Program make_program() {
    rules::Program program;
    rules::Schema& schema = program.schema;
    schema = rules::make_base_schema();
    program.header.timezone = "Africa/Nairobi";
    program.header.currency = *Currency::parse("KES");
    add_entities(schema);
    rules::EventType note;
    note.name = "note_left";
    note.fields = {
        sample::field(schema, "client", rules::TypeKind::reference, profile),
        sample::field(schema, "text", rules::TypeKind::text, 0, false),
    };
    note.about = rules::FieldIndex{0};
    schema.events = {note};
    add_rule(program);
    return program;
}

inline Instant at(std::string_view text) {
    const auto instant = parse_instant(text);
    REQUIRE(instant);
    return *instant;
}

// Gone with what is in it.
class Folder {
 public:
    Folder() {
        std::string path =
            (std::filesystem::temp_directory_path() / "pawl-history-XXXXXX").string();
        REQUIRE(::mkdtemp(path.data()) != nullptr);
        path_ = path;
    }
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    std::string path(const std::string& name = "data") const { return (path_ / name).string(); }

 private:
    std::filesystem::path path_;
};

// A store on disk with an engine over it; each input is a turn and a commit.
class Kept {
 public:
    explicit Kept(const rules::Program& program, bool is_open = true) : program_(program) {
        if (is_open) open();
    }

    void open(EngineOptions options = {.keeps_history = true}) {
        SqliteStoreOptions quick;
        quick.synchronous = Synchronous::normal;  // no power is cut here
        auto opened = open_sqlite_store(folder_.path(), quick);
        if (!opened) FAIL(opened.error().message);
        store_ = std::move(*opened);
        const Status fit = store_->open(program_);
        if (!fit) FAIL(fit.error().message);
        engine_ = std::make_unique<Engine>(program_, *store_, options);
    }
    void close() {
        engine_.reset();
        store_.reset();
    }

    TurnResult take(std::string json, Instant arrival) {
        Appended appended = engine_->append(std::move(json), arrival);
        if (appended.refused) FAIL(appended.refused->message);
        REQUIRE(appended.input);
        return engine_->process(*appended.input);
    }
    // What a person or an event says: `type` with `data`, at a second of the day.
    TurnResult take(std::string_view type, std::string_view data, Instant arrival) {
        const std::string id = "e" + std::to_string(++events_);
        return take(R"({"specversion":"1.0","id":")" + id + R"(","source":"/t","type":")" +
                        std::string(type) + R"(","time":")" + format_instant(arrival) +
                        R"(","data":)" + std::string(data) + "}",
                    arrival);
    }

    std::unique_ptr<StoreReader> reader() {
        auto made = store_->make_reader();
        if (!made) FAIL(made.error().message);
        return std::move(*made);
    }

    const Folder& folder() const { return folder_; }
    SqliteStore& store() { return *store_; }
    Engine& engine() { return *engine_; }

 private:
    const rules::Program& program_;
    Folder folder_;
    std::unique_ptr<SqliteStore> store_;
    std::unique_ptr<Engine> engine_;
    int events_ = 0;
};

}  // namespace pawl::engine::history
