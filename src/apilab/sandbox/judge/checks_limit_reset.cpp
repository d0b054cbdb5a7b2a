// What a client does when a provider says when its window ends, and nothing else.

#include <fmt/format.h>

#include <algorithm>

#include "apilab/sandbox/internal/checks.hpp"

namespace apilab::sandbox::internal {

namespace {

// Requests of other operations that were already on their way are no offence; the refused one's
// repetition was not.
bool too_early(const Exchange& told, const Exchange& next, const JudgeOptions& options) {
    const SteadyTime from =
        next.identity == told.identity ? *told.finished : *told.finished + options.drain;
    return next.first_byte > from && next.first_byte + options.early_tolerance < *told.limit_reset;
}

Finding waits_until_reset(const Evidence& evidence) {
    std::size_t windows = 0;
    std::size_t kept = 0;
    std::size_t early = 0;
    Finding proof;
    Finding good;
    const auto& rows = *evidence.rows;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const Exchange& told = rows[i];
        if (!told.limit_reset || told.announced || !told.answered()) {
            continue;
        }
        ++windows;
        for (std::size_t j = i + 1; j < rows.size(); ++j) {
            const Exchange& next = rows[j];
            // Reading the quota costs nothing.
            if (next.provider != told.provider || next.operation == "rate_limit" ||
                other_bucket(told, next)) {
                continue;
            }
            if (too_early(told, next, evidence.options)) {
                ++early;
                proof.prove(told);
                proof.prove(next);
            } else if (next.first_byte + evidence.options.early_tolerance >= *told.limit_reset) {
                ++kept;
                good.prove(told);
                good.prove(next);
                break;
            }
        }
    }
    if (early > 0) {
        auto finding = Finding::fail(
            fmt::format("{} request{} came before the reset that {} refusal{} had told", early,
                        early == 1 ? "" : "s", windows, windows == 1 ? "" : "s"));
        finding.rows = std::move(proof.rows);
        return finding;
    }
    if (kept == 0) {
        return Finding::not_exercised(windows == 0
                                          ? "no refusal said only when its window ends"
                                          : "nothing was asked again after the window had ended");
    }
    auto finding = Finding::pass(fmt::format("{} reset{} waited for", kept, kept == 1 ? "" : "s"));
    finding.rows = std::move(good.rows);
    return finding;
}

}  // namespace

void add_limit_reset_checks(CheckList& list) {
    list.push_back(make_check({.id = "RL-04",
                               .kind = CheckKind::never,
                               .level = CheckLevel::recommended,
                               .title = "never asks again before x-ratelimit-reset",
                               .source = "GitHub REST API, rate limits, exceeding the limit"},
                              waits_until_reset));
}

}  // namespace apilab::sandbox::internal
