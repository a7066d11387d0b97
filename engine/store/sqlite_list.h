#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "engine/ports/index_plan.h"
#include "engine/ports/store_reader.h"
#include "engine/store/sqlite_entities.h"
#include "engine/store/sqlite_scan.h"

// Lists of records on a reader's connection. Both throw what SOCI throws.

namespace pawl::engine {

// StoreReader::list: by an index where one of the filters has one, else by walking, which ends
// after limits::list_rows_max records.
Result<std::vector<ListedRecord>> list_records(Statements& statements,
                                               const rules::Program& program,
                                               const EntityLayout& layout, const IndexPlan& plan,
                                               const ListRequest& request);

// StoreReader::find.
std::optional<rules::RecordKey> find_key(Statements& statements, const rules::Program& program,
                                         const EntityLayout& layout, rules::EntityIndex entity,
                                         std::string_view id);

}  // namespace pawl::engine
