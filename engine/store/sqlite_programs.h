#pragma once

#include "base/result.h"
#include "engine/store/sqlite_session.h"
#include "engine/store/sqlite_store.h"
#include "rules/program.h"

// SqliteStore::take_former_texts, in its own transaction: programs are kept beside the runs that
// wait, so that each finishes on the text with which it began (meaning.md 35).

namespace pawl::engine {

// Every run that waits is looked at once, and only where another program than this one is kept.
Result<FormerTexts> take_former_texts(SqliteSession& session, rules::Program& program);

}  // namespace pawl::engine
