#include "engine/runtime.h"

#include <utility>

#include "base/check.h"
#include "engine/internal/running_engine.h"

namespace pawl::engine {

std::unique_ptr<Runtime> Runtime::start(const rules::Program& program, SqliteStore& store,
                                        RuntimeOptions options) {
    PAWL_CHECK(options.clock != nullptr);
    return std::make_unique<RunningEngine>(program, store, std::move(options));
}

}  // namespace pawl::engine
