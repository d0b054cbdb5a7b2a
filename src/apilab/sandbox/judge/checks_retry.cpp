// What is tried again, how often, and what never is.

#include <fmt/format.h>

#include <algorithm>

#include "apilab/base/duration.hpp"
#include "apilab/sandbox/internal/checks.hpp"
#include "apilab/sandbox/internal/same_write.hpp"

namespace apilab::sandbox::internal {

namespace {

constexpr Duration still_trying = std::chrono::seconds(5);

bool any_transient_fault(const ObservedOperation& operation) {
    return std::ranges::any_of(operation.attempts,
                               [](const Exchange* row) { return met_transient_fault(*row); });
}

// Was it right to give this up?
bool excused(const ObservedOperation& operation, const Evidence& evidence) {
    const Exchange& last = operation.last();
    const auto& options = evidence.options;
    if (end_of(last) == AttemptEnd::pending ||
        operation.failures_at_end() >= options.attempts_max ||
        last.announced.value_or(Duration()) > options.patience) {
        return true;
    }
    const SteadyTime next = std::max(*last.finished, last.not_before().value_or(SteadyTime()));
    if (evidence.running_at && *evidence.running_at < next + still_trying) {
        return true;
    }
    return options.deadline && next >= operation.first().first_byte + *options.deadline;
}

Finding recovers(const Evidence& evidence) {
    std::size_t recovered = 0;
    std::size_t given_up = 0;
    Finding proof;
    Finding good;
    for (const auto& operation : *evidence.operations) {
        const AttemptEnd end = end_of(operation.last());
        if (!operation.repeatable() || !any_transient_fault(operation) ||
            end == AttemptEnd::permanent) {
            continue;
        }
        if (end == AttemptEnd::success) {
            ++recovered;
            good.prove(operation.first());
            good.prove(operation.last());
        } else if (!excused(operation, evidence)) {
            ++given_up;
            proof.prove(operation.last());
        }
    }
    if (recovered + given_up == 0) {
        return Finding::not_exercised(
            "no call that may be repeated met a transient fault that "
            "could be got over");
    }
    if (given_up == 0) {
        auto finding = Finding::pass(fmt::format(
            "all {} calls that met a transient fault got their complete answer", recovered));
        finding.rows = std::move(good.rows);
        return finding;
    }
    auto finding = Finding::fail(
        fmt::format("{} of {} calls were given up after a fault that would have passed", given_up,
                    recovered + given_up));
    finding.rows = std::move(proof.rows);
    return finding;
}

Finding leaves_permanent_alone(const Evidence& evidence) {
    std::size_t refused = 0;
    std::size_t repeated = 0;
    Finding proof;
    Finding good;
    for (const auto& operation : *evidence.operations) {
        for (std::size_t i = 0; i < operation.attempts.size(); ++i) {
            const Exchange& row = *operation.attempts[i];
            if (end_of(row) != AttemptEnd::permanent) {
                continue;
            }
            ++refused;
            good.prove(row);
            if (i + 1 < operation.attempts.size()) {
                ++repeated;
                proof.prove(row);
                proof.prove(*operation.attempts[i + 1]);
            }
        }
    }
    if (refused == 0) {
        return Finding::not_exercised("no answer said no for good (400, 403, 404, 410, 422, 501)");
    }
    if (repeated == 0) {
        auto finding = Finding::pass(counted(refused, "request was", "requests were") +
                                     " refused for good, and none sent again");
        finding.rows = std::move(good.rows);
        return finding;
    }
    auto finding = Finding::fail(
        fmt::format("{} of {} requests refused for good were sent again", repeated, refused));
    finding.rows = std::move(proof.rows);
    return finding;
}

Finding attempts_bounded(const Evidence& evidence) {
    std::size_t most = 0;
    bool pressed = false;
    const ObservedOperation* worst = nullptr;
    for (const auto& operation : *evidence.operations) {
        if (!any_transient_fault(operation)) {
            continue;
        }
        // Only what failed to the end, or as often as is allowed, could have shown more.
        pressed = pressed || operation.failures_at_end() > 0 ||
                  operation.attempts.size() > evidence.options.attempts_max;
        if (operation.attempts.size() > most) {
            most = operation.attempts.size();
            worst = &operation;
        }
    }
    if (worst == nullptr || !pressed) {
        return Finding::not_exercised(worst == nullptr
                                          ? "no call met a transient fault"
                                          : "every fault passed before attempts could run out");
    }
    const auto limit = evidence.options.attempts_max;
    auto finding =
        most > evidence.options.attempts_hard
            ? Finding::fail(fmt::format("{} attempts of one call; {} are enough, more "
                                        "than {} are an attack",
                                        most, limit, evidence.options.attempts_hard))
            : Finding::pass("at most " + counted(most, "attempt", "attempts") + " of one call");
    finding.warning = finding.verdict == Verdict::pass && most > limit;
    for (const Exchange* row : worst->attempts) {
        finding.prove(*row);
    }
    return finding;
}

Finding within_deadline(const Evidence& evidence) {
    if (!evidence.options.deadline) {
        return Finding::not_applicable("the client declared no deadline");
    }
    const SteadyTime::duration limit = *evidence.options.deadline;
    std::size_t exercised = 0;
    std::size_t late = 0;
    Finding proof;
    for (const auto& operation : *evidence.operations) {
        // A call that got its answer in time did not have to choose.
        const bool pressed = any_transient_fault(operation) && operation.failures_at_end() > 0;
        exercised += pressed ? 1 : 0;
        for (const Exchange* row : operation.attempts) {
            if (row->first_byte - operation.first().first_byte >
                limit + evidence.options.early_tolerance) {
                ++late;
                proof.prove(operation.first());
                proof.prove(*row);
            }
        }
    }
    if (exercised + late == 0) {
        return Finding::not_exercised("no call failed for so long that its deadline mattered");
    }
    if (late == 0) {
        return Finding::pass(
            fmt::format("no attempt came later than {} after its call's first ({} calls failed "
                        "to the end)",
                        format_duration(limit), exercised));
    }
    auto finding = Finding::fail(fmt::format("{} attempts came after the declared deadline of {}",
                                             late, format_duration(limit)));
    finding.rows = std::move(proof.rows);
    return finding;
}

bool looked_between(const Evidence& evidence, const Exchange& lost, const Exchange& again) {
    return std::ranges::any_of(*evidence.rows, [&](const Exchange& row) {
        return row.provider == lost.provider && row.effect == http::Effect::read &&
               !row.operation.empty() && row.seq > lost.seq && row.seq < again.seq &&
               end_of(row) == AttemptEnd::success;
    });
}

Finding no_blind_resend(const Evidence& evidence) {
    const SameWrites same(evidence);
    std::size_t unknown = 0;
    std::size_t blind = 0;
    std::size_t reworded = 0;
    Finding proof;
    Finding good;
    for (const Exchange& row : *evidence.rows) {
        const AttemptEnd end = end_of(row);
        if (row.operation.empty() || row.effect != http::Effect::write ||
            !row.idempotency_key.empty() ||
            (end != AttemptEnd::lost && end != AttemptEnd::abandoned)) {
            continue;
        }
        ++unknown;
        good.prove(row);
        const Exchange* again = same.repetition_of(row);
        if (again == nullptr) {
            continue;
        }
        if (looked_between(evidence, row, *again)) {
            good.prove(*again);
            continue;
        }
        ++blind;
        reworded += again->body_sha256 == row.body_sha256 ? 0 : 1;
        proof.prove(row);
        proof.prove(*again);
    }
    if (unknown == 0) {
        return Finding::not_exercised("no unsafe call ended with its outcome unknown");
    }
    if (blind == 0) {
        auto finding = Finding::pass(fmt::format(
            "{} unsafe call{} ended unknown and none was sent again without a look first", unknown,
            unknown == 1 ? "" : "s"));
        finding.rows = std::move(good.rows);
        return finding;
    }
    auto finding = Finding::fail(fmt::format(
        "{} of {} unsafe calls with an unknown outcome were sent again blindly{}", blind, unknown,
        reworded == 0 ? ""
                      : fmt::format(", {} of them with another id or time in the body", reworded)));
    finding.rows = std::move(proof.rows);
    return finding;
}

}  // namespace

void add_retry_checks(CheckList& list) {
    list.push_back(make_check({.id = "RTY-01",
                               .kind = CheckKind::must,
                               .level = CheckLevel::recommended,
                               .title = "gets over every fault that passes",
                               .source = "RFC 9110 section 9.2.2; AWS SDK retry behaviour"},
                              recovers));
    list.push_back(make_check({.id = "RTY-03",
                               .kind = CheckKind::never,
                               .level = CheckLevel::recommended,
                               .title = "never repeats what was refused for good",
                               .source = "RFC 9110 section 15.5"},
                              leaves_permanent_alone));
    list.push_back(make_check({.id = "RTY-04",
                               .kind = CheckKind::must,
                               .level = CheckLevel::normative,
                               .title = "stops after a bounded number of attempts",
                               .source = "Google SRE book, addressing cascading failures"},
                              attempts_bounded));
    list.push_back(make_check({.id = "TMO-06",
                               .kind = CheckKind::never,
                               .level = CheckLevel::recommended,
                               .title = "never makes an attempt after its own deadline",
                               .source = "AWS Builders' Library, timeouts and retries"},
                              within_deadline));
    list.push_back(
        make_check({.id = "IDM-01",
                    .kind = CheckKind::never,
                    .level = CheckLevel::recommended,
                    .title = "never repeats an unsafe call blindly after an unknown outcome",
                    .source = "RFC 9110 section 9.2.2"},
                   no_blind_resend));
}

}  // namespace apilab::sandbox::internal
