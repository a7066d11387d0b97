#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "fake_engine.h"
#include "server/server.h"
#include "test_client.h"

// A server over the fake engine, and a program with a field of most kinds.

namespace pawl::server {

constexpr rules::EntityIndex person = rules::builtin_entity_count;
constexpr rules::EntityIndex project = rules::builtin_entity_count + 1;

inline rules::Field field(rules::Schema& schema, std::string name, rules::TypeKind kind,
                          bool optional = true, std::uint16_t index = 0) {
    rules::Field made;
    made.name = std::move(name);
    made.type = schema.type_index({kind, optional, index});
    return made;
}

inline std::vector<rules::Field> system_fields(rules::Schema& schema) {
    return {field(schema, "id", rules::TypeKind::text, false),
            field(schema, "created_at", rules::TypeKind::datetime, false),
            field(schema, "updated_at", rules::TypeKind::datetime, false)};
}

inline rules::Program make_program() {
    using rules::TypeKind;
    rules::Program program;
    program.header.currency = *Currency::parse("KES");
    rules::Schema& schema = program.schema;
    schema = rules::make_base_schema();

    rules::Entity people;
    people.name = "person";
    people.fields = system_fields(schema);
    people.fields.push_back(field(schema, "name", TypeKind::text));
    people.fields.push_back(field(schema, "pin", TypeKind::secret));
    schema.entities.push_back(people);

    const auto status = static_cast<std::uint16_t>(schema.choices.size());
    schema.choices.push_back({"project.status", {"pending", "paid"}});
    rules::Entity projects;
    projects.name = "project";
    projects.fields = system_fields(schema);
    projects.fields.push_back(field(schema, "client", TypeKind::reference, true, person));
    projects.fields.push_back(field(schema, "status", TypeKind::choice, false, status));
    projects.fields.push_back(field(schema, "amount", TypeKind::money));
    projects.fields.push_back(field(schema, "is_rush", TypeKind::boolean));
    projects.fields.push_back(field(schema, "due", TypeKind::date));
    projects.fields.push_back(field(schema, "size", TypeKind::integer));
    schema.entities.push_back(projects);
    return program;
}

inline void keep(FakeRecords& kept, rules::Reference reference, std::vector<rules::Value> fields) {
    auto record = std::make_shared<rules::Record>();
    record->fields = std::move(fields);
    kept.records[reference] = std::move(record);
}

struct World {
    explicit World(ServerOptions options = {}) : options_(std::move(options)) {
        options_.port = 0;
        options_.clock = [this] { return std::chrono::steady_clock::time_point(clock.load()); };
    }
    ~World() {
        if (server_) server_->stop();
    }

    Server& server() {
        if (!server_) {
            auto started = Server::start(program, runtime, store, options_);
            REQUIRE(started);
            server_ = std::move(*started);
        }
        return *server_;
    }
    std::uint16_t port() { return server().port(); }
    Answer ask(std::string_view request, bool is_head = false) {
        return Client(port()).ask(request, is_head);
    }
    // Time passes, and the server looks.
    void pass(std::chrono::seconds time) {
        clock = clock.load() + std::chrono::nanoseconds(time);
        server().sweep();
    }
    void stop() { std::exchange(server_, nullptr)->stop(); }

    const rules::Program program = make_program();
    FakeRuntime runtime;
    FakeRecords kept;
    FakeStore store{kept};
    std::atomic<std::chrono::nanoseconds> clock{std::chrono::hours(1)};

 private:
    ServerOptions options_;
    std::unique_ptr<Server> server_;
};

// {"code":…}
inline std::string code_of(const Answer& answer) {
    const Result<Json> read = parse_json(answer.body);
    const Json* code = read ? read->find("code") : nullptr;
    return code == nullptr ? "" : code->text;
}

inline std::string event(std::string_view id) {
    return R"({"specversion":"1.0","id":")" + std::string(id) + R"(","source":"/t","type":"x"})";
}

}  // namespace pawl::server
