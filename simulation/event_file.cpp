#include "simulation/event_file.h"

#include <utility>

#include "base/limits.h"

namespace pawl::simulation {

EventFile::EventFile(std::istream& in, const rules::Program& program)
    : lines_(in, limits::event_bytes_max), reader_(program) {}

std::optional<EventLine> EventFile::next() {
    std::optional<Line> line = lines_.next();
    if (!line) return std::nullopt;
    engine::ReadInput read = line->is_too_long ? engine::InputReader::too_large(line->bytes)
                                               : reader_.read(std::move(line->text));
    EventLine result;
    result.number = line->number;
    result.at = read.at;
    result.id = std::move(read.id);
    result.origin = std::move(read.origin);
    result.form = std::move(read.form);
    return result;
}

}  // namespace pawl::simulation
