#include <string>

#include "base/json.h"
#include "base/text.h"
#include "cli/command_options.h"
#include "engine/store/sqlite_store.h"

namespace pawl::cli {

Exit backup(const BackupOptions& options, Terminal& terminal) {
    if (const Status done = engine::backup_store(options.data, options.to); !done) {
        // What cannot be read or written is the caller's to mend; a damaged store is not.
        const bool is_damaged = done.error().code == "damaged";
        return refuse(terminal, is_damaged ? Exit::failed : Exit::usage, done.error().message);
    }
    if (!options.json) {
        terminal.out.write(options.to + " holds the store of " + options.data +
                           ", checked; to restore, serve on it\n");
        return Exit::done;
    }
    JsonWriter json;
    json.begin_object();
    json.member("data", options.data);
    json.member("to", options.to);
    json.end_object();
    terminal.out.write(json.text() + "\n");
    return Exit::done;
}

}  // namespace pawl::cli
