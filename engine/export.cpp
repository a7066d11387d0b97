#include "engine/export.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/json.h"
#include "engine/input.h"
#include "engine/internal/history.h"

namespace pawl::engine {

namespace {

constexpr std::size_t page_inputs = 64;      // an input has 1 MB at most
constexpr std::size_t snapshot_pages = 200;  // looked at before the reader begins anew

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// The text without the `pawlat` it came with: an events file may be sent to an engine again.
std::string without_arrival(const std::string& body) {
    if (body.find("\"pawlat\"") == std::string::npos && body.find('\\') == std::string::npos)
        return body;
    auto json = parse_json(body);
    if (!json || json->find("pawlat") == nullptr) return body;
    std::erase_if(json->members, [](const JsonMember& each) { return each.first == "pawlat"; });
    return write_json(*json);
}

// The input's own bytes, so that it has the same key when it is sent again; only line breaks, which
// JSON has between its tokens alone, become spaces.
std::string event_line(const StoredInput& input) {
    std::string line = without_arrival(input.body);
    for (char& c : line)
        if (c == '\n' || c == '\r') c = ' ';
    while (!line.empty() && is_blank(line.back())) line.pop_back();
    if (!line.empty() && line.back() == '}') line.pop_back();
    while (!line.empty() && is_blank(line.back())) line.pop_back();
    if (!line.ends_with('{')) line += ',';
    line += "\"pawlat\":\"" + format_instant(input.arrival) + "\"}\n";
    line.erase(0, std::min(line.find('{'), line.size()));
    return line;
}

// The last input that arrived at `after` or before; 0: none. Numbers and arrivals ascend together.
InputNumber last_until(StoreReader& reader, Instant after) {
    InputNumber low = 0, high = reader.counters().next_input;
    while (low < high) {
        const InputNumber middle = low + (high - low) / 2;
        const std::vector<StoredInput> next = reader.inputs(middle, 1);
        if (next.empty() || next.front().arrival > after)
            high = middle;
        else
            low = next.front().number;
    }
    return low;
}

class EventsExporter {
 public:
    EventsExporter(StoreReader& reader, const EventsExport& range, const ExportSink& sink)
        : reader_(reader), range_(range), sink_(sink) {}

    Result<EventsExported> run() {
        bool is_first = true, is_done = false;
        while (!is_done) {
            if (Status begun = reader_.begin(); !begun) return begun.error();
            Status told = look(is_first, is_done);
            reader_.end();
            if (!told) return told.error();
            is_first = false;
        }
        return exported_;
    }

 private:
    Status look(bool is_first, bool& is_done) {
        if (range_.after && *range_.after < reader_.history_from())
            return not_kept(*range_.after, reader_.history_from());
        if (is_first && range_.after) last_ = last_until(reader_, *range_.after);
        std::set<InputNumber> parked;
        for (const ParkedInput& each : reader_.parked()) parked.insert(each.number);
        for (std::size_t page = 0; page < snapshot_pages && !is_done; ++page) {
            const std::vector<StoredInput> inputs = reader_.inputs(last_, page_inputs);
            is_done = inputs.empty();
            for (const StoredInput& input : inputs) {
                last_ = input.number;
                is_done = range_.until && input.arrival > *range_.until;
                if (is_done) break;
                if (parked.count(input.number) != 0) {
                    ++exported_.parked;
                    continue;
                }
                if (Status taken = sink_(event_line(input)); !taken) return taken;
                ++exported_.events;
            }
        }
        return reader_.status();
    }

    StoreReader& reader_;
    const EventsExport& range_;
    const ExportSink& sink_;
    InputNumber last_ = 0;
    EventsExported exported_;
};

}  // namespace

Result<EventsExported> export_events(StoreReader& reader, const EventsExport& range,
                                     const ExportSink& sink) {
    return EventsExporter(reader, range, sink).run();
}

}  // namespace pawl::engine
