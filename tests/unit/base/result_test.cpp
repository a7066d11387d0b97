#include "base/result.h"

#include <catch2/catch.hpp>
#include <memory>
#include <string>

namespace {

using namespace pawl;

Result<std::unique_ptr<int>> make(int number) {
    if (number < 0) return Error{"negative", "found a number below 0", false};
    return std::make_unique<int>(number);
}

// Counts how often a value was copied.
struct Copied {
    explicit Copied(int& count) : count_(&count) {}
    Copied(const Copied& other) : count_(other.count_) { ++*count_; }
    Copied& operator=(const Copied& other) {
        count_ = other.count_;
        ++*count_;
        return *this;
    }
    Copied(Copied&&) = default;
    Copied& operator=(Copied&&) = default;

 private:
    int* count_;
};

Result<Copied> make_copied(int& count) { return Copied(count); }

Result<int> twice(int number) {
    PAWL_TRY(const std::unique_ptr<int> value, make(number));
    return 2 * *value;
}

Status without_copy(int& count) {
    PAWL_TRY([[maybe_unused]] const Copied value, make_copied(count));
    return Done{};
}

}  // namespace

TEST_CASE("PAWL_TRY moves the value out, or hands the error to the caller") {
    CHECK(twice(21).value() == 42);
    const Result<int> failed = twice(-1);
    REQUIRE(!failed);
    CHECK(failed.error().code == "negative");

    int copies = 0;
    CHECK(without_copy(copies));
    CHECK(copies == 0);
}

TEST_CASE("a result that goes away gives its value and its error away") {
    const std::unique_ptr<int> number = make(7).value();
    CHECK(*number == 7);
    const std::unique_ptr<int> same = *make(8);
    CHECK(*same == 8);
    const Error error = make(-1).error();
    CHECK(error.message == "found a number below 0");
}
