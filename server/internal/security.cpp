#include "server/internal/security.h"

#include "base/text.h"
#include "server/internal/url_text.h"

namespace pawl::server::internal {

namespace {

bool is_equal_in_constant_time(const Hash& left, const Hash& right) {
    unsigned difference = 0;
    for (std::size_t i = 0; i < left.bytes.size(); ++i)
        difference |= static_cast<unsigned>(left.bytes[i] ^ right.bytes[i]);
    return difference == 0;
}

bool is_local_name(std::string_view host) {
    return equals_ignoring_case(host, "localhost") || host == "127.0.0.1" || host == "[::1]";
}

bool is_port(std::string_view text) {
    return text.size() <= 5 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// Browsers say with each request that changes something which page it comes from. A page of another
// site has no business here, even though the browser would not show it our answer.
bool is_of_other_site(const Request& request) {
    if (request.origin.empty()) return false;
    const std::size_t scheme = request.origin.find("://");
    if (scheme == std::string::npos) return true;  // "null"
    return !equals_ignoring_case(std::string_view(request.origin).substr(scheme + 3), request.host);
}

}  // namespace

std::string_view host_without_port(std::string_view host) {
    const std::size_t bracket = host.rfind(']');
    const std::size_t from = bracket == std::string_view::npos ? 0 : bracket;
    const std::size_t colon = host.find(':', from);
    if (colon == std::string_view::npos) return host;
    return is_port(host.substr(colon + 1)) ? host.substr(0, colon) : host;
}

Security::Security(std::string_view token) {
    if (!token.empty()) token_ = hash_bytes(token);
}

bool Security::knows_token(const Request& request) const {
    constexpr std::string_view scheme = "bearer ";
    const std::string_view given = request.authorization;
    if (given.size() <= scheme.size() ||
        !equals_ignoring_case(given.substr(0, scheme.size()), scheme)) {
        return false;
    }
    return is_equal_in_constant_time(hash_bytes(trim(given.substr(scheme.size()))), *token_);
}

// A page whose name is made to point to this machine (DNS rebinding) is told by the name it asks
// for.
std::optional<Response> Security::refuse_host(const Request& request) const {
    if (request.hosts > 1 || (request.is_http_11 && request.host.empty())) {
        return error_response(400, "bad_request", "the request must have one `Host` header");
    }
    if (token_ || is_local_name(host_without_port(request.host))) return std::nullopt;
    return error_response(403, "forbidden_host",
                          "without a token this engine answers to `localhost`, `127.0.0.1` and "
                          "`[::1]` alone; the request asked for " +
                              quote_for_message(request.host));
}

std::optional<Response> Security::refuse(const Request& request, bool is_open) const {
    if (std::optional<Response> refused = refuse_host(request)) return refused;
    const bool is_reading = request.method == Method::get || request.method == Method::head;
    if (!is_reading && is_of_other_site(request)) {
        return error_response(
            403, "forbidden_origin",
            "the request comes from a page of another site: " + quote_for_message(request.origin));
    }
    if (is_open || !token_ || knows_token(request)) return std::nullopt;
    Response refused = error_response(401, "unauthorized",
                                      request.authorization.empty()
                                          ? "this engine asks for `Authorization: Bearer TOKEN`"
                                          : "the token is not the one of this engine");
    refused.headers = "WWW-Authenticate: Bearer\r\n";
    return refused;
}

}  // namespace pawl::server::internal
