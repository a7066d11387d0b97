#include "server/internal/binary_event.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "server/internal/split_events.h"
#include "server/internal/url_text.h"

namespace pawl::server::internal {

namespace {

// CloudEvents 1.0, 3.1: lower-case letters and digits. Header names have no case.
std::optional<std::string> attribute_name(std::string_view header) {
    std::string name;
    for (const char letter : header) {
        const bool is_upper = letter >= 'A' && letter <= 'Z';
        const char lower = is_upper ? static_cast<char>(letter - 'A' + 'a') : letter;
        if (!(lower >= 'a' && lower <= 'z') && !(lower >= '0' && lower <= '9')) return std::nullopt;
        name += lower;
    }
    if (name == "data" || name == "data_base64") return std::nullopt;
    return name;
}

}  // namespace

Result<std::string> event_of_binary_mode(const Request& request) {
    JsonWriter out;
    out.begin_object();
    for (const auto& [header, raw] : request.event_attributes) {
        const std::optional<std::string> name = attribute_name(header);
        const std::optional<std::string> value = unescape(raw, Escaping::path);
        if (!name || !value) {
            return Error{"bad_request", "the header `ce-" + header +
                                            "` is no attribute of a CloudEvent, or its value is "
                                            "not escaped as the HTTP binding says"};
        }
        // A name given twice is found by whoever reads the text.
        out.member(*name, *value);
    }
    if (!request.content_type.empty()) out.member("datacontenttype", request.content_type);
    if (!is_blank(request.body)) {
        // Read here, since the text would be taken for more attributes if it closed the object.
        const Result<Json> data =
            parse_json(request.body, {limits::event_bytes_max, limits::json_depth_max});
        if (!data) return Error{"bad_request", "the event's data: " + data.error().message};
        out.key("data");
        out.raw(request.body);
    }
    out.end_object();
    return out.take();
}

}  // namespace pawl::server::internal
