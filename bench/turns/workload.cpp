#include "bench/turns/workload.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <numeric>

#include "base/check.h"
#include "base/time.h"
#include "embedded/bench_books.h"

namespace pawl::bench {

namespace {

constexpr std::string_view id_prefix = "deposit-";

// Steps so far through the accounts from one deposit to the next. Without a divisor in common, the
// steps meet every account before they meet one again.
std::uint64_t step_of(std::uint64_t accounts) {
    std::uint64_t step = accounts * 5 / 8 + 1;
    while (std::gcd(step, accounts) != 1) ++step;
    return step;
}

Json text_json(std::string text) { return {JsonKind::string, false, std::move(text), {}, {}}; }

// With leading zeros; by hand, since a printf an event would be a tenth of the client's time.
std::string padded(std::uint64_t number, std::size_t width) {
    std::string digits(width, '0');
    for (std::size_t place = width; place > 0 && number != 0; --place, number /= 10) {
        digits[place - 1] = static_cast<char>('0' + number % 10);
    }
    return digits;
}

// An event of long ago could not be told from one that came then and was forgotten (meaning.md 7).
const std::string& begun_at() {
    static const std::string text = [] {
        const auto now = std::chrono::system_clock::now().time_since_epoch();
        const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
        return format_instant(Instant{std::chrono::microseconds(seconds).count()});
    }();
    return text;
}

}  // namespace

std::string_view turns_book(Work work) {
    return bench_book(work == Work::waits ? "turns/book_wait.pawl" : "turns/book.pawl");
}

std::string_view bench_book(std::string_view path) {
    const auto books = embedded_bench_books();
    const auto book = std::find_if(books.begin(), books.end(), [&](const EmbeddedFile& file) {
        return std::string_view(file.path).ends_with(path);
    });
    PAWL_CHECK(book != books.end());
    return book->text;
}

std::optional<std::uint64_t> deposit_number(std::string_view id) {
    if (!id.starts_with(id_prefix)) return std::nullopt;
    id.remove_prefix(id_prefix.size());
    std::uint64_t number = 0;
    const auto read = std::from_chars(id.data(), id.data() + id.size(), number);
    if (read.ec != std::errc() || read.ptr != id.data() + id.size()) return std::nullopt;
    return number;
}

std::string account_id(std::uint64_t account) { return "a" + padded(account, 7); }

Json accounts_state(std::uint64_t accounts) {
    Json list{JsonKind::array, false, {}, {}, {}};
    for (std::uint64_t account = 0; account < accounts; ++account) {
        Json record{JsonKind::object, false, {}, {}, {}};
        record.members.emplace_back("id", text_json(account_id(account)));
        record.members.emplace_back("name", text_json("Account number " + std::to_string(account)));
        list.items.push_back(std::move(record));
    }
    Json state{JsonKind::object, false, {}, {}, {}};
    state.members.emplace_back("account", std::move(list));
    return state;
}

std::uint64_t account_of(std::uint64_t number, std::uint64_t accounts) {
    return number % accounts * step_of(accounts) % accounts;
}

std::vector<std::uint64_t> deposits_by_account(std::uint64_t accounts, std::uint64_t deposits) {
    // Whole passes over the accounts, and those that the begun one has met.
    std::vector<std::uint64_t> counts(accounts, deposits / accounts);
    for (std::uint64_t i = 0; i < deposits % accounts; ++i) ++counts[account_of(i, accounts)];
    return counts;
}

std::string event_text(std::uint64_t number, std::uint64_t accounts) {
    std::string text;
    text.reserve(320);
    text += R"({"specversion":"1.0","id":")";
    text += id_prefix;
    const std::string padded_number = padded(number, 10);
    text += padded_number;
    text += R"(","source":"/bench/turns","type":"deposit","time":")";
    text += begun_at();
    text += R"(",)";
    text += R"("data":{"account":")";
    text += account_id(account_of(number, accounts));
    text += R"(","amount":1,"reference":"NLJ)";
    text += padded_number;
    text += R"(","channel":"mobile","branch":"Nairobi West","note":"Paid in at the counter, )";
    text += R"(receipt printed and handed over"}})";
    return text;
}

}  // namespace pawl::bench
