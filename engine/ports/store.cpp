#include "engine/ports/store.h"

#include <cstring>

namespace pawl::engine {

std::uint64_t body_mark(const Hash& body) {
    std::uint64_t mark = 0;
    std::memcpy(&mark, body.bytes.data(), sizeof mark);
    return mark;
}

}  // namespace pawl::engine
