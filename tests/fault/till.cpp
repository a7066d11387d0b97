#include "tests/fault/till.h"

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "base/diagnostic_render.h"
#include "base/source.h"
#include "dsl/compile.h"

namespace pawl::fault {

namespace {

constexpr std::string_view book = R"(rulebook till
  pawl 1
  timezone Africa/Nairobi
  currency KES
  keep events 2d, log 2d, runs 2d
end

roles admin (admins)

channel email
  retry 3 times from 1s up to 1min
end

entity account
  name     text unique
  balance  int = 0
  payments int = 0
@TIER@end

entity payment
  account -> account
  number  int
end

event paid
  account text
  number  int
  amount  int
end

template email receipt (payment: payment)
  subject "{{payment.number}}"
  body    "We have your payment {{payment.number}}."
end

rule take_in "Take in a payment"
  when paid
  then
    let account = find or create account by name: paid.account
    set account.balance to account.balance + paid.amount, account.payments to account.payments + 1
    let payment = create payment with account: account, number: paid.number
    log "{{paid.number}}"
    send email receipt to "till@example.org" with payment: payment
end
)";

constexpr std::string_view second_edition = R"(
entity refund
  payment -> payment (deleted with it)
  reason  text ?
end

rule refund_large "Look at large accounts"
  when account.balance rises above 1000000
  let refund = first r in refund where r.payment.account is account
  if refund is missing
  then
    log "{{account.tier}}"
end
)";

constexpr std::int64_t account_count = 7;

std::string account_of(std::int64_t number) {
    return "account " + std::to_string(number % account_count);
}

std::int64_t amount_of(std::int64_t number) { return number * 37 % 91 + 1; }

using Record = rules::Record;

class Till {
 public:
    Till(engine::Store& store, const rules::Program& program) : store_(store), program_(program) {}

    std::string difference(const std::set<std::int64_t>& numbers) {
        // The one that names an event comes first.
        std::string found = once_each("payment", numbers, [this](const Record& each) {
            return std::optional(each.fields[field("payment", "number")].as_integer());
        });
        if (found.empty())
            found = once_each("automation_log", numbers,
                              [this](const Record& each) { return logged_number(each); });
        if (found.empty())
            found = once_each("effect", numbers, [this](const Record& each) {
                const Json& payload = each.fields[field("effect", "payload")].as_json();
                return std::optional<std::int64_t>(std::stoll(payload.find("subject")->text));
            });
        if (found.empty()) found = accounts(numbers);
        std::size_t runs = 0;
        for_each("run", [&runs](const Record&) { ++runs; });
        if (found.empty() && runs != numbers.size())
            found = std::to_string(runs) + " runs of " + std::to_string(numbers.size());
        return found;
    }

 private:
    rules::EntityIndex entity(std::string_view name) const {
        return program_.schema.find_entity(name).value();
    }
    rules::FieldIndex field(std::string_view of, std::string_view name) const {
        return rules::find_field(program_.schema.entities[entity(of)].fields, name).value();
    }

    void for_each(std::string_view name, const std::function<void(const Record&)>& visit) {
        const auto cursor = store_.scan({entity(name), rules::Access::every_record, 0, {}, {}});
        while (const auto key = cursor->next())
            if (const auto record = store_.get({entity(name), *key})) visit(*record);
    }

    std::optional<std::int64_t> logged_number(const Record& row) const {
        if (row.fields[field("automation_log", "action")].as_text() != "log") return std::nullopt;
        return std::stoll(row.fields[field("automation_log", "metadata")].as_json().text);
    }

    std::string accounts(const std::set<std::int64_t>& numbers) {
        std::map<std::string, std::pair<std::int64_t, std::int64_t>> expected, found;
        for (const std::int64_t number : numbers) {
            auto& [balance, payments] = expected[account_of(number)];
            balance += amount_of(number);
            ++payments;
        }
        for_each("account", [&](const Record& each) {
            found[std::string(each.fields[field("account", "name")].as_text())] = {
                each.fields[field("account", "balance")].as_integer(),
                each.fields[field("account", "payments")].as_integer()};
        });
        for (const auto& [name, sums] : expected)
            if (found[name] != sums)
                return name + " holds " + std::to_string(found[name].first) + " of " +
                       std::to_string(found[name].second) + " payments, not " +
                       std::to_string(sums.first) + " of " + std::to_string(sums.second);
        return found.size() == expected.size() ? "" : "an account that nobody paid into";
    }

    std::string once_each(
        std::string_view name, const std::set<std::int64_t>& numbers,
        const std::function<std::optional<std::int64_t>(const Record&)>& number_of) {
        std::map<std::int64_t, int> counted;
        for_each(name, [&](const Record& each) {
            if (const auto number = number_of(each)) ++counted[*number];
        });
        for (const std::int64_t number : numbers)
            if (counted[number] != 1)
                return payment_id(number) + " has " + std::to_string(counted[number]) +
                       " rows of " + std::string(name);
        if (counted.size() == numbers.size()) return "";
        for (const auto& [number, count] : counted)
            if (numbers.count(number) == 0)
                return payment_id(number) + " has " + std::to_string(count) + " rows of " +
                       std::string(name) + " and should have none";
        return "";
    }

    engine::Store& store_;
    const rules::Program& program_;
};

}  // namespace

std::string till_text(Edition edition) {
    std::string text(book);
    const std::string mark = "@TIER@";
    const std::string tier =
        edition == Edition::first ? "" : "  tier     one of plain, golden = plain\n";
    text.replace(text.find(mark), mark.size(), tier);
    if (edition == Edition::second) text += second_edition;
    return text;
}

rules::Program compile_book(const std::string& text) {
    SourceSet sources;
    sources.add("book.pawl", text);
    dsl::Compilation compilation = dsl::compile(sources);
    if (!compilation.program) {
        for (const Diagnostic& each : compilation.diagnostics)
            std::fputs((each.message + "\n").c_str(), stderr);
        std::abort();
    }
    return std::move(*compilation.program);
}

rules::Program compile_till(Edition edition) { return compile_book(till_text(edition)); }

std::string payment_id(std::int64_t number) { return "e" + std::to_string(number); }

std::string payment_event(std::int64_t number) {
    return R"({"specversion":"1.0","id":")" + payment_id(number) +
           R"(","source":"/fault","type":"paid","data":{"account":")" + account_of(number) +
           R"(","number":)" + std::to_string(number) + R"(,"amount":)" +
           std::to_string(amount_of(number)) + "}}";
}

std::string till_difference(engine::Store& store, const rules::Program& program,
                            const std::set<std::int64_t>& numbers) {
    return Till(store, program).difference(numbers);
}

}  // namespace pawl::fault
