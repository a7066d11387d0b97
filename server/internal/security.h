#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "server/internal/request.h"
#include "server/internal/response.h"

// Who may ask. With a token, whoever knows it; without one, whoever is on this machine and is no
// web page of somebody else's.

namespace pawl::server::internal {

class Security {
 public:
    // An empty token: none is asked for.
    explicit Security(std::string_view token);

    // Why the request is not answered; nothing when it is. `is_open`: to be answered without token.
    std::optional<Response> refuse(const Request& request, bool is_open) const;

 private:
    std::optional<Response> refuse_host(const Request& request) const;
    bool knows_token(const Request& request) const;

    std::optional<Hash>
        token_;  // hashes are compared: neither content nor length shows in the time
};

// "localhost:8080" → "localhost"; "[::1]:8080" → "[::1]".
std::string_view host_without_port(std::string_view host);

}  // namespace pawl::server::internal
