#include "rules/program_file.h"

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstring>
#include <deque>
#include <limits>
#include <unordered_map>

#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "rules/internal/program_bytes.h"
#include "rules/internal/program_fields.h"

// A file is: magic, format version (4 bytes, low first), checksum of the body (16 bytes), body. The
// body is the table of texts, then the fields of Program in the order of program_fields.h. Whole
// numbers are varints (7 bits a byte, low first), signed ones folded so that small ones stay short.

namespace pawl::rules {

namespace {

constexpr std::string_view magic = "pawlc\r\n\x1a";
constexpr std::size_t version_bytes = 4;
constexpr std::size_t checksum_bytes = sizeof(Hash{}.bytes);
constexpr std::size_t frame_bytes = magic.size() + version_bytes + checksum_bytes;

template <class T>
struct IsVector : std::false_type {};
template <class T>
struct IsVector<std::vector<T>> : std::true_type {};
template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};
template <class T>
struct IsPair : std::false_type {};
template <class A, class B>
struct IsPair<std::pair<A, B>> : std::true_type {};

class Writer {
 public:
    template <class... T>
    void operator()(const T&... parts) {
        (one(parts), ...);
    }

    // The table of texts, then what was written.
    std::string take() {
        std::string body = std::move(out_);
        out_.clear();
        varint(texts_.size());
        for (const std::string_view text : texts_) {
            varint(text.size());
            out_.append(text);
        }
        out_.append(body);
        return std::move(out_);
    }

 private:
    void varint(std::uint64_t number) {
        for (; number >= 0x80; number >>= 7)
            out_.push_back(static_cast<char>((number & 0x7f) | 0x80));
        out_.push_back(static_cast<char>(number));
    }
    void zigzag(std::int64_t number) {
        const auto bits = static_cast<std::uint64_t>(number);
        varint((bits << 1) ^ (number < 0 ? ~std::uint64_t{0} : 0));
    }
    void text(std::string_view text) {
        const auto [place, is_new] =
            ids_.try_emplace(text, static_cast<std::uint32_t>(texts_.size()));
        if (is_new) texts_.push_back(text);
        varint(place->second);
    }

    void one(bool value) { out_.push_back(value ? 1 : 0); }
    void one(double value) {
        auto bits = std::bit_cast<std::uint64_t>(value);
        for (int byte = 0; byte < 8; ++byte, bits >>= 8)
            out_.push_back(static_cast<char>(bits & 0xff));
    }
    void one(const std::string& value) { text(value); }
    void one(const Hash& hash) {
        for (const std::uint8_t byte : hash.bytes) out_.push_back(static_cast<char>(byte));
    }
    void one(const Value& value);
    template <class T>
    void one(const T& value) {
        if constexpr (std::is_enum_v<T>) {
            varint(static_cast<std::uint64_t>(value));
        } else if constexpr (std::unsigned_integral<T>) {
            varint(value);
        } else if constexpr (std::signed_integral<T>) {
            zigzag(value);
        } else if constexpr (IsVector<T>::value) {
            varint(value.size());
            for (const auto& item : value) one(static_cast<const typename T::value_type&>(item));
        } else if constexpr (IsOptional<T>::value) {
            one(value.has_value());
            if (value) one(*value);
        } else if constexpr (IsPair<T>::value) {
            one(value.first);
            one(value.second);
        } else {
            fields(*this, value);
        }
    }

    std::string out_;
    std::unordered_map<std::string_view, std::uint32_t> ids_;
    std::vector<std::string_view> texts_;
    std::deque<std::string> made_;  // texts that the program itself does not hold
};

void Writer::one(const Value& value) {
    one(value.kind());
    switch (value.kind()) {
        case Kind::missing: return;
        case Kind::boolean: return one(value.as_boolean());
        case Kind::integer: return one(value.as_integer());
        case Kind::number: return one(value.as_number());
        case Kind::money: return one(value.as_money());
        case Kind::text:
        case Kind::secret:
        case Kind::choice:
        case Kind::group: return text(value.as_text());
        case Kind::date: return one(value.as_date());
        case Kind::time: return one(value.as_time());
        case Kind::datetime: return one(value.as_datetime());
        case Kind::duration: return one(value.as_duration());
        case Kind::list: return one(value.as_list());
        case Kind::record: one(value.record_type()); return one(value.as_record());
        case Kind::json: return text(made_.emplace_back(write_json(value.as_json())));
        case Kind::reference: break;
    }
    // A record's key means nothing outside its store: no program holds one.
    PAWL_CHECK(value.kind() != Kind::reference);
}

class Reader {
 public:
    explicit Reader(std::string_view bytes) : bytes_(bytes) {}

    template <class... T>
    void operator()(T&... parts) {
        (one(parts), ...);
    }

    void read_texts() {
        const std::size_t count = read_count("texts");
        for (std::size_t at = 0; at < count && !has_failed(); ++at) {
            const std::size_t size = read_count("bytes of a text");
            if (has_failed()) return;
            const std::string_view text = bytes_.substr(at_, size);
            if (find_malformed_utf8(text)) return fail("a text is not well-formed UTF-8");
            texts_.push_back(text);
            at_ += size;
        }
        text_values_.resize(texts_.size());
    }

    void finish() {
        if (!has_failed() && at_ != bytes_.size()) fail("there is more than a program");
    }

    bool has_failed() const { return !failure_.empty(); }
    const std::string& failure() const { return failure_; }

 private:
    void fail(std::string_view what) {
        if (has_failed()) return;
        failure_ = "at byte " + std::to_string(at_) + ": ";
        failure_ += what;
        at_ = bytes_.size();
    }

    std::uint8_t byte() {
        if (at_ >= bytes_.size()) {
            fail("it ends too early");
            return 0;
        }
        return static_cast<std::uint8_t>(bytes_[at_++]);
    }
    std::uint64_t varint() {
        std::uint64_t number = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            const std::uint8_t next = byte();
            const std::uint64_t bits = next & 0x7fu;
            if (shift == 63 && bits > 1) break;
            number |= bits << shift;
            if (next < 0x80) {
                // One number has one form, so that equal programs have equal bytes.
                if (next == 0 && shift > 0) break;
                return number;
            }
        }
        fail("a number is malformed");
        return 0;
    }
    std::uint64_t varint_up_to(std::uint64_t most, std::string_view what) {
        const std::uint64_t number = varint();
        if (number <= most) return number;
        fail(what);
        return 0;
    }
    // Of things that take at least one byte each: no count is believed that the bytes cannot hold.
    std::size_t read_count(std::string_view what) {
        const std::uint64_t count = varint();
        if (count <= bytes_.size() - at_) return static_cast<std::size_t>(count);
        fail("there are fewer " + std::string(what) + " than it says");
        return 0;
    }
    std::size_t text_index() {
        const auto index = static_cast<std::size_t>(varint());
        if (index < texts_.size()) return index;
        fail("it names a text that is not there");
        return texts_.size();
    }
    // A text by itself costs a byte or two in the file, however long it is.
    std::string_view text() {
        const std::size_t index = text_index();
        if (has_failed()) return {};
        const std::string_view found = texts_[index];
        if (found.size() > copied_bytes_left_) {
            fail("its texts are too long");
            return {};
        }
        copied_bytes_left_ -= found.size();
        return found;
    }

    void one(bool& value) {
        const std::uint8_t read = byte();
        if (read > 1) fail("neither yes nor no");
        value = read == 1;
    }
    void one(double& value) {
        std::uint64_t bits = 0;
        for (int shift = 0; shift < 64; shift += 8)
            bits |= static_cast<std::uint64_t>(byte()) << shift;
        value = std::bit_cast<double>(bits);
    }
    void one(std::string& value) { value = text(); }
    void one(Hash& hash) {
        for (std::uint8_t& part : hash.bytes) part = byte();
    }
    void one(Value& value);
    template <class T>
    void one(T& value) {
        if constexpr (std::is_enum_v<T>) {
            constexpr auto last = static_cast<std::uint64_t>(last_of<T>);
            value = static_cast<T>(varint_up_to(last, "it names a kind that is not there"));
        } else if constexpr (std::unsigned_integral<T>) {
            constexpr std::uint64_t most = std::numeric_limits<T>::max();
            value = static_cast<T>(varint_up_to(most, "a number is too large"));
        } else if constexpr (std::signed_integral<T>) {
            const std::uint64_t bits = varint();
            const auto number =
                static_cast<std::int64_t>((bits >> 1) ^ (0 - (bits & std::uint64_t{1})));
            value = static_cast<T>(number);
            if (value != number) fail("a number is too large");
        } else if constexpr (IsVector<T>::value) {
            const std::size_t count = read_count("things");
            value.clear();
            for (std::size_t at = 0; at < count && !has_failed(); ++at) {
                typename T::value_type item{};
                one(item);
                value.push_back(std::move(item));
            }
        } else if constexpr (IsOptional<T>::value) {
            bool has = false;
            one(has);
            value.reset();
            if (has && !has_failed()) one(value.emplace());
        } else if constexpr (IsPair<T>::value) {
            one(value.first);
            one(value.second);
        } else {
            fields(*this, value);
        }
    }
    template <class T>
    T read() {
        T value{};
        one(value);
        return value;
    }
    std::vector<Value> read_items();
    Value read_value(Kind kind);
    Value read_json();

    std::string_view bytes_;
    std::size_t at_ = 0;
    std::string failure_;
    std::vector<std::string_view> texts_;
    std::vector<Value> text_values_;
    std::size_t copied_bytes_left_ = limits::program_text_bytes_max;
    std::size_t depth_ = 0;  // of values in values
};

std::vector<Value> Reader::read_items() {
    std::vector<Value> items;
    if (depth_ == limits::json_depth_max) {
        fail("values lie too deep in one another");
        return items;
    }
    ++depth_;
    one(items);
    --depth_;
    return items;
}

Value Reader::read_json() {
    Result<Json> json = parse_json(text());
    if (json) return Value::json(std::move(*json));
    fail("a JSON value is malformed");
    return {};
}

Value Reader::read_value(Kind kind) {
    switch (kind) {
        case Kind::boolean: return Value::boolean(read<bool>());
        case Kind::integer: return Value::integer(read<std::int64_t>());
        case Kind::number: return Value::number(read<double>());
        case Kind::money: return Value::money(read<Money>());
        case Kind::text: {
            const std::size_t index = text_index();
            if (has_failed()) return {};
            if (text_values_[index].is_missing()) text_values_[index] = Value::text(texts_[index]);
            return text_values_[index];
        }
        case Kind::secret: return Value::secret(text());
        case Kind::choice: return Value::choice(text());
        case Kind::group: return Value::group(text());
        case Kind::date: return Value::date(read<Date>());
        case Kind::time: return Value::time(read<TimeOfDay>());
        case Kind::datetime: return Value::datetime(read<Instant>());
        case Kind::duration: return Value::duration(read<Duration>());
        case Kind::list: return Value::list(read_items());
        case Kind::record: {
            const auto type = read<std::uint16_t>();
            return Value::record(type, read_items());
        }
        case Kind::json: return read_json();
        case Kind::missing: return {};
        case Kind::reference: break;
    }
    fail("a record of a store has no place in a program");
    return {};
}

void Reader::one(Value& value) {
    const Kind kind = read<Kind>();
    if (!has_failed()) value = read_value(kind);
}

std::uint32_t read_version(std::string_view bytes) {
    std::uint32_t version = 0;
    for (std::size_t at = version_bytes; at-- > 0;)
        version = (version << 8) | static_cast<std::uint8_t>(bytes[at]);
    return version;
}

Status check_frame(std::string_view bytes) {
    const std::size_t known = std::min(bytes.size(), magic.size());
    if (known == 0 || bytes.substr(0, known) != magic.substr(0, known))
        return Error{"PW0802", "this is no compiled rulebook: it does not begin as one"};
    if (bytes.size() < magic.size() + version_bytes) return damaged_program("it is cut short");
    const std::uint32_t version = read_version(bytes.substr(magic.size(), version_bytes));
    if (version != program_format_version)
        return Error{"PW0803", "the compiled rulebook is of format " + std::to_string(version) +
                                   ", this program reads format " +
                                   std::to_string(program_format_version)};
    if (bytes.size() < frame_bytes) return damaged_program("it is cut short");
    if (bytes.size() - frame_bytes > limits::program_file_bytes_max)
        return damaged_program("it is larger than any rulebook");
    const Hash checksum = hash_bytes(bytes.substr(frame_bytes));
    if (std::memcmp(checksum.bytes.data(), bytes.data() + magic.size() + version_bytes,
                    checksum_bytes) != 0)
        return damaged_program("its checksum does not match its content");
    return Done{};
}

}  // namespace

Error damaged_program(std::string detail) {
    return {"PW0804", "the compiled rulebook is damaged: " + std::move(detail)};
}

std::string write_program_body(const Program& program) {
    Writer writer;
    writer(program);
    return writer.take();
}

std::string frame_program(std::string_view body) {
    std::string bytes(magic);
    for (std::size_t at = 0; at < version_bytes; ++at)
        bytes.push_back(static_cast<char>((program_format_version >> (8 * at)) & 0xff));
    for (const std::uint8_t byte : hash_bytes(body).bytes) bytes.push_back(static_cast<char>(byte));
    bytes.append(body);
    return bytes;
}

Result<Program> read_program_body(std::string_view body) {
    Reader reader(body);
    Program program;
    reader.read_texts();
    reader(program);
    reader.finish();
    if (reader.has_failed()) return damaged_program(reader.failure());
    return program;
}

std::string write_program(const Program& program) {
    return frame_program(write_program_body(program));
}

Result<Program> read_program(std::string_view bytes) {
    PAWL_TRY([[maybe_unused]] const Done framed, check_frame(bytes));
    PAWL_TRY(Program program, read_program_body(bytes.substr(frame_bytes)));
    PAWL_TRY([[maybe_unused]] const Done verified, verify_program(program));
    // Runs are pinned to units by these hashes, so they must tell the truth.
    const Hash hash = program.hash;
    std::vector<Hash> unit_hashes;
    unit_hashes.reserve(program.units.size());
    for (const Unit& unit : program.units) unit_hashes.push_back(unit.hash);
    hash_program(program);
    const auto is_true = [](const Unit& unit, const Hash& told) { return unit.hash == told; };
    if (hash != program.hash ||
        !std::equal(program.units.begin(), program.units.end(), unit_hashes.begin(), is_true))
        return damaged_program("its hashes do not match its content");
    return program;
}

}  // namespace pawl::rules
