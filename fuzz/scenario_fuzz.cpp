// A scenario file or a fault from outside: a value or an error that names its place, never a crash.
// What was accepted must be fit to be armed and asked.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "apilab/sandbox/fault_set.hpp"
#include "apilab/sandbox/scenario.hpp"

namespace {

using namespace apilab::sandbox;  // NOLINT(google-build-using-namespace): one file, one subject

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

const Surface& surface() {
    static const Surface all = {{{"npm", {{"GET", "/{package}", "get_packument", {}}}},
                                 {"osv", {{"POST", "/v1/query", "query", {}}}}}};
    return all;
}

void ask(const std::vector<Fault>& faults) {
    constexpr apilab::SteadyTime start{std::chrono::hours(1)};
    FaultSet set(surface(), {.seed = 1, .start = start, .failures_per_operation = 2});
    for (const Fault& fault : faults) {
        (void)set.add(fault, start);
    }
    const auto segments = split_path("/left-box");
    for (int i = 0; i < 8; ++i) {
        const auto decision = set.decide({.provider = "npm",
                                          .route = surface().entries[0].routes.data(),
                                          .segments = segments,
                                          .identity = "x",
                                          .now = start + std::chrono::seconds(i)});
        require(decision.delay >= apilab::Duration::zero());
        require((decision.fault == nullptr) == decision.fault_id.empty());
    }
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes are text here
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto scenario = parse_scenario(text)) {
        require(!scenario->name.empty());
        ask(scenario->faults);
    } else {
        require(!scenario.error().message().empty());
    }
    if (const auto fault = parse_fault_text(text)) {
        ask({*fault});
    } else {
        require(!fault.error().message().empty());
    }
    return 0;
}
