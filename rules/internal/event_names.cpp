#include "rules/internal/event_names.h"

namespace pawl::rules::internal {

EventNames::EventNames(const std::vector<std::string>& names) {
    std::size_t capacity = 4;
    while (capacity < names.size() * 4) capacity *= 2;
    table_.assign(capacity, none);
    for (const std::string& text : names) {
        Name name;
        name.text = text;
        const std::size_t size = text.size();
        name.head_mask = size >= 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << 8 * size) - 1;
        std::memcpy(&name.head, text.data(), size < 8 ? size : 8);
        if (size >= 8) name.tail = load(text.data() + size - 8);
        std::size_t place = hash(text) & (capacity - 1);
        while (table_[place] != none) place = (place + 1) & (capacity - 1);
        table_[place] = names_.size();
        names_.push_back(std::move(name));
    }
}

// The first and the last eight bytes tell most names apart.
std::uint64_t EventNames::hash(std::string_view name) {
    std::uint64_t head = 0;
    std::uint64_t tail = 0;
    const std::size_t size = name.size() < 8 ? name.size() : 8;
    std::memcpy(&head, name.data(), size);
    std::memcpy(&tail, name.data() + name.size() - size, size);
    const std::uint64_t mixed =
        (head * 0x9e3779b97f4a7c15u) ^ (tail + name.size()) * 0xc2b2ae3d27d4eb4fu;
    return mixed ^ mixed >> 32;
}

std::size_t EventNames::find(std::string_view name) {
    std::size_t place = hash(name) & (table_.size() - 1);
    while (table_[place] != none && names_[table_[place]].text != name) {
        place = (place + 1) & (table_.size() - 1);
    }
    const std::size_t number = table_[place];
    if (number == none) return none;
    if (place_ < order_.size()) {
        order_[place_] = number;
    } else if (order_.size() < names_.size()) {
        order_.push_back(number);
    }
    ++place_;
    return number;
}

}  // namespace pawl::rules::internal
