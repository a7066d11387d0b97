#pragma once

#include <string>

#include "tests/process/process.h"

// A small rulebook for the tests of the program, with a day's events.

namespace pawl::process {

// Writes the rulebook into the folder `shop`: header, parcels and payments, each in its file.
void write_shop(const Workplace& workplace);
// The same declarations, spread otherwise over files and folders.
void write_shop_otherwise(const Workplace& workplace, const std::string& folder);

// A line of an events file.
std::string payment(const std::string& id, const std::string& time, const std::string& parcel,
                    int amount);

// {"parcel": …} with the parcels p1 and p2.
std::string shop_state();

}  // namespace pawl::process
