#include "common/wrk.hpp"

#include <cstdlib>
#include <stdexcept>

namespace apilab::bench {

WrkRun run_wrk(const std::string& url, int seconds, int core) {
    const auto program = installed("wrk");
    if (!program) {
        throw std::runtime_error("wrk is not installed");
    }
    const auto usage =
        run_program({*program, "-t1", "-c64", "-d" + std::to_string(seconds) + "s", url},
                    {.core = core, .variables = {}});
    if (usage.out.find("Non-2xx") != std::string::npos ||
        usage.out.find("Socket errors") != std::string::npos) {
        throw std::runtime_error("not every answer to wrk was a success:\n" + usage.out);
    }
    // `  123456 requests in 3.00s, 150.00MB read`
    const auto at = usage.out.find(" requests in ");
    if (at == std::string::npos) {
        throw std::runtime_error("wrk said something new:\n" + usage.out);
    }
    const auto line = usage.out.rfind('\n', at) + 1;
    return {.requests = std::strtod(usage.out.c_str() + line, nullptr),
            .seconds = std::strtod(usage.out.c_str() + at + 13, nullptr),
            .cpu_s = usage.cpu_s};
}

}  // namespace apilab::bench
