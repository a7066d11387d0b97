// The only file that gives Catch its main: compiling that costs ten seconds. It also prints the
// closing line that scripts/test adds up.
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
#include <cstdio>
#include <optional>

namespace {

std::optional<Catch::Counts> cases_run;

struct CaseCounter : Catch::TestEventListenerBase {
    using TestEventListenerBase::TestEventListenerBase;

    void testRunEnded(const Catch::TestRunStats& run) override { cases_run = run.totals.testCases; }
};

CATCH_REGISTER_LISTENER(CaseCounter)

}  // namespace

int main(int argc, char** argv) {
    const int answer = Catch::Session().run(argc, argv);
    if (cases_run) {
        std::printf("%zu passed, %zu failed\n", static_cast<std::size_t>(cases_run->passed),
                    static_cast<std::size_t>(cases_run->failed));
    }
    return answer;
}
