#include "checklist/rule_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "apilab/sandbox/judge/operations.hpp"

namespace apilab::cli::checklist {

const Episode* ran(const Observed& seen, std::string_view id) {
    const Episode* episode = seen.episode(id);
    return episode != nullptr && episode->trouble.empty() ? episode : nullptr;
}

Answer not_run(const Observed& seen, std::string_view id) {
    const Episode* episode = seen.episode(id);
    return untested(episode == nullptr ? fmt::format("the episode '{}' was not run", id)
                                       : fmt::format("'{}' did not run: {}", id, episode->trouble));
}

Answer judged_anywhere(const Observed& seen, std::initializer_list<std::string_view> checks,
                       std::string_view missing) {
    Answer passed = untested(std::string(missing));
    for (const auto& [id, episode] : seen.episodes) {
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

std::string_view fact(const Row& row, std::string_view name) {
    const auto found = row.facts.find(std::string(name));
    return found == row.facts.end() ? std::string_view() : found->second;
}

std::string_view header(const Row& row, std::string_view name) {
    return row.headers ? row.headers->value(name) : std::string_view();
}

bool is_write(const Row& row) {
    return !row.operation.empty() && row.effect != http::Effect::read &&
           fact(row, "grant").empty() && row.operation != "token";
}

std::string_view own_key(const Row& row) {
    if (!row.idempotency_key.empty()) {
        return row.idempotency_key;
    }
    const auto makes = fact(row, "makes");
    // Without an id of its own, the sandbox calls a message by its channel and text, a mail by its
    // reader and subject: two that say the same cannot be told apart.
    const auto channel = fact(row, "channel");
    const bool by_text =
        (row.provider == "slack" && !channel.empty() && makes.starts_with(channel)) ||
        (row.provider == "google" && makes.contains(' '));
    return by_text ? std::string_view() : makes;
}

std::string thing_of(const Row& row) {
    const auto key = own_key(row).empty() ? fact(row, "makes") : own_key(row);
    return fmt::format("{}:{} {}", row.provider, row.operation,
                       !key.empty()          ? key
                       : row.meaning.empty() ? row.body_sha256
                                             : std::string_view(row.meaning));
}

bool outcome_unknown(const Row& row) {
    const auto end = sandbox::end_of(row);
    return end == sandbox::AttemptEnd::lost || end == sandbox::AttemptEnd::abandoned;
}

Evidence rows_of(const Episode& episode, const Rows& rows) {
    std::set<std::uint64_t> numbers;
    for (const Row* row : rows) {
        numbers.insert(row->seq);
    }
    return rows_of(episode, std::vector<std::uint64_t>(numbers.begin(), numbers.end()));
}

std::string counted(std::size_t count, std::string_view one, std::string_view many) {
    return fmt::format("{} {}", count, count == 1 ? one : many);
}

}  // namespace apilab::cli::checklist
