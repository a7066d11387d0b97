#include "integrations/services.h"

#include "embedded/integration_declarations.h"

namespace pawl::integrations {

std::vector<ServiceSource> service_sources() {
    std::vector<ServiceSource> sources;
    for (const EmbeddedFile& file : embedded_integration_declarations()) {
        sources.push_back({file.path, file.text});
    }
    return sources;
}

}  // namespace pawl::integrations
