#pragma once

#include <string_view>
#include <vector>

// The outside services whose declarations are shipped inside the program, as Pawl text: what
// events they bring and what they can do. Each lies in integrations/<name>/<name>.pawl.

namespace pawl::integrations {

struct ServiceSource {
    std::string_view path;  // "integrations/mpesa/mpesa.pawl", as a SourceSet takes it
    std::string_view text;
};

// In bytewise order of path. The texts live as long as the program.
std::vector<ServiceSource> service_sources();

}  // namespace pawl::integrations
