#pragma once

#include <functional>
#include <memory>

#include "cli/terminal.h"

namespace CLI {
class App;
}

namespace pawl::cli {

// The commands that ask a running engine, as the command line takes them. `run` becomes the one
// that was named, with its options filled in. All outlive it.
class EngineCommands {
 public:
    EngineCommands(CLI::App& app, Terminal& terminal, std::function<Exit()>& run);
    ~EngineCommands();
    EngineCommands(const EngineCommands&) = delete;
    EngineCommands& operator=(const EngineCommands&) = delete;

 private:
    class Grammar;
    std::unique_ptr<Grammar> grammar_;
};

}  // namespace pawl::cli
