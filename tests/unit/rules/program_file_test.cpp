#include "rules/program_file.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>

#include "program_sample.h"
#include "rules/internal/program_bytes.h"

namespace pawl::rules {

TEST_CASE("a program comes back from its file as it was") {
    const Program program = sample::make();
    const std::string bytes = write_program(program);
    const Result<Program> read = read_program(bytes);
    REQUIRE(read.has_value());
    CHECK(write_program(*read) == bytes);
    CHECK(read->hash == program.hash);
    REQUIRE(read->rules.size() == 1);
    CHECK(read->rules[0].id == "on_order");
    CHECK(read->rules[0].match.atoms[0].values[0] == Value::text("new"));
    CHECK(read->units[2].code == program.units[2].code);
    CHECK(read->units[5].constants == program.units[5].constants);
    CHECK(disassemble(*read) == disassemble(program));
}

TEST_CASE("a value of every kind comes back as it was") {
    Program program = sample::make();
    const auto json = parse_json(R"({"a":[1,null,"x"]})");
    const std::vector<Value> values = {
        Value(),
        Value::boolean(true),
        Value::integer(-1),
        Value::integer(std::numeric_limits<std::int64_t>::min()),
        Value::number(-0.5),
        Value::money({-1, *Currency::parse("USD")}),
        Value::text(""),
        Value::text("Gruß"),
        Value::secret("hush"),
        Value::date(Date{-1}),
        Value::time(TimeOfDay{1}),
        Value::datetime(Instant{-1}),
        Value::duration({.months = -1, .days = 2, .micros = -3}),
        Value::choice("open"),
        Value::group("admins"),
        Value::list({Value::integer(1), Value::list({})}),
        Value::record(record_error, {Value(), Value::text("x"), Value()}),
        Value::json(*json)};
    program.units[0].constants = values;
    hash_program(program);
    const Result<Program> read = read_program(write_program(program));
    REQUIRE(read.has_value());
    CHECK(read->units[0].constants == values);
}

TEST_CASE("a text that a small file names again and again is copied up to the limit") {
    const auto why = [](std::size_t names) {
        Program program = sample::make();
        program.units[0].local_names.assign(names, std::string(1 << 20, 'x'));
        const Result<Program> read = read_program(write_program(program));
        return read ? std::string() : read.error().message;
    };
    // The other texts of the program take less than a megabyte.
    const std::size_t most = limits::program_text_bytes_max >> 20;
    CHECK(why(most - 1).find("its texts are too long") == std::string::npos);
    CHECK(why(most).find("its texts are too long") != std::string::npos);
}

TEST_CASE("what is no program file is told apart from what is damaged") {
    const std::string bytes = write_program(sample::make());
    const auto code = [](std::string_view file) { return read_program(file).error().code; };
    CHECK(code("") == "PW0802");
    CHECK(code("rule x when y then end") == "PW0802");
    CHECK(code(std::string(100, '\0')) == "PW0802");
    std::string newer = bytes;
    newer[8] = 9;
    CHECK(code(newer) == "PW0803");
    CHECK(code(bytes.substr(0, 4)) == "PW0804");
    CHECK(code(bytes + "x") == "PW0804");
}

TEST_CASE("files that are refused say what is wrong with them, as their golden files have it") {
    const auto read_text = [](const std::filesystem::path& path) {
        std::ifstream file(path, std::ios::binary);
        return std::string(std::istreambuf_iterator<char>(file), {});
    };
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator("tests/language/fail")) {
        if (entry.path().extension() != ".pawlc") continue;
        ++count;
        INFO(entry.path().string());
        const Result<Program> read = read_program(read_text(entry.path()));
        REQUIRE_FALSE(read.has_value());
        const std::string told = read.error().code + ": " + read.error().message + "\n";
        CHECK(told == read_text(std::filesystem::path(entry.path()).replace_extension(".err")));
    }
    CHECK(count >= 4);
}

TEST_CASE("a file that is cut anywhere is refused") {
    const std::string bytes = write_program(sample::make());
    for (std::size_t size = 0; size < bytes.size(); ++size)
        REQUIRE_FALSE(read_program(std::string_view(bytes).substr(0, size)).has_value());
}

TEST_CASE("a byte changed anywhere is refused by the checksum") {
    const std::string bytes = write_program(sample::make());
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        std::string damaged = bytes;
        damaged[at] = static_cast<char>(damaged[at] ^ 0x41);
        REQUIRE_FALSE(read_program(damaged).has_value());
    }
}

// The checksum is put right again, so that reader and verifier have to stand for themselves: what
// they let through must be safe to write, hash and disassemble.
TEST_CASE("a body changed anywhere is refused or harmless") {
    const std::string body = write_program_body(sample::make());
    std::size_t accepted = 0;
    for (std::size_t at = 0; at < body.size(); ++at) {
        for (const int change : {1, 2, 0x40, 0x7f, 0x80, 0xff}) {
            std::string damaged = body;
            damaged[at] = static_cast<char>(damaged[at] ^ change);
            Result<Program> read = read_program_body(damaged);
            if (!read || !verify_program(*read)) continue;
            ++accepted;
            hash_program(*read);
            REQUIRE(read_program(write_program(*read)).has_value());
            REQUIRE_FALSE(disassemble(*read).empty());
        }
    }
    // Texts, lines and numbers that mean something else, but nothing wrong.
    CHECK(accepted > 0);
    CHECK(accepted < 6 * body.size());
}

TEST_CASE("a body cut anywhere, its checksum put right, is refused") {
    const std::string body = write_program_body(sample::make());
    for (std::size_t size = 0; size < body.size(); ++size)
        REQUIRE_FALSE(
            read_program(frame_program(std::string_view(body).substr(0, size))).has_value());
}

TEST_CASE("a count that the bytes cannot hold allocates nothing") {
    // 2^56 texts in a file of ten bytes.
    const std::string body("\x80\x80\x80\x80\x80\x80\x80\x80\x01\x00", 10);
    const Result<Program> read = read_program(frame_program(body));
    REQUIRE_FALSE(read.has_value());
    CHECK(read.error().message.find("fewer texts than it says") != std::string::npos);
}

TEST_CASE("a program whose hash lies is refused") {
    Program program = sample::make();
    program.units[2].hash.bytes[0] ^= 1;
    const Result<Program> read = read_program(write_program(program));
    REQUIRE_FALSE(read.has_value());
    CHECK(read.error().message.find("hashes do not match") != std::string::npos);
}

TEST_CASE("texts are kept once") {
    Program program = sample::make();
    const std::size_t before = write_program(program).size();
    const std::string long_text(1000, 'x');
    for (Unit& unit : program.units) unit.constants.push_back(Value::text(long_text));
    CHECK(write_program(program).size() < before + 1100);
}

}  // namespace pawl::rules
