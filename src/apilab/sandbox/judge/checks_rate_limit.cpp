// What a client does when it is told to wait.

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "apilab/base/duration.hpp"
#include "apilab/sandbox/internal/checks.hpp"

namespace apilab::sandbox::internal {

namespace {

Finding waits_as_told(const Evidence& evidence) {
    std::size_t waits = 0;
    std::size_t announced = 0;
    std::size_t early = 0;
    Duration worst{};
    Finding proof;
    Finding good;
    for (const auto& operation : *evidence.operations) {
        for (std::size_t i = 0; i < operation.attempts.size(); ++i) {
            const Exchange& told = *operation.attempts[i];
            const auto until = told.not_before();
            if (!until || !told.answered()) {
                continue;
            }
            ++announced;
            if (i + 1 == operation.attempts.size()) {
                continue;
            }
            const Exchange& next = *operation.attempts[i + 1];
            ++waits;
            good.prove(told);
            good.prove(next);
            const Duration by = *until - next.first_byte;
            if (by > evidence.options.early_tolerance) {
                ++early;
                worst = std::max(worst, by);
                proof.prove(told);
                proof.prove(next);
            }
        }
    }
    if (waits == 0) {
        return Finding::not_exercised(announced == 0 ? "no answer said Retry-After"
                                                     : "nothing was asked again after Retry-After");
    }
    if (early == 0) {
        auto finding = Finding::pass(
            fmt::format("{} announced wait{} kept", waits, waits == 1 ? " was" : "s were"));
        finding.rows = std::move(good.rows);
        return finding;
    }
    auto finding =
        Finding::fail(fmt::format("{} of {} announced waits not kept, up to {} too early", early,
                                  waits, format_duration(worst)));
    finding.rows = std::move(proof.rows);
    return finding;
}

// Which operation an exchange belongs to, by sequence number.
std::map<std::uint64_t, std::size_t> owners(const Evidence& evidence) {
    std::map<std::uint64_t, std::size_t> owner;
    for (std::size_t i = 0; i < evidence.operations->size(); ++i) {
        for (const Exchange* attempt : (*evidence.operations)[i].attempts) {
            owner.emplace(attempt->seq, i);
        }
    }
    return owner;
}

bool stops_the_bucket(const Exchange& row) {
    const bool limit = row.status == 429 || (row.status == 403 && row.announced);
    return limit && row.answered() && row.not_before();
}

// The provider stands for the bucket, where no limit of the scenario has finer ones.
Finding whole_client_stops(const Evidence& evidence) {
    const auto owner = owners(evidence);
    std::size_t refusals = 0;
    std::size_t others = 0;
    std::size_t offences = 0;
    Finding proof;
    Finding good;
    const auto& rows = *evidence.rows;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const Exchange& told = rows[i];
        if (!stops_the_bucket(told) || !owner.contains(told.seq)) {
            continue;
        }
        ++refusals;
        for (std::size_t j = i + 1; j < rows.size(); ++j) {
            const Exchange& other = rows[j];
            const auto whose = owner.find(other.seq);
            if (other.provider != told.provider || other_bucket(told, other) ||
                other.first_byte <= *told.finished || whose == owner.end() ||
                whose->second == owner.at(told.seq)) {
                continue;
            }
            ++others;
            if (other.first_byte + evidence.options.early_tolerance >= *told.not_before()) {
                good.prove(told);
                good.prove(other);
                break;  // the wait is over
            }
            if (other.first_byte > *told.finished + evidence.options.drain) {
                ++offences;
                proof.prove(told);
                proof.prove(other);
            }
        }
    }
    if (offences == 0 && good.rows.empty()) {
        return Finding::not_exercised(
            refusals == 0 ? "no limit with an announced wait was met"
            : others == 0 ? "there was nothing else to ask for"
                          : "all that was asked besides was on its way when the refusal came");
    }
    if (offences == 0) {
        auto finding =
            Finding::pass(fmt::format("after {} refusal{} nothing was sent to that provider "
                                      "before the wait was over",
                                      refusals, refusals == 1 ? "" : "s"));
        finding.rows = std::move(good.rows);
        return finding;
    }
    auto finding = Finding::fail(fmt::format(
        "{} other requests went to a provider that had asked everybody to wait", offences));
    finding.rows = std::move(proof.rows);
    return finding;
}

}  // namespace

void add_rate_limit_checks(CheckList& list) {
    list.push_back(make_check({.id = "RL-01",
                               .kind = CheckKind::never,
                               .level = CheckLevel::normative,
                               .title = "never asks again before Retry-After is over",
                               .source = "RFC 9110 section 10.2.3; RFC 6585 section 4"},
                              waits_as_told));
    list.push_back(make_check({.id = "RL-06",
                               .kind = CheckKind::should,
                               .level = CheckLevel::normative,
                               .title = "stops the whole client while one limit is waited out",
                               .source = "GitHub REST best practices, handle rate limit errors"},
                              whole_client_stops));
}

}  // namespace apilab::sandbox::internal
