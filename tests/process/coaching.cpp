#include "tests/process/coaching.h"

#include <catch2/catch.hpp>
#include <vector>

namespace pawl::process {

const std::string coaching = R"(rulebook coaching
  pawl 1
  timezone Africa/Nairobi
  currency KES
end

entity person
  name  text
  email email ?
  role  one of coach, trainee = trainee
end

roles coach (coaches), trainee (trainees) of person.role

person person name name, email email

entity client
  name       text
  starts_on  date ?
  has_break  bool = false
  visit_at   datetime ?
end

event paid
  client  -> client
end

journey program "The program" of client
  starts client.starts_on

  step welcome "Welcome" at start
    log "welcome, {{client.name}}"
  end

  for each week in 1..3 do
    step call(week) "Call {{week}}" at start + 7d * week
      log "call {{week}} of {{client.name}}"
    end
  end
end

rule wait_for_payment "Wait for the payment of a new client"
  when client is created
  then
    wait for paid where paid.client is client up to 9000d
      came
        log "paid"
      timeout
        log "never paid"
    end
end

rule ask_for_break "Ask the coaches for a break"
  when requested by coach asking client: client
  then
    ask coaches "May {{client.name}} take a break?" up to 9000d
      approved
        set client.has_break to true
      refused
        log "no break"
      timeout
        log "nobody answered"
    end
end

rule calm_down "When nobody pays any more"
  when paid as payment
  then
    log "calm"
  debounce for 9000d
end

rule one_by_one "One payment after another"
  when paid as payment
  then
    wait 9000d
  while running queue
end
)";

namespace {

const std::string state =
    R"({"person":[{"id":"ann","name":"Ann","email":"ann@example.com","role":"coach"},)"
    R"({"id":"tom","name":"Tom"}]})";

}  // namespace

std::string input(const std::string& id, const std::string& type, const std::string& data) {
    return R"({"specversion":"1.0","id":")" + id + R"(","source":"/t","type":")" + type +
           R"(","data":)" + data + "}\n";
}

Coaching::Coaching() {
    place.write("coaching.pawl", coaching);
    place.write("state.json", state);
    place.write("come", input("c1", "pawl.create",
                              R"({"entity":"client","id":"c1","values":)"
                              R"({"name":"Cleo","starts_on":"2999-01-05"}})"));
    engine = std::make_unique<Served>(
        place,
        std::vector<std::string>{"coaching.pawl", "--data", "data", "--state", "state.json"});
    const Finished sent = engine->pawl("send come --wait processed");
    INFO(sent.out << sent.err);
    REQUIRE(sent.exit == 0);
}

const std::string as_planned =
    "of         journey  step     title    at                state\n"
    "client/c1  program  welcome  Welcome  2999-01-05 00:00  planned\n"
    "client/c1  program  call(1)  Call 1   2999-01-12 00:00  planned\n"
    "client/c1  program  call(2)  Call 2   2999-01-19 00:00  planned\n"
    "client/c1  program  call(3)  Call 3   2999-01-26 00:00  planned\n"
    "times of Africa/Nairobi\n";

}  // namespace pawl::process
