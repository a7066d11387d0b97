#pragma once

#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "dsl/tree.h"

// Whether two trees are the same but for places: what the formatter must keep. Every struct of
// tree.h is compared member by member, found by how many values it is made from, so that a new
// member is compared without a line here.

namespace pawl::dsl::test {

struct Anything {
    template <class T>
    operator T() const;  // NOLINT: stands for a value of whatever type is asked for
};

template <class T, class... Given>
constexpr std::size_t member_count() {
    if constexpr (requires { T{Given{}..., Anything{}}; }) {
        return member_count<T, Given..., Anything>();
    } else {
        return sizeof...(Given);
    }
}

template <class T>
auto members(const T& t) {
    constexpr std::size_t count = member_count<T>();
    static_assert(count <= 12, "a struct with more members than are told apart here");
    if constexpr (count == 0) {
        return std::tie();
    } else if constexpr (count == 1) {
        const auto& [a] = t;
        return std::tie(a);
    } else if constexpr (count == 2) {
        const auto& [a, b] = t;
        return std::tie(a, b);
    } else if constexpr (count == 3) {
        const auto& [a, b, c] = t;
        return std::tie(a, b, c);
    } else if constexpr (count == 4) {
        const auto& [a, b, c, d] = t;
        return std::tie(a, b, c, d);
    } else if constexpr (count == 5) {
        const auto& [a, b, c, d, e] = t;
        return std::tie(a, b, c, d, e);
    } else if constexpr (count == 6) {
        const auto& [a, b, c, d, e, f] = t;
        return std::tie(a, b, c, d, e, f);
    } else if constexpr (count == 7) {
        const auto& [a, b, c, d, e, f, g] = t;
        return std::tie(a, b, c, d, e, f, g);
    } else if constexpr (count == 8) {
        const auto& [a, b, c, d, e, f, g, h] = t;
        return std::tie(a, b, c, d, e, f, g, h);
    } else if constexpr (count == 9) {
        const auto& [a, b, c, d, e, f, g, h, i] = t;
        return std::tie(a, b, c, d, e, f, g, h, i);
    } else if constexpr (count == 10) {
        const auto& [a, b, c, d, e, f, g, h, i, j] = t;
        return std::tie(a, b, c, d, e, f, g, h, i, j);
    } else if constexpr (count == 11) {
        const auto& [a, b, c, d, e, f, g, h, i, j, k] = t;
        return std::tie(a, b, c, d, e, f, g, h, i, j, k);
    } else {
        const auto& [a, b, c, d, e, f, g, h, i, j, k, l] = t;
        return std::tie(a, b, c, d, e, f, g, h, i, j, k, l);
    }
}

class TreeComparison {
 public:
    TreeComparison(const Tree& left, const Tree& right) : left_(left), right_(right) {}

    bool equal() const { return same(left_.declarations, right_.declarations); }

 private:
    bool same(const Span&, const Span&) const { return true; }
    bool same(const std::string& a, const std::string& b) const { return a == b; }
    bool same(const Name& a, const Name& b) const { return a.text == b.text; }
    bool same(const QueryExpression& a, const QueryExpression& b) const {
        QueryExpression without = b;
        without.parenthesised = a.parenthesised;
        return same_members(members(a), members(std::as_const(without)));
    }
    bool same(ExpressionIndex a, ExpressionIndex b) const {
        if (is_none(a) || is_none(b)) return is_none(a) && is_none(b);
        // Parentheses are no part of what is meant.
        return same(left_.at(a).form, right_.at(b).form);
    }
    bool same(StatementIndex a, StatementIndex b) const {
        if (is_none(a) || is_none(b)) return is_none(a) && is_none(b);
        return same(left_.at(a).form, right_.at(b).form);
    }
    template <class T>
    bool same(const std::optional<T>& a, const std::optional<T>& b) const {
        if (!a || !b) return a.has_value() == b.has_value();
        return same(*a, *b);
    }
    template <class T>
    bool same(const std::vector<T>& a, const std::vector<T>& b) const {
        if (a.size() != b.size()) return false;
        for (std::size_t i = 0; i < a.size(); ++i) {
            if (!same(a[i], b[i])) return false;
        }
        return true;
    }
    template <class... T>
    bool same(const std::variant<T...>& a, const std::variant<T...>& b) const {
        if (a.index() != b.index()) return false;
        return std::visit(
            [&](const auto& of_a) { return same(of_a, std::get<std::decay_t<decltype(of_a)>>(b)); },
            a);
    }
    template <class T>
    bool same(const T& a, const T& b) const {
        if constexpr (std::is_enum_v<T> || std::is_arithmetic_v<T>) {
            return a == b;
        } else {
            static_assert(std::is_aggregate_v<T>);
            return same_members(members(a), members(b));
        }
    }
    template <class... T>
    bool same_members(const std::tuple<T&...>& a, const std::tuple<T&...>& b) const {
        return same_each(a, b, std::index_sequence_for<T...>{});
    }
    template <class Tuple, std::size_t... I>
    bool same_each([[maybe_unused]] const Tuple& a, [[maybe_unused]] const Tuple& b,
                   std::index_sequence<I...>) const {
        return (same(std::get<I>(a), std::get<I>(b)) && ...);
    }

    const Tree& left_;
    const Tree& right_;
};

inline bool equal_trees(const Tree& left, const Tree& right) {
    return TreeComparison(left, right).equal();
}

}  // namespace pawl::dsl::test
