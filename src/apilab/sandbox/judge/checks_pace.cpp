// How a client goes about limits beyond the one refusal: which ones it tells apart, whether it
// slows down in time, and whether it tries to get round them.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "apilab/base/duration.hpp"
#include "apilab/sandbox/internal/checks.hpp"

namespace apilab::sandbox::internal {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t enough = 8;

std::string_view credential(const Exchange& row) {
    return row.headers ? row.headers->value("authorization") : std::string_view();
}

Finding with_rows(Finding finding, Finding proof) {
    finding.rows = std::move(proof.rows);
    return finding;
}

bool refused_by_limit(const Evidence& evidence, const Exchange& row) {
    return (row.status == 429 || row.status == 403) && row.answered() &&
           (!limit_word(evidence, row).empty() || row.status == 429 || row.limit_reset);
}

// Until when a refusal holds; nothing where it does not say.
std::optional<SteadyTime> over_at(const Exchange& told) {
    return told.announced ? told.not_before() : told.limit_reset;
}

Finding other_buckets_go_on(const Evidence& evidence) {
    std::size_t stopped = 0;
    std::size_t went_on = 0;
    Finding proof;
    Finding good;
    for (const Exchange& told : *evidence.rows) {
        const auto until = over_at(told);
        if (!until || !told.facts.contains("bucket") || !refused_by_limit(evidence, told) ||
            *until < *told.finished + seconds(1)) {
            continue;
        }
        const Exchange* before = nullptr;
        const Exchange* meanwhile = nullptr;
        const Exchange* after = nullptr;
        for (const Exchange& row : *evidence.rows) {
            if (row.provider != told.provider || !other_bucket(told, row)) {
                continue;
            }
            const bool early = row.seq < told.seq;
            (early ? before : row.first_byte < *until ? meanwhile : after) = &row;
        }
        if (meanwhile != nullptr) {
            ++went_on;
            good.prove(told);
            good.prove(*meanwhile);
        } else if (before != nullptr && after != nullptr) {
            ++stopped;
            proof.prove(told);
            proof.prove(*after);
        }
    }
    if (stopped > 0) {
        return with_rows(Finding::fail(fmt::format("{} times other limits waited too", stopped)),
                         std::move(proof));
    }
    return went_on == 0
               ? Finding::not_exercised("no second limit was in use beside a refusal")
               : with_rows(Finding::pass("what counts for another limit went on"), std::move(good));
}

Finding tells_the_day_from_the_minute(const Evidence& evidence) {
    std::size_t judged = 0;
    std::size_t wrong = 0;
    Finding proof;
    Finding good;
    for (const auto& operation : *evidence.operations) {
        for (std::size_t i = 0; i < operation.attempts.size(); ++i) {
            const Exchange& told = *operation.attempts[i];
            const auto word = limit_word(evidence, told);
            if (told.provider != "google" || told.status != 403 || word.empty() ||
                !told.answered()) {
                continue;
            }
            const bool again = i + 1 < operation.attempts.size();
            if (evidence.running_at && !again) {
                continue;
            }
            ++judged;
            const bool right =
                word == "quota" ? !again
                                : again && operation.attempts[i + 1]->first_byte - *told.finished >=
                                               milliseconds(50);
            const bool patience_over =
                word != "quota" && !again && operation.attempts.size() >= 2;  // tried, and gave up
            wrong += right || patience_over ? 0 : 1;
            Finding& into = right || patience_over ? good : proof;
            into.prove(told);
            if (again) {
                into.prove(*operation.attempts[i + 1]);
            }
        }
    }
    if (wrong > 0) {
        return with_rows(
            Finding::fail(fmt::format("{} of {} refusals: the day's limit tried again, or the "
                                      "minute's not, or at once",
                                      wrong, judged)),
            std::move(proof));
    }
    return judged == 0 ? Finding::not_exercised("Google refused nothing by its limits")
                       : with_rows(Finding::pass("the minute's limit was waited out, the day's "
                                                 "was left alone"),
                                   std::move(good));
}

Finding paces_a_channel(const Evidence& evidence) {
    std::map<std::string_view, std::vector<const Exchange*>> posts;
    std::map<std::string_view, bool> refused;
    for (const Exchange& row : *evidence.rows) {
        const auto channel = fact(row, "channel");
        if (row.provider != "slack" || channel.empty() || !row.finished) {
            continue;
        }
        if (refused[channel]) {
            posts[channel].push_back(&row);
        }
        refused[channel] = refused[channel] || row.status == 429;
    }
    for (const auto& [channel, rows] : posts) {
        if (rows.size() < enough) {
            continue;
        }
        std::vector<Duration> gaps;
        for (std::size_t i = 1; i < rows.size(); ++i) {
            gaps.push_back(rows[i]->first_byte - rows[i - 1]->first_byte);
        }
        const auto middle = gaps.begin() + static_cast<std::ptrdiff_t>(gaps.size() / 2);
        std::ranges::nth_element(gaps, middle);
        const bool paced = *middle >= milliseconds(900);
        const auto text = fmt::format("{} posts to one channel, {} between them (median)",
                                      rows.size(), format_duration(*middle));
        Finding finding = paced ? Finding::pass(text) : Finding::fail(text);
        finding.prove(*rows.front());
        finding.prove(*rows.back());
        return finding;
    }
    return posts.empty()
               ? Finding::not_exercised("no post to a channel after a refusal")
               : Finding::inconclusive(fmt::format("fewer than {} posts after a refusal", enough));
}

Finding writes_one_by_one(const Evidence& evidence) {
    std::vector<const Exchange*> writes;
    for (const Exchange& row : *evidence.rows) {
        if (row.provider == "github" && row.effect != http::Effect::read && row.finished) {
            writes.push_back(&row);
        }
    }
    if (writes.size() < enough) {
        return writes.empty() ? Finding::not_exercised("nothing was written to GitHub")
                              : Finding::inconclusive(fmt::format("fewer than {} writes", enough));
    }
    std::ranges::sort(writes, {},
                      [](const Exchange* row) { return std::pair(row->first_byte, row->seq); });
    std::size_t close = 0;
    std::size_t at_once = 0;
    Finding proof;
    for (std::size_t i = 1; i < writes.size(); ++i) {
        const bool overlaps = writes[i]->first_byte < *writes[i - 1]->finished;
        const bool near = writes[i]->first_byte - writes[i - 1]->first_byte < milliseconds(950);
        at_once += overlaps ? 1 : 0;
        close += near ? 1 : 0;
        if (overlaps || near) {
            proof.prove(*writes[i - 1]);
            proof.prove(*writes[i]);
        }
    }
    const auto text = fmt::format("{} writes, {} less than a second after another, {} at once",
                                  writes.size(), close, at_once);
    return at_once == 0 && close * 10 <= writes.size()
               ? Finding::pass(text)
               : with_rows(Finding::fail(text), std::move(proof));
}

Finding does_not_swap_credentials(const Evidence& evidence) {
    std::size_t same = 0;
    Finding proof;
    Finding good;
    for (const Exchange& told : *evidence.rows) {
        if (!refused_by_limit(evidence, told) || credential(told).empty()) {
            continue;
        }
        const SteadyTime until = *told.finished + evidence.options.causal_window;
        for (const Exchange& row : *evidence.rows) {
            if (row.seq <= told.seq || row.provider != told.provider ||
                row.identity != told.identity || row.first_byte < *told.finished ||
                row.first_byte > until) {
                continue;
            }
            const bool swapped = credential(row) != credential(told);
            same += swapped ? 0 : 1;
            Finding& into = swapped ? proof : good;
            into.prove(told);
            into.prove(row);
            break;  // the next refusal judges the next repetition
        }
    }
    if (!proof.rows.empty()) {
        return with_rows(Finding::fail("what a limit had refused was asked again under another "
                                       "credential, or none"),
                         std::move(proof));
    }
    return same == 0
               ? Finding::not_exercised("nothing that a limit refused was asked again")
               : with_rows(
                     Finding::pass(fmt::format("{} time{} asked again under the same credential",
                                               same, same == 1 ? "" : "s")),
                     std::move(good));
}

// Requests under way are no excuse: who counts knows that they take of the same.
Finding slows_before_zero(const Evidence& evidence) {
    std::size_t empty = 0;
    std::size_t over = 0;
    Finding proof;
    Finding good;
    for (const Exchange& told : *evidence.rows) {
        const auto reset = fact(told, "reset");
        if (fact(told, "remaining") != "0" || told.status >= 400 || !told.answered() ||
            fact(told, "limit_kind") == "concurrency") {
            continue;
        }
        ++empty;
        const SteadyTime until = told.first_byte + milliseconds(std::stoll(std::string(reset)));
        const auto next = std::ranges::find_if(*evidence.rows, [&](const Exchange& row) {
            return row.seq > told.seq && row.provider == told.provider &&
                   row.facts.contains("bucket") && !other_bucket(told, row) &&
                   row.first_byte >= *told.finished;
        });
        if (next == evidence.rows->end()) {
            continue;
        }
        const bool early = next->first_byte + evidence.options.early_tolerance < until;
        over += early ? 1 : 0;
        Finding& into = early ? proof : good;
        into.prove(told);
        into.prove(*next);
    }
    if (over > 0) {
        return with_rows(
            Finding::fail(fmt::format(
                "{} requests were sent after an answer had said that nothing is left", over)),
            std::move(proof));
    }
    return good.rows.empty()
               ? Finding::not_exercised(empty == 0 ? "no answer said that nothing is left"
                                                   : "nothing was asked after that")
               : with_rows(Finding::pass("nothing was sent while nothing was left"),
                           std::move(good));
}

}  // namespace

void add_pace_checks(CheckList& list) {
    using Kind = CheckKind;
    using Level = CheckLevel;
    const auto add = [&](std::string_view id, Kind kind, Level level, std::string_view title,
                         std::string_view source, Finding (*judge)(const Evidence&)) {
        list.push_back(make_check(
            {.id = id, .kind = kind, .level = level, .title = title, .source = source}, judge));
    };
    add("RL-07", Kind::should, Level::advice, "goes on where another limit counts",
        "GitHub REST API, rate limits by resource", other_buckets_go_on);
    add("RL-10", Kind::must, Level::recommended,
        "tells Google's limit of the minute from that of the day", "Gmail API, resolve errors",
        tells_the_day_from_the_minute);
    add("RL-12", Kind::should, Level::advice, "posts about once a second to one channel",
        "Slack Web API, rate limits, posting messages", paces_a_channel);
    add("RL-13", Kind::should, Level::advice, "writes to GitHub one by one, a second apart",
        "GitHub REST best practices, pause between mutative requests", writes_one_by_one);
    add("RL-14", Kind::never, Level::normative, "never gets round a limit by another credential",
        "GitHub REST API, rate limits: going on while limited can get one banned",
        does_not_swap_credentials);
    add("RL-15", Kind::should, Level::advice, "stops before it is refused",
        "IETF draft RateLimit header fields, section 2.3", slows_before_zero);
}

}  // namespace apilab::sandbox::internal
