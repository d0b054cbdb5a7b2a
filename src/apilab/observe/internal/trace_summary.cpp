#include "apilab/observe/internal/trace_summary.hpp"

#include <fmt/format.h>

#include "apilab/base/scrubber.hpp"

namespace apilab::observe::internal {
namespace {

std::string shown(std::string_view text) {
    return Scrubber::of_process().scrubbed(text);
}

}  // namespace

TraceSummary summary_of(const Story& story) {
    const auto& call = story.record;
    TraceSummary summary{.started = story.started,
                         .method = shown(call.method),
                         .url_template = shown(call.url_template),
                         .origin = shown(call.origin),
                         .provider = shown(call.provider),
                         .operation = shown(call.operation),
                         .status = call.status,
                         .error = call.error,
                         .ending = call.ending,
                         .attempts = static_cast<int>(call.attempts.size()),
                         .elapsed = call.elapsed};
    if (!call.attempts.empty()) {
        summary.outcome = call.attempts.back().outcome;
    }
    for (const auto& wait : call.waits) {
        summary.waited += wait.elapsed;
    }
    return summary;
}

std::string searched_url(const Story& story) {
    constexpr std::size_t url_max = 2'048;
    return shown(story.exchanges.empty() ? story.record.origin + story.record.url_template
                                         : story.exchanges.front().url)
        .substr(0, url_max);
}

std::string trace_id_of(std::uint64_t n) {
    // Times an odd number, modulo a power of two: each result comes once.
    constexpr std::uint64_t odd = 0x9E3779B97F4A7C15;
    const unsigned digits = n < (1ULL << 16U) ? 4 : (n < (1ULL << 24U) ? 6 : 16);
    const std::uint64_t mask = digits == 16 ? ~0ULL : (1ULL << (4 * digits)) - 1;
    return fmt::format("t-{:0{}x}", (n * odd) & mask, digits);
}

}  // namespace apilab::observe::internal
