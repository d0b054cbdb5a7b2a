#include "common/wrk.hpp"

#include <cstdlib>
#include <stdexcept>

namespace apilab::bench {
namespace {

// `     99%   53.10ms`
double percentile_ms(const std::string& out, const std::string& percent) {
    const auto at = out.find(percent);
    if (at == std::string::npos) {
        throw std::runtime_error("wrk said something new:\n" + out);
    }
    char* unit = nullptr;
    const double value = std::strtod(out.c_str() + at + percent.size(), &unit);
    const double factor = *unit == 'u' ? 1e-3 : *unit == 'm' ? 1 : 1e3;
    return value * factor;
}

}  // namespace

WrkRun run_wrk(const std::string& url, int seconds, int core, int connections) {
    const auto program = installed("wrk");
    if (!program) {
        throw std::runtime_error("wrk is not installed");
    }
    const auto usage =
        run_program({*program, "-t1", "-c" + std::to_string(connections),
                     "-d" + std::to_string(seconds) + "s", "--latency", "--timeout", "10s", url},
                    {.core = core,
                     .variables = {},
                     .patience = std::chrono::seconds(seconds) + std::chrono::seconds(60)});
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
            .cpu_s = usage.cpu_s,
            .p50_ms = percentile_ms(usage.out, " 50%"),
            .p99_ms = percentile_ms(usage.out, " 99%")};
}

}  // namespace apilab::bench
