#include <algorithm>
#include <limits>

#include "rules/internal/program_meaning.h"
#include "rules/internal/program_operands.h"
#include "rules/program_file.h"

// Hashes of units and of the whole. Lines, files, names of variables and the texts of clauses are
// no meaning; what a unit calls is part of its own. Titles and former names are of the whole alone.

namespace pawl::rules {

namespace {

constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

// The row of each unit in its table.
struct Rows {
    explicit Rows(const Program& program) : row(program.units.size(), 0) {
        const auto note = [&](const auto& table) {
            for (std::uint32_t at = 0; at < table.size(); ++at) row[table[at].unit] = at;
        };
        note(program.rules);
        note(program.flows);
        note(program.templates);
        note(program.notifications);
        note(program.journeys);
    }
    std::vector<std::uint32_t> row;
};

// Flows may call one another in circles: those of one circle share what they mean. Tarjan's
// strongly connected components, callees first, without recursion.
class Circles {
 public:
    explicit Circles(const std::vector<std::vector<UnitIndex>>& calls)
        : calls_(calls), order_(calls.size(), none), low_(calls.size()), done_(calls.size()) {
        for (UnitIndex unit = 0; unit < calls.size(); ++unit)
            if (order_[unit] == none) visit(unit);
    }

    // Each after those it calls; ascending within.
    const std::vector<std::vector<UnitIndex>>& components() const { return components_; }

 private:
    struct Place {
        UnitIndex unit = 0;
        std::size_t next = 0;
    };

    void enter(UnitIndex unit) {
        order_[unit] = low_[unit] = count_++;
        open_.push_back(unit);
        path_.push_back({unit, 0});
    }

    void visit(UnitIndex first) {
        enter(first);
        while (!path_.empty()) {
            Place& place = path_.back();
            if (place.next < calls_[place.unit].size()) {
                const UnitIndex callee = calls_[place.unit][place.next++];
                if (order_[callee] == none)
                    enter(callee);
                else if (!done_[callee])
                    low_[place.unit] = std::min(low_[place.unit], order_[callee]);
                continue;
            }
            const UnitIndex unit = place.unit;
            path_.pop_back();
            if (!path_.empty())
                low_[path_.back().unit] = std::min(low_[path_.back().unit], low_[unit]);
            if (low_[unit] == order_[unit]) close(unit);
        }
    }

    void close(UnitIndex first) {
        std::vector<UnitIndex> members;
        UnitIndex unit = none;
        do {
            unit = open_.back();
            open_.pop_back();
            done_[unit] = true;
            members.push_back(unit);
        } while (unit != first);
        std::sort(members.begin(), members.end());
        components_.push_back(std::move(members));
    }

    const std::vector<std::vector<UnitIndex>>& calls_;
    std::vector<std::uint32_t> order_, low_;
    std::vector<bool> done_;
    std::vector<UnitIndex> open_;
    std::vector<Place> path_;
    std::vector<std::vector<UnitIndex>> components_;
    std::uint32_t count_ = 0;
};

std::vector<std::vector<UnitIndex>> find_calls(const Program& program) {
    std::vector<std::vector<UnitIndex>> calls(program.units.size());
    for (UnitIndex unit = 0; unit < program.units.size(); ++unit) {
        std::vector<UnitIndex>& callees = calls[unit];
        for (const Instruction& instruction : program.units[unit].code) {
            const Operand kind = operands_of(instruction.op).c;
            if (kind == Operand::define || kind == Operand::flow)
                callees.push_back(static_cast<UnitIndex>(instruction.c));
        }
        std::sort(callees.begin(), callees.end());
        callees.erase(std::unique(callees.begin(), callees.end()), callees.end());
    }
    return calls;
}

void append_sorted(std::string& bytes, std::vector<Hash> hashes) {
    std::sort(hashes.begin(), hashes.end());
    hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
    for (const Hash& hash : hashes)
        for (const std::uint8_t byte : hash.bytes) bytes.push_back(static_cast<char>(byte));
    bytes.push_back('.');
}

void hash_units(Program& program) {
    const Rows rows(program);
    std::vector<Hash> own(program.units.size());
    for (UnitIndex unit = 0; unit < program.units.size(); ++unit)
        own[unit] = hash_bytes(write_unit_meaning(program, unit, rows.row[unit]));
    const std::vector<std::vector<UnitIndex>> calls = find_calls(program);
    const Circles circles(calls);
    for (const std::vector<UnitIndex>& members : circles.components()) {
        std::vector<Hash> circle;
        std::vector<Hash> callees;
        for (const UnitIndex member : members) {
            circle.push_back(own[member]);
            for (const UnitIndex callee : calls[member])
                if (!std::binary_search(members.begin(), members.end(), callee))
                    callees.push_back(program.units[callee].hash);
        }
        std::string shared;
        append_sorted(shared, std::move(circle));
        append_sorted(shared, std::move(callees));
        for (const UnitIndex member : members) {
            std::string bytes(own[member].bytes.begin(), own[member].bytes.end());
            program.units[member].hash = hash_bytes(bytes + shared);
        }
    }
}

}  // namespace

void hash_program(Program& program) {
    hash_units(program);
    std::vector<std::string> parts = write_schema_meaning(program);
    for (const Unit& unit : program.units) {
        if (unit.kind == UnitKind::test) continue;
        Meaning out(program.schema);
        out.text("unit");
        out.hash(unit.hash);
        parts.push_back(out.take());
    }
    std::sort(parts.begin(), parts.end());
    Meaning all(program.schema);
    for (const std::string& part : parts) all.text(part);
    program.hash = hash_bytes(all.bytes());
}

}  // namespace pawl::rules
