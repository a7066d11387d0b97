#pragma once

#include <string>
#include <string_view>

// What names the zone database has, for messages about a name that it has not.

namespace pawl {

// The zone that is most likely meant by what somebody wrote: `Africa/Nairobbi`, `africa/nairobi` or
// `nairobi` is `Africa/Nairobi`. Empty when none is near, or the database cannot be read. The names
// are read once, and again after Zone::look_in. Safe from any thread.
std::string closest_zone(std::string_view written);

// Where the database is.
std::string zone_folder();

}  // namespace pawl
