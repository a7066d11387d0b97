#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "rules/program.h"

// The disassembler's parts: how values are shown, and what the tables say of a unit.

namespace pawl::rules {

template <class Words, class E>
std::string_view word(const Words& words, E value) {
    return words[static_cast<std::size_t>(value)];
}

std::string show_number(double number);
// As it would be written in a rule.
std::string show(const Value& value);
// Hidden locals (a loop's list and place) have no name of the author's.
std::string show_local(const Unit& unit, std::size_t local);

// What stands above an instruction at which code is entered.
using Headings = std::multimap<std::uint32_t, std::string>;

// Rules and journeys: lines of their own, and the headings of their code. What code works out is
// shown as `code N`, by the instruction that it begins with.
class TableListing {
 public:
    // All outlive it.
    TableListing(const Program& program, std::string& out, Headings& headings)
        : program_(program), out_(out), headings_(headings) {}

    void rule(const Rule& rule);
    void journey(const Journey& journey);
    // What the unit waits for and tries again.
    void waits(const Unit& unit);

 private:
    void line(std::string_view text) {
        out_.append(text);
        out_.push_back('\n');
    }
    void note(const std::optional<std::uint32_t>& entry, std::string heading) {
        if (entry) headings_.emplace(*entry, std::move(heading));
    }
    std::string stated(const Stated& stated, const std::string& heading);
    std::string field(EntityIndex entity, FieldIndex field) const;
    std::string entity(EntityIndex entity) const { return program_.schema.entities[entity].name; }
    std::string event(EventIndex event) const { return program_.schema.events[event].name; }

    void trigger(const Unit& unit, const Trigger& trigger, const std::string& of);
    std::string subject(const Unit& unit, const Trigger& trigger, const std::string& of);
    std::string anchor(const Trigger& trigger, const std::string& of);
    std::string moves(const Trigger& trigger, const std::string& of);
    std::string clock(const Clock& clock, const std::string& of);
    std::string pattern(const Unit& unit, const Trigger& trigger, const std::string& of);
    std::string part(const Unit& unit, const PatternPart& part, const std::string& of);
    void guards(const Rule& rule);
    void hours(const OnlyBetween& hours);
    void pace(std::string_view word, const std::optional<Pace>& pace);
    std::string per(const std::optional<std::uint32_t>& key, const std::string& of);
    void match(const Rule& rule);
    std::string atom(const Rule& rule, const MatchAtom& atom) const;

    const Program& program_;
    std::string& out_;
    Headings& headings_;
};

}  // namespace pawl::rules
