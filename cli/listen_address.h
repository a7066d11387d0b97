#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

// Where an engine listens, as a person writes it.

namespace pawl::cli {

struct ListenAddress {
    std::string host;
    std::uint16_t port = 0;  // 0: any that is free

    // "127.0.0.1:8080", "[::1]:8080"
    std::string text_with(std::uint16_t actual_port) const;
};

// "127.0.0.1:8080", "[::1]:8080", "localhost:0". Error "usage".
Result<ListenAddress> read_listen_address(std::string_view text);

// What would keep a server from listening there: somebody else does, the address is not this
// machine's, or it can be reached from elsewhere and there is no token. Told before a store is
// opened and records are brought into it. Errors: "address", "token_required".
enum class Token : std::uint8_t { none, asked };
Status check_can_listen(const ListenAddress& address, Token token);

}  // namespace pawl::cli
