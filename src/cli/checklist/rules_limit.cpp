// Group E: limits and pace, walks over lists, what is asked again and what is kept.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "apilab/base/ascii.hpp"
#include "checklist/calls.hpp"
#include "checklist/rules.hpp"

namespace apilab::cli::checklist {

namespace {

constexpr std::string_view limits = "limits";
constexpr std::string_view calm = "calm";

/// Of a thousand requests that count for a limit. A window of seconds is met far more often than
/// one of an hour; who reads what answers say stays below even so.
constexpr std::size_t refused_per_thousand = 50;
constexpr std::size_t counted_min = 10;
/// Requests that left before the refusal was read are no haste.
constexpr Duration on_their_way = std::chrono::milliseconds(250);
/// More at once to one provider is no bound that anybody set.
constexpr std::size_t at_once_max = 16;
/// So many requests to one provider could have been sent at once.
constexpr std::size_t at_once_tried = 20;
constexpr std::size_t writes_at_once_max = 2;
constexpr std::size_t writes_a_second_max = 5;
constexpr std::size_t writes_min = 3;
/// One in so many repeated reads may fetch the whole again.
constexpr std::size_t conditional_share = 5;
/// From so many pages on, beginning anew is dear.
constexpr std::size_t long_walk = 10;

// --- E01

// A number, what is counted, and in how much time or at once.
bool has_unit(std::string_view limit) {
    const auto text = ascii_lowered(limit);
    const bool number = std::ranges::any_of(text, [](char c) { return c >= '0' && c <= '9'; });
    const bool what =
        contains_any(text, {"request", "call", "message", "unit", "point", "quer", "mail", "write",
                            "read", "post", "token", "page", "cost"});
    const bool span = contains_any(text, {"/s", "/m", "/h", "/d", "second", "minute", "hour", "day",
                                          "at once", "at a time", "concurrent", "in flight"});
    return number && what && span;
}

Answer limits_have_units(const Observed& seen) {
    const auto& rows = seen.manifest.integrations;
    if (rows.empty()) {
        return fails("integrations.toml names no integration, so no limit either",
                     {line_in(manifest_name, 0)});
    }
    std::string wrong;
    std::vector<Evidence> bad;
    std::vector<Evidence> good;
    for (const auto& row : rows) {
        const auto key =
            fmt::format("integration.{}{}", row.provider, row.limit.empty() ? "" : ".limit");
        if (has_unit(row.limit)) {
            good.push_back(manifest_line(seen, key));
            continue;
        }
        wrong += fmt::format("{}{} ('{}')", wrong.empty() ? "" : ", ", row.provider, row.limit);
        bad.push_back(manifest_line(seen, key));
    }
    return wrong.empty()
               ? passes(fmt::format("{} state the limit with its unit (first: {})",
                                    counted(rows.size(), "integration", "integrations"),
                                    rows.front().limit),
                        std::move(good))
               : fails(fmt::format("no number with a unit and a time (`5000 requests/h`, `4 calls "
                                   "at once`): {}",
                                   wrong),
                       std::move(bad));
}

// --- E02

// Sent while its provider had asked for a wait before more of the same: whether it is refused or
// not is luck.
bool is_hasty(const Episode& episode, const sandbox::Exchange& row) {
    return std::ranges::any_of(episode.rows, [&](const sandbox::Exchange& before) {
        return before.seq < row.seq && before.provider == row.provider &&
               before.operation == row.operation && before.status >= 400 && before.finished &&
               before.not_before() && *before.finished + on_their_way < row.first_byte &&
               row.first_byte < *before.not_before();
    });
}

Answer refusals_are_rare(const Observed& seen) {
    const auto found = ran(seen, limits);
    if (!found) {
        return found.error();
    }
    const Episode* episode = *found;
    std::size_t counts = 0;
    bool near = false;
    Calls refused;
    Calls last;
    for (const sandbox::Exchange& row : episode->rows) {
        counts += row.facts.contains("buckets") ? 1 : 0;
        // Those of faults come whatever the pace.
        if ((row.facts.contains("limit_says") && row.faults.empty()) || is_hasty(*episode, row)) {
            refused.push_back(&row);
        } else if (fact_of(row, "remaining") == "0") {
            near = true;
            last.push_back(&row);
        }
    }
    if (counts < counted_min || (!near && refused.empty())) {
        return untested(
            counts < counted_min
                ? fmt::format("{} requests counted for a limit; {} are needed", counts, counted_min)
                : fmt::format("none of {} requests came near a limit", counts));
    }
    const auto share = refused.size() * 1000 / counts;
    const auto sentence = fmt::format(
        "{} of {} requests that count for a limit were refused, or came while they had to wait: {} "
        "of a thousand",
        refused.size(), counts, share);
    return share > refused_per_thousand
               ? fails(sentence, {rows_of(*episode, refused)})
               : passes(sentence, {rows_of(*episode, last.empty() ? refused : last)});
}

// --- E03

Answer announcements_are_understood(const Observed& seen) {
    const auto answer =
        judged(seen, limits, {"RL-01", "RL-03", "RL-04", "RL-08", "RL-10", "RL-11"});
    if (answer.state != State::pass) {
        return answer;
    }
    std::set<std::string> ways;
    for (const sandbox::Exchange& row : (*ran(seen, limits))->rows) {
        const bool limited =
            (row.status == 429 || row.status == 403 || row.status == 503 || row.status == 529) &&
            row.not_before().has_value();
        if (limited || (row.status >= 400 && row.limit_reset)) {
            ways.insert(fmt::format("{} {}{}", row.provider, row.status,
                                    row.announced_until ? " with a date"
                                    : row.announced     ? " with seconds"
                                                        : " with a reset"));
        }
    }
    return passes(
        fmt::format("{} of saying it, each kept to ({}): {}", counted(ways.size(), "way", "ways"),
                    fmt::join(ways, ", "), answer.sentence),
        answer.evidence);
}

// --- E04

struct Crowd {
    std::size_t requests = 0;
    std::size_t most = 0;
    const sandbox::Exchange* at = nullptr;
};

// The most requests under way at once; `rows` in the order of arrival.
Crowd most_at_once(const Calls& rows) {
    Crowd crowd{.requests = rows.size()};
    std::multiset<SteadyTime> ends;
    for (const sandbox::Exchange* row : rows) {
        ends.erase(ends.begin(), ends.upper_bound(row->first_byte));
        ends.insert(row->finished.value_or(SteadyTime::max()));
        if (ends.size() > crowd.most) {
            crowd.most = ends.size();
            crowd.at = row;
        }
    }
    return crowd;
}

// The most that began within one second.
Crowd most_in_a_second(const Calls& rows) {
    Crowd crowd{.requests = rows.size()};
    for (std::size_t first = 0, last = 0; last < rows.size(); ++last) {
        while (rows[last]->first_byte - rows[first]->first_byte >= std::chrono::seconds(1)) {
            ++first;
        }
        if (last - first + 1 > crowd.most) {
            crowd.most = last - first + 1;
            crowd.at = rows[last];
        }
    }
    return crowd;
}

struct Requests {
    Calls all;
    Calls writes;
};

std::map<std::string, Requests> by_provider(const Episode& episode) {
    std::map<std::string, Requests> requests;
    for (const sandbox::Exchange& row : episode.rows) {
        auto& of = requests[row.provider];
        of.all.push_back(&row);
        if (is_write(row)) {
            of.writes.push_back(&row);
        }
    }
    return requests;
}

Answer calls_at_once_are_bounded(const Observed& seen) {
    std::size_t most = 0;
    std::vector<Evidence> good;
    for (const auto& [id, episode] : seen.episodes) {
        for (const auto& [provider, requests] : by_provider(episode)) {
            const auto crowd = most_at_once(requests.all);
            if (crowd.most > at_once_max) {
                return fails(fmt::format("{}: {} requests to {} were under way at once", id,
                                         crowd.most, provider),
                             {rows_of(episode, Calls{crowd.at})});
            }
            if (crowd.requests >= at_once_tried && crowd.at != nullptr) {
                most = std::max(most, crowd.most);
                good.push_back(rows_of(episode, Calls{crowd.at}));
            }
        }
    }
    return good.empty()
               ? untested(fmt::format("no episode had {} requests to one provider", at_once_tried))
               : passes(fmt::format("at most {} under way at once to one provider", most),
                        std::move(good));
}

Answer writes_have_room(const Observed& seen) {
    std::size_t writes = 0;
    std::size_t most = 0;
    std::vector<Evidence> good;
    for (const auto& [id, episode] : seen.episodes) {
        for (const auto& [provider, requests] : by_provider(episode)) {
            const auto crowd = most_at_once(requests.writes);
            const auto burst = most_in_a_second(requests.writes);
            if (crowd.most > writes_at_once_max || burst.most > writes_a_second_max) {
                return fails(fmt::format("{}: up to {} writes to {} at once, and {} in a second",
                                         id, crowd.most, provider, burst.most),
                             {rows_of(episode, Calls{crowd.at, burst.at})});
            }
            if (requests.writes.size() >= writes_min) {
                writes += requests.writes.size();
                most = std::max(most, burst.most);
                good.push_back(rows_of(episode, Calls{burst.at}));
            }
        }
    }
    return good.empty()
               ? untested(fmt::format("nowhere were there {} writes to one provider", writes_min))
               : passes(fmt::format("{} writes, never more than {} in a second to one "
                                    "provider",
                                    writes, most),
                        std::move(good));
}

Answer calls_and_writes(const Observed& seen) {
    const auto calls = calls_at_once_are_bounded(seen);
    const auto writes = writes_have_room(seen);
    auto answer = all_of({calls, writes});
    if (answer.state == State::pass) {
        answer.sentence = fmt::format("{}; {}", calls.sentence, writes.sentence);
    }
    return answer;
}

// --- E05 to E07

Answer links_are_followed(const Observed& seen) {
    return judged_anywhere(seen, {"PAG-01"}, "nobody went on to a second page");
}

Answer circles_end(const Observed& seen) {
    return judged_anywhere(seen, {"PAG-02"}, "no page led back to one that had been");
}

Answer walks_are_resumed(const Observed& seen) {
    const auto answer = judged_anywhere(seen, {"PAG-10"}, "");
    std::size_t longest = 0;
    for (const auto& [id, episode] : seen.episodes) {
        std::map<std::string, std::set<std::string_view>> lists;
        for (const sandbox::Exchange& row : episode.rows) {
            if (!fact_of(row, "list").empty()) {
                auto& pages = lists[fmt::format("{} {}", row.provider, fact_of(row, "list"))];
                pages.insert(fact_of(row, "page_asked"));
                longest = std::max(longest, pages.size());
            }
        }
    }
    if (answer.state == State::fail || (answer.state == State::pass && longest >= long_walk)) {
        return answer;
    }
    return untested(
        fmt::format("the longest walk had {}; from {} on it matters, and it has to be "
                    "killed in the midst of it",
                    counted(longest, "page", "pages"), long_walk));
}

// --- E08

Answer polls_are_conditional(const Observed& seen) {
    const auto found = ran(seen, calm);
    if (!found) {
        return found.error();
    }
    const Episode* episode = *found;
    std::set<std::string> known;
    Calls unchanged;
    Calls whole;
    for (const sandbox::Exchange& row : episode->rows) {
        if (row.method != "GET" || !row.answered() || fact_of(row, "etag").empty()) {
            continue;
        }
        // Another representation, or somebody else's, is another thing.
        const bool again =
            !known
                 .insert(fmt::format("{} {} {} {}", row.provider, row.identity,
                                     header_of(row, "accept"), header_of(row, "authorization")))
                 .second;
        if (again) {
            auto& into = header_of(row, "if-none-match").empty() ? whole : unchanged;
            into.push_back(&row);
        }
    }
    if (whole.empty() && unchanged.empty()) {
        return untested("nothing with an entity tag was asked for twice");
    }
    const auto served =
        static_cast<std::size_t>(std::ranges::count(unchanged, 304, &sandbox::Exchange::status));
    const auto sentence =
        fmt::format("of {} repeated reads {} were conditional, and {} answered 304",
                    whole.size() + unchanged.size(), unchanged.size(), served);
    // A few that no cache can know of (behind a redirect) are not what the limit is spent on.
    return whole.size() * conditional_share <= whole.size() + unchanged.size()
               ? passes(sentence, {rows_of(*episode, unchanged)})
               : fails(sentence, {rows_of(*episode, whole)});
}

// --- E09

// The last word of each read, and whether it came to be asked once more.
Answer errors_are_asked_again(const Observed& seen) {
    Calls again;
    std::vector<Evidence> good;
    for (const auto id : {std::string_view("flaky"), limits}) {
        const auto found = ran(seen, id);
        if (!found) {
            continue;
        }
        const Episode* episode = *found;
        std::map<std::string, const sandbox::Exchange*> failed;
        for (const sandbox::Exchange& row : episode->rows) {
            if (row.effect != http::Effect::read || row.operation.empty() || !row.answered()) {
                continue;
            }
            const auto key = row.provider + row.identity;
            if (row.status >= 400) {
                failed[key] = &row;
            } else if (const auto before = failed.find(key);
                       before != failed.end() && row.status < 300) {
                good.push_back(rows_of(*episode, Calls{before->second, &row}));
                failed.erase(before);
            }
        }
    }
    return good.empty()
               ? untested("nothing that had been refused was asked for again")
               : passes(fmt::format("{} answered later, by the provider and not by a "
                                    "cache",
                                    counted(good.size(), "refused read was", "refused reads were")),
                        std::move(good));
}

// In the work of a later life or trigger everything of a provider is asked anew but what failed.
Answer errors_are_not_kept(const Observed& seen) {
    const auto found = ran(seen, "flaky");
    if (!found) {
        return found.error();
    }
    const Episode* episode = *found;
    std::map<std::string, Calls> asked;
    for (const sandbox::Exchange& row : episode->rows) {
        if (row.effect == http::Effect::read && !row.operation.empty()) {
            asked[row.provider + row.identity].push_back(&row);
        }
    }
    // By operation: where the work did not come to it again, nothing of it was asked at all.
    std::map<std::string, std::size_t> again;
    for (const auto& [identity, rows] : asked) {
        again[rows.front()->provider + rows.front()->operation] +=
            rows.size() > 1 && rows.front()->status < 300 ? 1 : 0;
    }
    Calls kept;
    std::size_t repeated = 0;
    for (const auto& [identity, rows] : asked) {
        const bool gone_for_a_while =
            rows.front()->answered() && rows.front()->status >= 500 && rows.front()->status < 600;
        const auto others = again[rows.front()->provider + rows.front()->operation];
        if (gone_for_a_while && rows.size() == 1 && others > 0) {
            kept.push_back(rows.front());
            repeated = std::max(repeated, others);
        }
    }
    return !kept.empty()
               ? fails(fmt::format("{} with a 5xx never asked again, while {} that had been "
                                   "answered were: the error was kept",
                                   counted(kept.size(), "read was answered", "reads were answered"),
                                   repeated),
                       {rows_of(*episode, kept)})
               : untested("no error was kept");
}

Answer caches_end(const Observed& seen) {
    // Who was started anew meanwhile has rightly lost what it kept in memory.
    const auto obeyed = judged_where(seen, {"CCH-02", "CCH-03", "CCH-04"}, "", one_life);
    if (obeyed.state == State::fail) {
        return obeyed;
    }
    const auto kept = errors_are_not_kept(seen);
    return kept.state == State::fail ? kept : errors_are_asked_again(seen);
}

constexpr std::array rules{
    ItemRule{"E01", limits_have_units},
    ItemRule{"E02", refusals_are_rare},
    ItemRule{"E03", announcements_are_understood},
    ItemRule{"E04", calls_and_writes},
    ItemRule{"E05", links_are_followed},
    ItemRule{"E06", circles_end},
    ItemRule{"E07", walks_are_resumed},
    ItemRule{"E08", polls_are_conditional},
    ItemRule{"E09", caches_end},
};

}  // namespace

std::span<const ItemRule> limit_rules() {
    return rules;
}

}  // namespace apilab::cli::checklist
