#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <span>
#include <string>

// What is wrong with the words of a command line, told with what fits there, the closest first;
// CLI11 would only count what it did not take.

namespace pawl::cli {

// Nothing where the words are fit to be parsed, or ask for help.
std::optional<std::string> problem_of_words(CLI::App& app, std::span<const std::string> words);

// What CLI11 found wrong with a value.
std::string value_problem(const CLI::ParseError& problem);

// A whole number, written as one. `value_problem` tells what is due instead.
CLI::Validator whole_number(std::size_t from, std::size_t to);

}  // namespace pawl::cli
