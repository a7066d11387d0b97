#include "rules/internal/match_symbols.h"

namespace pawl::rules::internal {

Symbol TextSymbols::add(std::string_view text) {
    const Symbol known = find(text);
    if (known != no_symbol) return known;
    if ((stored_.size() + 1) * 2 > table_.size()) grow();
    stored_.push_back(
        {static_cast<std::uint32_t>(bytes_.size()), static_cast<std::uint32_t>(text.size())});
    bytes_.append(text);
    const auto symbol = static_cast<Symbol>(stored_.size());
    const std::uint64_t hash = hash_text(text);
    std::size_t place = hash & mask_;
    while (table_[place].symbol != no_symbol) place = (place + 1) & mask_;
    table_[place] = {static_cast<std::uint32_t>(hash >> 32), symbol};
    return symbol;
}

void TextSymbols::grow() {
    table_.assign(table_.size() * 2, Place{});
    mask_ = table_.size() - 1;
    for (std::size_t i = 0; i < stored_.size(); ++i) {
        const auto symbol = static_cast<Symbol>(i + 1);
        const std::uint64_t hash = hash_text(text_of(symbol));
        std::size_t place = hash & mask_;
        while (table_[place].symbol != no_symbol) place = (place + 1) & mask_;
        table_[place] = {static_cast<std::uint32_t>(hash >> 32), symbol};
    }
}

Symbol NumberSymbols::add(std::int64_t number) {
    const Symbol known = find(number);
    if (known != no_symbol) return known;
    if ((count_ + 1) * 2 > table_.size()) grow();
    const auto symbol = static_cast<Symbol>(++count_);
    std::size_t place = mix_bits(static_cast<std::uint64_t>(number), 0) & mask_;
    while (table_[place].symbol != no_symbol) place = (place + 1) & mask_;
    table_[place] = {number, symbol};
    return symbol;
}

void NumberSymbols::grow() {
    const std::vector<Place> before = std::move(table_);
    table_.assign(before.size() * 2, Place{});
    mask_ = table_.size() - 1;
    for (const Place& old : before) {
        if (old.symbol == no_symbol) continue;
        std::size_t place = mix_bits(static_cast<std::uint64_t>(old.number), 0) & mask_;
        while (table_[place].symbol != no_symbol) place = (place + 1) & mask_;
        table_[place] = old;
    }
}

}  // namespace pawl::rules::internal
