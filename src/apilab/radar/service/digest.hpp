#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/radar/service/config.hpp"
#include "apilab/radar/service/effects.hpp"
#include "apilab/radar/service/item.hpp"

namespace apilab::radar {

/// What a digest is made of.
struct DigestFacts {
    /// Names of all that is watched: what was never checked is said, too.
    std::vector<std::string> watches;
    /// Of every watch, resolved ones too.
    std::vector<Item> items;
    /// The last run of each watch.
    std::vector<RunRecord> runs;
    /// The last digest, or a week ago: what came and went since is news.
    SystemTime since;
    SystemTime now;
    /// The sources were the sandbox.
    bool simulated = false;
};

struct DigestLimits {
    /// Entries of one section; the others are counted. Default 50, range 1 to 500.
    std::size_t items_max = 50;
    /// Of the HTML: Gmail cuts a mail off at 102 KB. Default 95,000; where it is not met, fewer
    /// entries are shown.
    std::size_t bytes_max = 95'000;
};

/// The digest as a mail: what came since, what is open in its order with command and reasons, what
/// was resolved, what people declined or put off, and what was asked with what result. Pure.
///
/// The HTML has no script, style sheet, image or font of elsewhere, and reads as well without any
/// style; everything from outside is escaped, control characters and those that turn the reading
/// direction are replaced, long texts are cut. The text says the same.
///
/// It claims no more than the runs support: with no run nothing is known; a source that failed or
/// is stale, a watch that was not checked since or could not be, make it incomplete, and an
/// incomplete one is never an all-clear. A simulation is headed SIMULATED.
[[nodiscard]] GmailEffect digest(const GmailSink& sink, const DigestFacts& facts,
                                 const DigestLimits& limits = {});

/// `digest-2026-11-30`, the day in UTC: two digests of one day are one mail.
[[nodiscard]] std::string digest_key(SystemTime now);

}  // namespace apilab::radar
