// pawl_embed gives back what is in the files, byte for byte.
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <string>

#include "embedded/embed_samples.h"

TEST_CASE("embedded files are the files, in order of path") {
    const auto files = pawl::embedded_embed_samples();
    REQUIRE(files.size() == 3);
    CHECK(files[0].path == "tests/tidy/checks_test.cpp");
    CHECK(files[1].path == "tests/tidy/embed_sample.txt");
    CHECK(files[2].path == "tests/tidy/empty_sample.txt");
    CHECK(files[2].text.empty());
    for (const pawl::EmbeddedFile& file : files) {
        std::ifstream stream(PAWL_ROOT "/" + std::string(file.path), std::ios::binary);
        REQUIRE(stream);
        const std::string text{std::istreambuf_iterator<char>(stream), {}};
        CHECK(file.text == text);
    }
}
