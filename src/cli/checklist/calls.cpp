#include "checklist/calls.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "apilab/sandbox/judge/operations.hpp"

namespace apilab::cli::checklist {

Answer judged_anywhere(const Observed& seen, std::initializer_list<std::string_view> checks,
                       std::string_view missing) {
    return judged_where(seen, checks, missing, [](const Episode&) { return true; });
}

Answer judged_where(const Observed& seen, std::initializer_list<std::string_view> checks,
                    std::string_view missing, bool (*fits)(const Episode& episode)) {
    Answer passed = untested(std::string(missing));
    for (const auto& [id, episode] : seen.episodes) {
        if (!fits(episode)) {
            continue;
        }
        const auto answer = judged(seen, id, checks);
        if (answer.state == State::fail) {
            return {State::fail, fmt::format("{}: {}", id, answer.sentence), answer.evidence};
        }
        if (answer.state != State::pass) {
            continue;
        }
        if (passed.state != State::pass) {
            passed = {State::pass, fmt::format("{}: {}", id, answer.sentence), {}};
        }
        passed.evidence.insert(passed.evidence.end(), answer.evidence.begin(),
                               answer.evidence.end());
    }
    return passed;
}

bool one_life(const Episode& episode) {
    return episode.lives.size() <= 1;
}

bool one_volume(const Episode& episode) {
    // Each switch is turned over a volume of its own.
    return std::ranges::all_of(episode.lives, &std::string::empty, &Life::off);
}

std::string_view header_of(const sandbox::Exchange& row, std::string_view name) {
    return row.headers ? row.headers->value(name) : std::string_view();
}

bool is_write(const sandbox::Exchange& row) {
    return !row.operation.empty() && row.effect != http::Effect::read &&
           fact_of(row, "grant").empty() && row.operation != "token";
}

std::string_view own_key(const sandbox::Exchange& row) {
    if (!row.idempotency_key.empty()) {
        return row.idempotency_key;
    }
    const auto makes = fact_of(row, "makes");
    // Without an id of its own, the sandbox calls a message by its channel and text, a mail by its
    // reader and subject, a row by its title: two that say the same cannot be told apart.
    const auto channel = fact_of(row, "channel");
    const bool by_text =
        (row.provider == "slack" && !channel.empty() && makes.starts_with(channel)) ||
        (row.provider == "google" && makes.contains(' ')) ||
        (row.provider == "notion" && fact_of(row, "row_key").empty());
    return by_text ? std::string_view() : makes;
}

bool binds_its_body(const sandbox::Exchange& row) {
    return !own_key(row).empty() && fact_of(row, "row_key").empty();
}

std::string thing_of(const sandbox::Exchange& row) {
    const auto key = own_key(row).empty() ? fact_of(row, "makes") : own_key(row);
    return fmt::format("{}:{} {}", row.provider, row.operation,
                       !key.empty()          ? key
                       : row.meaning.empty() ? row.body_sha256
                                             : std::string_view(row.meaning));
}

bool outcome_unknown(const sandbox::Exchange& row) {
    const auto end = sandbox::end_of(row);
    return end == sandbox::AttemptEnd::lost || end == sandbox::AttemptEnd::abandoned;
}

Evidence rows_of(const Episode& episode, const Calls& rows) {
    std::set<std::uint64_t> numbers;
    for (const sandbox::Exchange* row : rows) {
        numbers.insert(row->seq);
    }
    return rows_of(episode, std::vector<std::uint64_t>(numbers.begin(), numbers.end()));
}

}  // namespace apilab::cli::checklist
