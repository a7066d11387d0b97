#pragma once

#include <string>
#include <utility>
#include <variant>

#include "base/check.h"

// The world's failure as a value: an unreadable file, a refused event, a store that is full.
// The author's mistakes are Diagnostics; our own are failed checks.

namespace pawl {

struct Error {
    std::string code;     // stable, e.g. "PW0901" or "unreadable"
    std::string message;  // for people: what was found, where, what fits there
    bool retry = false;   // the same attempt may succeed later
};

template <class T>
class [[nodiscard]] Result {
 public:
    Result(T value) : state_(std::move(value)) {}      // NOLINT: a value is a result
    Result(Error error) : state_(std::move(error)) {}  // NOLINT: an error is a result

    bool has_value() const { return state_.index() == 0; }
    explicit operator bool() const { return has_value(); }

    // Asking for what is not there is our mistake and stops the process.
    T& value() & {
        PAWL_CHECK(has_value());
        return *std::get_if<0>(&state_);
    }
    T&& value() && {
        PAWL_CHECK(has_value());
        return std::move(*std::get_if<0>(&state_));
    }
    const T& value() const& {
        PAWL_CHECK(has_value());
        return *std::get_if<0>(&state_);
    }
    T& operator*() & { return value(); }
    T&& operator*() && { return std::move(*this).value(); }
    const T& operator*() const& { return value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

    const Error& error() const& {
        PAWL_CHECK(!has_value());
        return *std::get_if<1>(&state_);
    }
    Error&& error() && {
        PAWL_CHECK(!has_value());
        return std::move(*std::get_if<1>(&state_));
    }

 private:
    std::variant<T, Error> state_;
};

struct Done {};
using Status = Result<Done>;

}  // namespace pawl

#define PAWL_JOIN_(a, b) a##b
#define PAWL_JOIN(a, b) PAWL_JOIN_(a, b)

// PAWL_TRY(auto run, store.load(id)); hands the error to the caller.
#define PAWL_TRY(declaration, expression) \
    PAWL_TRY_(PAWL_JOIN(pawl_try_, __LINE__), declaration, expression)
#define PAWL_TRY_(name, declaration, expression)           \
    auto name = (expression);                              \
    if (!name.has_value()) return std::move(name).error(); \
    declaration = std::move(name).value()
