#include "engine/store/sqlite_inputs.h"

#include "engine/store/input_shape.h"

namespace pawl::engine {

std::vector<StoredInput> read_inputs(Statements& statements, InputNumber after, std::size_t count) {
    std::vector<StoredInput> inputs;
    Statement& row = statements.get(
        "select input.number, arrival, body, shape.text from input "
        "left join shape on shape.number = input.shape "
        "where input.number > ?1 order by input.number limit ?2",
        "ii", "iitt");
    row.set_integer(0, after);
    row.set_integer(1, static_cast<std::int64_t>(count));
    for (Rows rows(row); rows.next();)
        inputs.push_back({row.integer(0), Instant{row.integer(1)},
                          row.is_null(3) ? row.text(2) : join_text(row.text(3), row.text(2))});
    return inputs;
}

}  // namespace pawl::engine
